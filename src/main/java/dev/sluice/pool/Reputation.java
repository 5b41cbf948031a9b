package dev.sluice.pool;

import dev.sluice.proxy.Health;

/**
 * The score of a proxy, 0 (avoid) to 100 (best): 50, plus or minus 30 by success rate, plus or minus 15 by latency, minus
 * 5 for each failure in a row, plus up to 10 for uses. What was never observed neither adds nor takes away.
 */
public final class Reputation {
    /** Latency up to which the full bonus is given, in milliseconds. */
    static final double FAST_MILLIS = 500;

    /** Latency at which the bonus has fallen to nothing, and above which the malus applies, in milliseconds. */
    static final double SLOW_MILLIS = 2_000;

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
        double score = START;
        if (!Double.isNaN(health.successRate())) {
            score += (health.successRate() - 0.5) * SUCCESS_RANGE;
        }
        score += latencyPart(health.latencyMillis());
        score -= FAILURE_MALUS * health.consecutiveFailures();
        score += Math.min(uses / USES_A_POINT, USES_BONUS);
        return Math.max(0, Math.min(100, score));
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
