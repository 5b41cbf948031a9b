package dev.sluice.pool;

import dev.sluice.proxy.Health;

/**
 * The score of a proxy, 0 (avoid) to 100 (best): 50, plus or minus 30 by success rate, plus or minus 15 by latency, minus
 * 5 for each failure in a row, plus up to 10 for uses, plus or minus 15 by feedback of applications. What was never observed
 * neither adds nor takes away.
 */
public final class Reputation {
    /** Latency up to which the full bonus is given, in milliseconds. */
    static final double FAST_MILLIS = 500;

    /** Latency at which the bonus has fallen to nothing, and above which the malus applies, in milliseconds. */
    static final double SLOW_MILLIS = 2_000;

    /** Most points that feedback of applications adds or takes away. */
    public static final double FEEDBACK_RANGE = 15;

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
        return parts(health, uses, 0).total();
    }

    /**
     * The score, taken apart.
     *
     * @param uses feedback reports and gateway requests, 0 or more
     * @param feedback points by what applications report, cut to plus or minus {@link #FEEDBACK_RANGE}; 0, or
     *     {@code Double.NaN}, where none has reported
     */
    public static Parts parts(Health health, long uses, double feedback) {
        double successRate = health.successRate();
        return new Parts(
                START,
                Double.isNaN(successRate) ? 0 : (successRate - 0.5) * SUCCESS_RANGE,
                latencyPart(health.latencyMillis()),
                // Not a negative zero where there are none.
                0 - FAILURE_MALUS * health.consecutiveFailures(),
                Math.min(uses / USES_A_POINT, USES_BONUS),
                Double.isNaN(feedback) ? 0 : Math.max(-FEEDBACK_RANGE, Math.min(FEEDBACK_RANGE, feedback)));
    }

    /**
     * What a score is made of, in points; what takes away is negative.
     *
     * @param start where every proxy starts
     * @param successRate -30..30
     * @param latency -15..15
     * @param failures 0 or less
     * @param uses 0..10
     * @param feedback -15..15
     */
    public record Parts(
            double start, double successRate, double latency, double failures, double uses, double feedback) {
        /** The score: the sum, cut to 0..100. */
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
