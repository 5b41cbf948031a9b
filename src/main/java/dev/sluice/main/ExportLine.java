package dev.sluice.main;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How far an export has come, in one line that is written over a few times a second; silent where nobody looks on. */
final class ExportLine {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** To the beginning of the line, and erase to its end (ECMA-48). */
    private static final String WIPE = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean watched;
    private long shownNanos = System.nanoTime();
    private boolean shown;

    /** @param watched whether anybody looks on */
    ExportLine(PrintWriter out, boolean watched) {
        this.out = out;
        this.watched = watched;
    }

    /**
     * Shows progress when the last line has stood long enough.
     *
     * @param total 0 while it is not known
     */
    synchronized void show(long read, long total, long bytes) {
        long now = System.nanoTime();
        if (!watched || now - shownNanos < EVERY_NANOS) {
            return;
        }
        shownNanos = now;
        shown = true;
        out.print(WIPE);
        if (total > 0) {
            out.printf(Locale.ROOT, "%3.0f %%  %,d of %,d entries, ", 100.0 * read / total, read, total);
        }
        out.printf(Locale.ROOT, "%,d KiB", bytes >> 10);
        out.flush();
    }

    synchronized void wipe() {
        if (shown) {
            out.print(WIPE);
            out.flush();
        }
    }
}
