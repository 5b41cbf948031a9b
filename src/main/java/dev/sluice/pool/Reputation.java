package dev.sluice.pool;

import dev.sluice.proxy.Health;

/**
 * The score of a proxy, 0 (avoid) to 100 (best): 50, plus or minus 30 by success rate, plus or minus 15 by latency, minus
 * 5 for each failure in a row, plus up to 10 for uses, plus or minus 15 by what client applications report. What was never
 * observed neither adds nor takes away.
 */
public final class Reputation {
    /** Latency up to which the full bonus is given, in milliseconds. */
    static final double FAST_MILLIS = 500;

    /** Latency at which the bonus has fallen to nothing, and above which the malus applies, in milliseconds. */
    static final double SLOW_MILLIS = 2_000;

    /** What all applications' reports together add or take away at most. */
    static final double MOST_FEEDBACK = 15;

    private static final double START = 50;
    private static final double SUCCESS_RANGE = 60;
    private static final double LATENCY_BONUS = 15;
    private static final double FAILURE_MALUS = 5;
    private static final double USES_A_POINT = 10;
    private static final double USES_BONUS = 10;

    private Reputation() {}

    /** The score by {@code health} alone. */
    public static double of(Health health) {
        return of(health, health.uses());
    }

    /**
     * The score by {@code health}, with another count of uses.
     *
     * @param uses feedback reports and gateway requests, 0 or more
     * @return 0..100
     */
    public static double of(Health health, long uses) {
        return parts(health.successRate(), health.latencyMillis(), health.consecutiveFailures(), uses, 0)
                .total();
    }

    /**
     * What makes up the score by {@code health}.
     *
     * @param uses feedback reports and gateway requests, 0 or more
     * @param feedback as below
     */
    public static Parts parts(Health health, long uses, double feedback) {
        return parts(health.successRate(), health.latencyMillis(), health.consecutiveFailures(), uses, feedback);
    }

    /**
     * What makes up the score.
     *
     * @param successRate moving average, 0..1; {@code Double.NaN} when nothing was observed
     * @param latencyMillis moving average; {@code Double.NaN} when nothing was observed
     * @param consecutiveFailures 0 or more
     * @param uses feedback reports and gateway requests, 0 or more
     * @param feedback sum of applications' opinions, in points; beyond {@value #MOST_FEEDBACK} up or down it counts no more; 0 or
     *     {@code Double.NaN} where none has reported
     */
    public static Parts parts(
            double successRate, double latencyMillis, int consecutiveFailures, long uses, double feedback) {
        return new Parts(
                START,
                Double.isNaN(successRate) ? 0 : (successRate - 0.5) * SUCCESS_RANGE,
                latencyPart(latencyMillis),
                // Not a negative zero where there are none.
                0 - FAILURE_MALUS * consecutiveFailures,
                Math.min(uses / USES_A_POINT, USES_BONUS),
                Double.isNaN(feedback) ? 0 : Math.max(-MOST_FEEDBACK, Math.min(MOST_FEEDBACK, feedback)));
    }

    /**
     * The points of which a score is the sum, before it is held within 0..100.
     *
     * @param start what every proxy begins with
     * @param successRate for the share of successes
     * @param latency for the latency of successes
     * @param failures for failures in a row, 0 or less
     * @param uses for having been used, 0 or more
     * @param feedback for what client applications think of it
     */
    public record Parts(
            double start, double successRate, double latency, double failures, double uses, double feedback) {
        /** The score, 0..100. */
        public double total() {
            return Math.max(0, Math.min(100, start + successRate + latency + failures + uses + feedback));
        }
    }

    private static double latencyPart(double millis) {
        if (Double.isNaN(millis)) {
            return 0;
        }
        if (millis < FAST_MILLIS) {
            return LATENCY_BONUS;
        }
        return millis <= SLOW_MILLIS
                ? LATENCY_BONUS * (SLOW_MILLIS - millis) / (SLOW_MILLIS - FAST_MILLIS)
                : -LATENCY_BONUS;
    }
}
