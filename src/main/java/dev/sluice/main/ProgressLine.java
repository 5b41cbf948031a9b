package dev.sluice.main;

import dev.sluice.bulk.ImportProgress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How far an import has come, in one line that is written over a few times a second; silent where nobody looks on. */
final class ProgressLine {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** To the beginning of the line, and erase to its end (ECMA-48). */
    private static final String WIPE = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean watched = System.console() != null;
    private final long beganNanos = System.nanoTime();
    private long shownNanos = beganNanos;

    ProgressLine(PrintWriter out) {
        this.out = out;
    }

    /** Shows {@code progress} when the last line has stood long enough; wipes it at the end. */
    void show(ImportProgress progress) {
        if (!watched) {
            return;
        }
        if (progress.bytes() >= progress.totalBytes()) {
            out.print(WIPE);
            out.flush();
            return;
        }
        long now = System.nanoTime();
        if (now - shownNanos < EVERY_NANOS) {
            return;
        }
        shownNanos = now;
        double seconds = (now - beganNanos) / 1e9;
        double share = Math.max(1e-6, (double) progress.bytes() / progress.totalBytes());
        out.printf(
                Locale.ROOT,
                WIPE + "%3.0f %%  %,d lines, %,d accepted, %,.0f a second, %.0f s to go",
                share * 100,
                progress.lines(),
                progress.accepted(),
                progress.lines() / seconds,
                seconds / share - seconds);
        out.flush();
    }
}
