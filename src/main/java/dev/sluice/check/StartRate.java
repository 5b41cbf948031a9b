package dev.sluice.check;

/**
 * A token bucket for starts. It holds what 20 ms bring, so a pause is never caught up in a burst. Confined to one event
 * loop; time is a parameter.
 */
final class StartRate {
    private static final double BURST_SECONDS = 0.02;
    private static final double NANOS_A_SECOND = 1e9;

    private final double ratePerSecond;
    private final double burst;
    private double tokens;
    private long filledNanos;

    StartRate(int ratePerSecond, long nowNanos) {
        this.ratePerSecond = ratePerSecond;
        this.burst = Math.max(1, ratePerSecond * BURST_SECONDS);
        this.tokens = burst;
        this.filledNanos = nowNanos;
    }

    /** Takes the right to start as many as there is room for, at most {@code wanted}. */
    int take(int wanted, long nowNanos) {
        long passed = Math.max(0, nowNanos - filledNanos);
        filledNanos = nowNanos;
        tokens = Math.min(burst, tokens + passed * ratePerSecond / NANOS_A_SECOND);
        int taken = Math.min(wanted, (int) tokens);
        tokens -= taken;
        return taken;
    }
}
