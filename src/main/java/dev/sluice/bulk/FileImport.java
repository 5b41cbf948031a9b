package dev.sluice.bulk;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntryMapping;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.ListParser;
import dev.sluice.parse.ListParsers;
import dev.sluice.parse.ParseOptions;
import dev.sluice.parse.Rejection;
import dev.sluice.store.ProxyStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One import, on the thread that runs it. */
final class FileImport implements EntrySink {
    private final Path file;
    private final ImportOptions options;
    private final AddressPolicy policy;
    private final InstantSource clock;
    private final EntryBatch batch;
    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private final @Nullable StoreFeed feed;
    private final String source;
    private @Nullable ImportReport report;
    private long startMillis;
    private long lines;
    private long accepted;

    FileImport(
            Path file, ImportOptions options, @Nullable ProxyStore store, AddressPolicy policy, InstantSource clock) {
        this.file = file;
        this.options = options;
        this.batch = new EntryBatch(options.merge());
        this.policy = policy;
        this.clock = clock;
        Path name = file.getFileName();
        this.source = "import:" + (name == null ? file : name);
        this.feed = store == null ? null : new StoreFeed(store, options.merge());
    }

    ImportResult run() throws IOException, InterruptedException {
        Instant start = clock.instant();
        startMillis = start.toEpochMilli();
        boolean cancelled;
        Path reportFile = options.report();
        try (ImportReport opened = reportFile == null ? null : ImportReport.open(reportFile);
                ListPass pass = new ListPass(file, file.toString(), ContentLimits.NONE)) {
            report = opened;
            cancelled = !pass.read(parser(), options.cancelled(), () -> {
                if (feed != null) {
                    feed.check();
                }
                options.progress().accept(progress(pass));
            });
            flush();
            if (feed != null) {
                feed.finish();
            }
            ImportProgress counts = progress(pass);
            options.progress().accept(counts);
            return new ImportResult(counts, Duration.between(start, clock.instant()), cancelled);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private ListParser parser() {
        return ListParsers.create(
                options.format(),
                new ParseOptions(policy, ParseOptions.DEFAULT_MAX_LINE_LENGTH, options.maxEntries()),
                this);
    }

    @Override
    public void accept(long line, Entry entry) {
        lines = Math.max(lines, line);
        accepted++;
        Candidate candidate = EntryMapping.toCandidate(entry, options.protocol(), options.httpsIsTls());
        if (report != null) {
            report.accepted(line, candidate.key().url(), candidate.claimedCountry());
        }
        if (feed == null) {
            return;
        }
        batch.add(candidate);
        if (batch.size() == StoreFeed.CHUNK) {
            flush();
        }
    }

    @Override
    public void reject(long line, Rejection reason, String detail, String sample) {
        lines = Math.max(lines, line);
        rejected.merge(reason, 1L, Long::sum);
        if (report != null) {
            report.rejected(line, reason);
        }
    }

    private void flush() {
        if (feed != null && !batch.isEmpty()) {
            feed.offer(batch.take(source, startMillis));
        }
    }

    private ImportProgress progress(ListPass pass) {
        long added = feed == null ? 0 : feed.added();
        long known = feed == null ? 0 : feed.known();
        return new ImportProgress(lines, pass.rawBytes(), pass.totalBytes(), accepted, added, known, rejected);
    }
}
