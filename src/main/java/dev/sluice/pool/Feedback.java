package dev.sluice.pool;

/**
 * What an application has reported about a proxy.
 *
 * <p>The score is an exponential moving average that begins at {@link #NEUTRAL}: a single report carries 40 %, so a proxy that
 * always worked is worth less than an unknown one after its third failure in a row, and a proxy that always failed is worth
 * more than an unknown one after its first success.
 *
 * @param score 0 (never works for it) to 1 (always works for it), in steps of 1 / {@value #STEPS}; {@link #NEUTRAL} before the
 *     first report, and never below 0.01, so that what failed is tried again now and then. The probability with which a pick
 *     for this application takes the proxy when its strategy comes upon it
 * @param successes reports of success, at most {@link Integer#MAX_VALUE} are counted
 * @param failures reports of failure, at most {@link Integer#MAX_VALUE} are counted
 * @param lastAtMillis time of the last report, milliseconds since 1970-01-01T00:00Z
 */
public record Feedback(double score, long successes, long failures, long lastAtMillis) {
    /** Score of what nothing was reported about: worse than what works, better than what failed. */
    public static final double NEUTRAL = 0.25;

    /** Most that one application adds to the reputation of a proxy, or takes from it, in points. */
    public static final double STRONGEST_OPINION = 5;

    /** A score is kept as so many steps between 0 and 1, in 21 bits. */
    static final int STEPS = (1 << 21) - 1;

    /** From here on a proxy whose last report was a success has proven itself. */
    static final int PROVEN_STEPS = steps(0.5);

    static final int NEUTRAL_STEPS = steps(NEUTRAL);
    static final int FLOOR_STEPS = steps(0.01);

    /** Share of a new report in the score. */
    private static final double ALPHA = 0.4;

    /** So many reports give an opinion half its weight. */
    private static final double HALF_WEIGHT = 4;

    /**
     * What this says about the proxy to everyone, in points of reputation: -5 to 5. It grows with the number of reports; one
     * says little.
     */
    public double opinion() {
        return opinion(score, successes + failures);
    }

    static double opinion(double score, long reports) {
        return STRONGEST_OPINION * (2 * score - 1) * reports / (reports + HALF_WEIGHT);
    }

    static double score(int steps) {
        return steps / (double) STEPS;
    }

    /** The score after one more report. */
    static int next(int steps, boolean success) {
        return Math.max(FLOOR_STEPS, (int) Math.round(steps + ALPHA * ((success ? STEPS : 0) - steps)));
    }

    private static int steps(double score) {
        return (int) Math.round(score * STEPS);
    }
}
