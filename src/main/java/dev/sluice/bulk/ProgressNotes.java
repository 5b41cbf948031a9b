package dev.sluice.bulk;

import dev.sluice.port.Imports.Progress;
import dev.sluice.queue.JobRun;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells how far an import is, at most twice a second, and never a note before the one before has arrived. For one thread. */
final class ProgressNotes {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressNotes.class);
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** Weight of the latest half second in the rate. */
    private static final double LATEST = 0.2;

    private final JobRun run;
    private final boolean dryRun;
    private final AtomicBoolean underWay = new AtomicBoolean();
    private final long beganNanos = System.nanoTime();
    private long toldNanos = beganNanos - EVERY_NANOS;
    private long seenNanos = beganNanos;
    private long bytes;
    private long totalBytes = -1;
    private long seenLines;
    private long firstLines;
    private long seenBytes;
    private double linesPerSecond;
    private double bytesPerSecond;

    ProgressNotes(JobRun run, boolean dryRun) {
        this.run = run;
        this.dryRun = dryRun;
    }

    /** Whether {@link #offer} would tell anything now. */
    boolean due() {
        return System.nanoTime() - toldNanos >= EVERY_NANOS && !underWay.get();
    }

    /**
     * Tells how far it is, if that is due.
     *
     * @param phase fetching or reading
     * @param counted where the counters are taken from
     * @param added entries that were new
     * @param cursor where to go on after a crash; null leaves it as it is
     */
    void offer(String phase, ImportCursor counted, long added, @Nullable ImportCursor cursor) {
        if (!due()) {
            return;
        }
        long now = System.nanoTime();
        measure(now, counted.lines());
        toldNanos = now;
        double secondsLeft = totalBytes < 0 || bytesPerSecond <= 0 ? -1 : (totalBytes - bytes) / bytesPerSecond;
        Progress progress = progress(phase, counted, added, linesPerSecond, secondsLeft);
        underWay.set(true);
        run.progress(Json.write(progress), cursor == null ? null : Json.write(cursor))
                .onComplete(told -> {
                    underWay.set(false);
                    if (told.failed()) {
                        // Whether the job is lost the next chunk tells; a note that did not arrive is followed by
                        // others.
                        LOG.atDebug()
                                .addKeyValue("job", run.job().id())
                                .setCause(told.cause())
                                .log("progress not noted");
                    }
                });
    }

    /** How it stands at the end of an attempt. */
    Progress last(String phase, ImportCursor counted, long added) {
        double seconds = Math.max(1e-3, (System.nanoTime() - beganNanos) / 1e9);
        double rate = (counted.lines() - firstLines) / seconds;
        return progress(phase, counted, added, Math.max(0, rate), counted.done() ? 0 : -1);
    }

    /** Lines are counted from here on. */
    void begin(ImportCursor start) {
        firstLines = start.lines();
        seenLines = firstLines;
        seenBytes = 0;
        bytesPerSecond = 0;
        seenNanos = System.nanoTime();
    }

    /** So many bytes of the list were read, of so many; -1 while unknown. */
    void at(long nowBytes, long nowTotalBytes) {
        bytes = nowBytes;
        totalBytes = nowTotalBytes;
    }

    /** Notes durably and at once. */
    Future<Void> tell(Progress progress, @Nullable ImportCursor cursor) {
        return run.progress(Json.write(progress), cursor == null ? null : Json.write(cursor));
    }

    private void measure(long now, long lines) {
        double seconds = (now - seenNanos) / 1e9;
        if (seconds <= 0) {
            return;
        }
        double lineRate = Math.max(0, lines - seenLines) / seconds;
        double byteRate = Math.max(0, bytes - seenBytes) / seconds;
        linesPerSecond = linesPerSecond == 0 ? lineRate : linesPerSecond + LATEST * (lineRate - linesPerSecond);
        bytesPerSecond = bytesPerSecond == 0 ? byteRate : bytesPerSecond + LATEST * (byteRate - bytesPerSecond);
        seenNanos = now;
        seenLines = lines;
        seenBytes = bytes;
    }

    private Progress progress(String phase, ImportCursor counted, long added, double rate, double secondsLeft) {
        // What the list names twice is known the second time, in whichever chunk; a dry run asks nobody.
        long known = dryRun ? 0 : Math.max(0, counted.accepted() - added);
        return new Progress(
                phase,
                counted.lines(),
                bytes,
                totalBytes,
                counted.accepted(),
                added,
                known,
                counted.rejected(),
                rounded(rate),
                rounded(secondsLeft));
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
