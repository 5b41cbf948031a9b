package dev.sluice.pace;

/**
 * The fastest tenth of connects against the best of ten minutes. Means and medians move with the mix of targets, the
 * fastest tenth mostly with the queue in front of all of them; where it moves with the mix, {@link Pace} finds out by
 * trying.
 */
final class FastConnects {
    private static final double MILLI = 1e6;

    /** Fewer answers in a round make no percentile. */
    private static final long LEAST_ANSWERS = 40;

    /** Weight of a round: a minimum over noise lies far below it, so noise is taken out first. */
    private static final double WEIGHT = 0.3;

    /** A percentile below this share of its own average is falling. */
    private static final double FALLING = 0.9;

    private static final double CUT_FACTOR = 1.8;
    private static final double CUT_NANOS = 40 * MILLI;
    private static final double HOLD_FACTOR = 1.3;

    /** On a local network a connect takes less than a millisecond, and three are no sign of anything. */
    private static final double HOLD_NANOS = 15 * MILLI;

    private final WindowedMinimum best;
    private long answers;
    private double sumNanos;
    private double lastNanos;
    private double smoothedNanos = Double.NaN;
    private double bestNanos;
    private boolean fresh;

    FastConnects(long nowNanos) {
        best = new WindowedMinimum(nowNanos);
    }

    void tick(long answered, long fastConnectNanos) {
        if (answered > 0 && fastConnectNanos > 0) {
            answers += answered;
            sumNanos += (double) answered * fastConnectNanos;
        }
    }

    /** A second has ended. */
    void round(long nowNanos) {
        fresh = answers >= LEAST_ANSWERS;
        if (fresh) {
            lastNanos = sumNanos / answers;
            smoothedNanos =
                    Double.isNaN(smoothedNanos) ? lastNanos : smoothedNanos + WEIGHT * (lastNanos - smoothedNanos);
            bestNanos = best.add(smoothedNanos, nowNanos);
        }
        answers = 0;
        sumNanos = 0;
    }

    /** Whether a queue stands in front of everything, and is not draining already. */
    boolean saturated() {
        return fresh && slowerThan(CUT_FACTOR, CUT_NANOS) && lastNanos >= FALLING * smoothedNanos;
    }

    boolean warns() {
        return fresh && slowerThan(HOLD_FACTOR, HOLD_NANOS);
    }

    /** Smoothed; NaN before the first round that says something. */
    double smoothedNanos() {
        return smoothedNanos;
    }

    /** From now on the present is the best there is. */
    void accept(long nowNanos) {
        best.clear();
        bestNanos = best.add(smoothedNanos, nowNanos);
    }

    private boolean slowerThan(double factor, double nanos) {
        return smoothedNanos > factor * bestNanos && smoothedNanos > bestNanos + nanos;
    }
}
