package dev.sluice.pool;

/**
 * What an application has reported about a proxy.
 *
 * @param score 0 (never works for it) to 1 (always works for it); {@link #NEUTRAL} before the first report. The
 *     probability with which a pick for this application takes the proxy when its strategy comes upon it
 * @param successes reports of success
 * @param failures reports of failure
 * @param lastUsedAtMillis time of the last report, milliseconds since 1970-01-01T00:00Z
 */
public record Feedback(double score, long successes, long failures, long lastUsedAtMillis) {
    /** Score of what nothing was reported about: worse than what works, better than what failed. */
    public static final double NEUTRAL = 0.25;

    /** Below it no score counts, so that what failed is tried again now and then. */
    static final double FLOOR = 0.01;

    /** Share of a new report in the score. */
    private static final double ALPHA = 0.4;

    static final Feedback NONE = new Feedback(NEUTRAL, 0, 0, 0);

    Feedback with(boolean success, long atMillis) {
        double next = score + ALPHA * ((success ? 1 : 0) - score);
        return new Feedback(
                Math.max(FLOOR, next), successes + (success ? 1 : 0), failures + (success ? 0 : 1), atMillis);
    }
}
