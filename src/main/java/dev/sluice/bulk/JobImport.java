package dev.sluice.bulk;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntryMapping;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.ListParser;
import dev.sluice.parse.ListParsers;
import dev.sluice.parse.ParseOptions;
import dev.sluice.parse.Rejection;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.store.ImportChunk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at the import of a list that is in a file, on the thread that runs it.
 *
 * <p>A chunk ends between two lines, and only there, with the first line of the next: then it is known where that begins.
 * How many entries chunks have depends on how quick the store is; what an import does as a whole does not, because
 * whatever stands twice is joined in a chunk as the store joins it across chunks, and counted as known in both cases.
 */
final class JobImport implements EntrySink {
    /** How long a chunk under way is waited for when asked to stop. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JobRun run;
    private final ImportPayload payload;
    private final ListPass pass;
    private final RejectedLines report;
    private final ChunkFeed feed;
    private final ChunkSize size;
    private final ProgressNotes notes;
    private final AddressPolicy policy;
    private final ImportCursor start;
    private final EntryBatch batch;
    /** Where the parser began. */
    private long base;

    private ListParser parser = NONE;
    private ImportCursor cut;
    private long line;
    private long accepted;
    private long rejected;
    private boolean noteDue;

    private static final ListParser NONE = new ListParser() {
        @Override
        public void feed(byte[] bytes, int offset, int length) {
            throw new IllegalStateException("not begun");
        }

        @Override
        public void end() {
            throw new IllegalStateException("not begun");
        }
    };

    /** @param feed with what is stored: the cursor to go on from, and the entries added until there */
    JobImport(
            JobRun run,
            ImportPayload payload,
            ListPass pass,
            RejectedLines report,
            ChunkFeed feed,
            ChunkSize size,
            ProgressNotes notes,
            AddressPolicy policy) {
        this.run = run;
        this.payload = payload;
        this.pass = pass;
        this.report = report;
        this.feed = feed;
        this.size = size;
        this.notes = notes;
        this.policy = policy;
        this.start = feed.stored().cursor();
        this.batch = new EntryBatch(payload.merge());
        this.cut = start;
        this.line = start.line();
        this.accepted = start.accepted();
        this.rejected = start.rejected();
    }

    /**
     * Reads from the cursor to the end.
     *
     * @return the cursor at the end; everything before it is stored
     * @throws JobStoppedException when asked to stop; what is stored by then stays
     */
    ImportCursor run() throws IOException, InterruptedException {
        try {
            BooleanSupplier stop = run::cancelled;
            if (!begin(stop) || !pass.read(parser, stop, this::betweenPieces)) {
                throw new JobStoppedException();
            }
            if (!batch.isEmpty()) {
                send(end());
            }
        } catch (UncheckedIOException e) {
            settle();
            throw e.getCause();
        } catch (IOException | JobStoppedException e) {
            settle();
            throw e;
        }
        if (!settle()) {
            throw new JobStoppedException();
        }
        return end();
    }

    /** Waits for what is on its way. @return false when asked to stop before it was stored */
    private boolean settle() throws InterruptedException {
        long beganNanos = System.nanoTime();
        return feed.finish(() -> run.cancelled() && System.nanoTime() - beganNanos > PATIENCE_NANOS);
    }

    private boolean begin(BooleanSupplier stop) throws IOException {
        ParseOptions options = new ParseOptions(policy, ParseOptions.DEFAULT_MAX_LINE_LENGTH, 0);
        if (start.offset() <= 0) {
            parser = ListParsers.create(payload.format(), options, this);
            return true;
        }
        base = start.offset();
        parser = ListParsers.from(start.line(), options, this);
        return pass.skip(base, stop);
    }

    private void betweenPieces() {
        feed.check();
        noteDue = notes.due();
        if (noteDue && line == start.line()) {
            // What chunks cover already is read once more.
            tell(start, null);
        }
    }

    @Override
    public void accept(long number, Entry entry) {
        if (covered(number)) {
            return;
        }
        accepted++;
        if (!payload.dryRun()) {
            batch.add(EntryMapping.toCandidate(entry, payload.protocol(), payload.httpsIsTls()));
        }
    }

    @Override
    public void reject(long number, Rejection reason, String detail, String sample) {
        if (covered(number) || reason.harmless()) {
            return;
        }
        rejected++;
        try {
            report.add(number, reason, detail, sample);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether chunks of an earlier attempt cover this line. With the first of another line, what is before it is whole. */
    private boolean covered(long number) {
        if (number <= start.line()) {
            return true;
        }
        if (number != line) {
            if (batch.size() >= size.target()) {
                send(here());
            } else if (noteDue) {
                note();
            }
            line = number;
        }
        return false;
    }

    /** The place before the line that is read now. */
    private ImportCursor here() {
        long within = parser.lineStart();
        return cursor(within < 0 ? -1 : base + within, false);
    }

    private void note() {
        noteDue = false;
        if (batch.isEmpty() && feed.idle()) {
            // Where nothing is to be stored for long, or at all, no chunk tells where to go on.
            ImportCursor here = here();
            tell(here, here);
        } else {
            // Chunks tell where to go on. The job is told as well, so that it is seen to move however often it is
            // disturbed.
            ImportCursor stored = feed.stored().cursor();
            tell(stored, stored);
        }
    }

    private void tell(ImportCursor counted, @Nullable ImportCursor cursor) {
        notes.at(pass.rawBytes(), pass.totalBytes());
        notes.offer("reading", counted, feed.stored().added(), cursor);
    }

    private ImportCursor end() {
        return cursor(-1, true);
    }

    private ImportCursor cursor(long offset, boolean done) {
        try {
            return new ImportCursor(
                    start.begunMillis(),
                    start.sha256(),
                    cut.chunks() + (batch.isEmpty() ? 0 : 1),
                    offset,
                    line,
                    start.linesBefore(),
                    accepted,
                    rejected,
                    report.mark(),
                    done);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void send(ImportCursor behind) {
        ImportChunk chunk = new ImportChunk(
                run.job().id(),
                run.token(),
                cut.chunks(),
                batch.take(payload.source(), start.begunMillis()),
                behind.line() - cut.line(),
                behind.rejected() - cut.rejected(),
                Json.write(behind));
        try {
            if (!feed.offer(chunk, behind, run::cancelled)) {
                throw new JobStoppedException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobStoppedException();
        }
        cut = behind;
    }
}
