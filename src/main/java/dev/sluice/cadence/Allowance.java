package dev.sluice.cadence;

/**
 * So many a second on average, and at most what a minute brings at once. Time is a parameter. Not thread-safe.
 */
public final class Allowance {
    private static final double MOST_SECONDS = 60;

    private double saved;
    private long savedAtNanos;
    private boolean begun;

    /** Empty at first. */
    public Allowance() {}

    /**
     * Takes one, where there is one.
     *
     * @param perSecond how many there are a second now, 0 or more
     * @param nowNanos monotonic clock
     */
    public boolean take(double perSecond, long nowNanos) {
        double passedSeconds = begun ? Math.max(0, nowNanos - savedAtNanos) / 1e9 : 1;
        begun = true;
        savedAtNanos = nowNanos;
        saved = Math.min(Math.max(1, perSecond * MOST_SECONDS), saved + passedSeconds * perSecond);
        if (saved < 1) {
            return false;
        }
        saved--;
        return true;
    }
}
