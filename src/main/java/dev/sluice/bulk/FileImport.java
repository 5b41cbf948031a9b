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
import dev.sluice.proxy.ProxyKey;
import dev.sluice.store.ProxyStore;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One import, on the thread that runs it. */
final class FileImport implements EntrySink {
    private static final int PIECE = 64 << 10;

    private final Path file;
    private final ImportOptions options;
    private final AddressPolicy policy;
    private final InstantSource clock;
    private final Map<ProxyKey, Candidate> batch = new LinkedHashMap<>();
    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private final @Nullable StoreFeed feed;
    private final String source;
    private @Nullable ImportReport report;
    private long startMillis;
    private long totalBytes;
    private long lines;
    private long accepted;

    FileImport(
            Path file, ImportOptions options, @Nullable ProxyStore store, AddressPolicy policy, InstantSource clock) {
        this.file = file;
        this.options = options;
        this.policy = policy;
        this.clock = clock;
        Path name = file.getFileName();
        this.source = "import:" + (name == null ? file : name);
        this.feed = store == null ? null : new StoreFeed(store, options.merge());
    }

    ImportResult run() throws IOException, InterruptedException {
        Instant start = clock.instant();
        startMillis = start.toEpochMilli();
        totalBytes = Files.size(file);
        boolean cancelled;
        Counted counted;
        Path reportFile = options.report();
        try (ImportReport opened = reportFile == null ? null : ImportReport.open(reportFile);
                Counted raw = new Counted(Files.newInputStream(file))) {
            report = opened;
            counted = raw;
            cancelled = read(raw);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        flush();
        if (feed != null) {
            feed.finish();
        }
        ImportProgress counts = progress(counted.bytes);
        options.progress().accept(counts);
        return new ImportResult(counts, Duration.between(start, clock.instant()), cancelled);
    }

    private boolean read(Counted raw) throws IOException {
        ListParser parser = ListParsers.create(
                options.format(),
                new ParseOptions(policy, ParseOptions.DEFAULT_MAX_LINE_LENGTH, options.maxEntries()),
                this);
        byte[] piece = new byte[PIECE];
        try (InputStream in = ListContent.of(raw, file.toString())) {
            while (true) {
                if (options.cancelled().getAsBoolean()) {
                    return true;
                }
                int length = in.readNBytes(piece, 0, piece.length);
                if (length == 0) {
                    break;
                }
                parser.feed(piece, 0, length);
                if (feed != null) {
                    feed.check();
                }
                options.progress().accept(progress(raw.bytes));
            }
        }
        parser.end();
        return false;
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
        // The http and the https entry of one endpoint are one proxy.
        batch.merge(
                candidate.key(),
                candidate,
                (old, other) -> new Candidate(
                        old.key(),
                        old.claimedCapabilities() | other.claimedCapabilities(),
                        old.claimedCountry() == null ? other.claimedCountry() : old.claimedCountry()));
        if (batch.size() == CandidatesFound.MAX_BATCH) {
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
            feed.offer(new CandidatesFound(source, startMillis, new ArrayList<>(batch.values())));
            batch.clear();
        }
    }

    private ImportProgress progress(long bytes) {
        long added = feed == null ? 0 : feed.added();
        long known = feed == null ? 0 : feed.known();
        return new ImportProgress(lines, bytes, totalBytes, accepted, added, known, rejected);
    }

    private static final class Counted extends FilterInputStream {
        private long bytes;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            bytes += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            bytes += Math.max(0, count);
            return count;
        }
    }
}
