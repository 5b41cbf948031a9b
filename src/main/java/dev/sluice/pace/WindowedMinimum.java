package dev.sluice.pace;

import java.util.Arrays;

/** The least of the last ten minutes, in ten windows of a minute. */
final class WindowedMinimum {
    private static final int WINDOWS = 10;
    private static final long WINDOW_NANOS = 60_000_000_000L;
    private static final double NOTHING = Double.POSITIVE_INFINITY;

    private final double[] least = new double[WINDOWS];
    private int at;
    private long windowStartNanos;

    WindowedMinimum(long nowNanos) {
        windowStartNanos = nowNanos;
        Arrays.fill(least, NOTHING);
    }

    /** Takes a value in and tells the least of the last ten minutes, which it may be itself. */
    double add(double value, long nowNanos) {
        long passed = Math.max(0, (nowNanos - windowStartNanos) / WINDOW_NANOS);
        windowStartNanos += passed * WINDOW_NANOS;
        for (long i = 0; i < Math.min(passed, WINDOWS); i++) {
            at = (at + 1) % WINDOWS;
            least[at] = NOTHING;
        }
        least[at] = Math.min(least[at], value);
        double all = NOTHING;
        for (double one : least) {
            all = Math.min(all, one);
        }
        return all;
    }

    /** Forgets everything. */
    void clear() {
        Arrays.fill(least, NOTHING);
    }
}
