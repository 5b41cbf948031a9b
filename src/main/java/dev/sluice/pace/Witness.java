package dev.sluice.pace;

/** How far a signal is believed that the list of targets can fake. Wrong once, it is not heard for a minute, then longer. */
final class Witness {
    private static final long FIRST_NANOS = 60_000_000_000L;
    private static final long LONGEST_NANOS = 600_000_000_000L;

    private boolean muted;
    private long mutedUntilNanos;
    private long nextNanos = FIRST_NANOS;

    boolean heard(long nowNanos) {
        if (muted && nowNanos - mutedUntilNanos >= 0) {
            muted = false;
        }
        return !muted;
    }

    void wasWrong(long nowNanos) {
        muted = true;
        mutedUntilNanos = nowNanos + nextNanos;
        nextNanos = Math.min(LONGEST_NANOS, 2 * nextNanos);
    }

    void wasRight() {
        nextNanos = FIRST_NANOS;
    }
}
