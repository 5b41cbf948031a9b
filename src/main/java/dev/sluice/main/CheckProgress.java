package dev.sluice.main;

import dev.sluice.port.Checking;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far a check has come: on a terminal a bar that is redrawn four times a second, elsewhere a line every ten seconds.
 * Confined to one thread.
 */
final class CheckProgress {
    static final long BAR_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int CELLS = 20;
    private static final double SMOOTHING_NANOS = 5e9;

    /** To the beginning of the line, and erase to its end (ECMA-48). */
    private static final String WIPE = "\r\u001b[K";

    /** What is longer than the line is cut off by the terminal instead of filling the next (DECAWM). */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final PrintWriter out;
    private final boolean bar;
    private final int total;
    private final LongSupplier nanos;
    private long shownNanos;
    private int shownChecked;
    private double ratePerSecond = Double.NaN;
    private boolean drawn;

    /**
     * Nothing is shown yet.
     *
     * @param out standard error
     * @param bar whether it is a terminal
     * @param total entries to check
     * @param nanos a clock for durations
     */
    CheckProgress(PrintWriter out, boolean bar, int total, LongSupplier nanos) {
        this.out = out;
        this.bar = bar;
        this.total = total;
        this.nanos = nanos;
        this.shownNanos = nanos.getAsLong();
    }

    /** Shows where things stand, when what was shown last has stood long enough. */
    void show(Checking.State state, CheckTally tally) {
        long now = nanos.getAsLong();
        long elapsed = now - shownNanos;
        if (elapsed < (bar ? BAR_NANOS : LINE_NANOS)) {
            return;
        }
        double latest = (tally.checked() - shownChecked) * 1e9 / elapsed;
        double weight = Double.isNaN(ratePerSecond) ? 1 : 1 - Math.exp(-elapsed / SMOOTHING_NANOS);
        ratePerSecond = Double.isNaN(ratePerSecond) ? latest : ratePerSecond + weight * (latest - ratePerSecond);
        shownNanos = now;
        shownChecked = tally.checked();
        int percent = total == 0 ? 100 : (int) (100L * tally.checked() / total);
        String text = text(state, tally, total, ratePerSecond);
        if (bar) {
            int full = CELLS * percent / 100;
            out.printf(
                    Locale.ROOT,
                    "%s%s%3d%% [%s%s] %s%s",
                    WIPE,
                    NO_WRAP,
                    percent,
                    "#".repeat(full),
                    ".".repeat(CELLS - full),
                    text,
                    WRAP);
            drawn = true;
        } else {
            out.printf(Locale.ROOT, "%d%% %s%n", percent, text);
        }
        out.flush();
    }

    /** Removes the bar, so that something else can be written; the next {@link #show} draws it again. */
    void wipe() {
        if (drawn) {
            drawn = false;
            out.print(WIPE);
            out.flush();
        }
    }

    /** The figures: entries checked, checks a second, and what the controller does. */
    static String text(Checking.State state, CheckTally tally, int total, double ratePerSecond) {
        return String.format(
                Locale.ROOT,
                "%,d/%,d  %,.0f/s  %,d alive  %,d/%,d in flight  rate %,.0f %s  ETA %s",
                tally.checked(),
                total,
                ratePerSecond,
                tally.alive(),
                state.inFlight(),
                state.limit(),
                state.ratePerSecond(),
                state.lastCutReason() == null || !state.phase().equals("cut")
                        ? state.phase()
                        : state.phase() + ": " + state.lastCutReason(),
                remaining(total - tally.checked(), ratePerSecond));
    }

    private static String remaining(int entries, double ratePerSecond) {
        double seconds = entries / ratePerSecond;
        // Also where nothing has ended yet, and the rate is 0.
        return seconds < TimeUnit.DAYS.toSeconds(10) ? brief(Math.round(seconds)) : "unknown";
    }

    /** {@code 47s}, {@code 3m20s} or {@code 2h05m}. */
    static String brief(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        return seconds < 3_600
                ? String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%dh%02dm", seconds / 3_600, seconds / 60 % 60);
    }
}
