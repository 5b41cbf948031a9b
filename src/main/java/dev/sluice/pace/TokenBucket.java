package dev.sluice.pace;

/** Holds what 20 ms bring, so starts are spread over the second and a pause is never caught up in a burst. */
final class TokenBucket {
    private static final double BURST_SECONDS = 0.02;
    private static final double NANOS_A_SECOND = 1e9;

    private double tokens;
    private long filledNanos;

    TokenBucket(double ratePerSecond, long nowNanos) {
        tokens = burst(ratePerSecond);
        filledNanos = nowNanos;
    }

    /** Fills up for the time since the last call. */
    void fill(double ratePerSecond, long nowNanos) {
        long passed = Math.max(0, nowNanos - filledNanos);
        filledNanos = Math.max(filledNanos, nowNanos);
        tokens = Math.min(burst(ratePerSecond), tokens + passed * ratePerSecond / NANOS_A_SECOND);
    }

    /** Takes at most {@code wanted}. */
    int take(int wanted) {
        int taken = Math.min(wanted, (int) tokens);
        tokens -= taken;
        return taken;
    }

    private static double burst(double ratePerSecond) {
        return Math.max(1, ratePerSecond * BURST_SECONDS);
    }
}
