package dev.sluice.pace;

/**
 * What anchors say about the path: how long packets queue, and how many are lost. They are few, about three probes a
 * second, so both are smoothed over about a second and neither judges by one probe.
 */
final class AnchorPath {
    private static final double MILLI = 1e6;
    private static final long SILENT_NANOS = 5_000_000_000L;

    /** Weight of a report of delay. */
    private static final double DELAY_WEIGHT = 0.3;

    /** Most a report may add to the best delay: times the weight it stays below {@link #CUT_NANOS}. */
    private static final double MOST_NANOS = 250 * MILLI;

    private static final double CUT_NANOS = 80 * MILLI;
    private static final double HOLD_NANOS = 20 * MILLI;

    /** A delay below this share of its own average is falling: the queue drains already. */
    private static final double FALLING = 0.9;

    /** Weight of a report in the jitter, that of RFC 6298 for the variation of round trips, halved. */
    private static final double JITTER_WEIGHT = 0.125;

    /** Jitter counts once so many reports have shaped it. */
    private static final int JITTER_REPORTS = 16;

    /** How many times the jitter of the calmest moment is allowed on top of a threshold: radio links are never still. */
    private static final double JITTERS = 2;

    /** Weight of a probe in the loss: one lost is 0.2, two of three are 0.33. */
    private static final double LOSS_WEIGHT = 0.2;

    private static final long AFTERMATH_NANOS = 1_500_000_000L;

    private static final double CUT_LOSS = 0.30;
    private static final double HOLD_LOSS = 0.05;

    private final WindowedMinimum best;
    private final WindowedMinimum calmest;
    private boolean heard;
    private double smoothedNanos;
    private double bestNanos;
    private double averageExcessNanos;
    private double lastExcessNanos;
    private double excessBeforeNanos;
    private double jitterNanos;
    private double calmJitterNanos;
    private int reports;
    private double loss;
    private boolean cut;
    private long cutNanos;
    private long reportedNanos;

    AnchorPath(long nowNanos) {
        best = new WindowedMinimum(nowNanos);
        calmest = new WindowedMinimum(nowNanos);
        reportedNanos = nowNanos;
    }

    /**
     * Probes have ended since the last tick.
     *
     * @param delayNanos mean of those that succeeded
     */
    void tick(int probes, int failures, long delayNanos, long nowNanos) {
        if (probes <= 0) {
            if (nowNanos - reportedNanos > SILENT_NANOS) {
                forget();
            }
            return;
        }
        reportedNanos = nowNanos;
        int succeeded = Math.max(0, probes - Math.max(0, failures));
        boolean stale = cut && nowNanos - cutNanos < AFTERMATH_NANOS;
        int counted = stale ? succeeded : probes;
        if (counted > 0) {
            double weight = 1 - Math.pow(1 - LOSS_WEIGHT, counted);
            loss += weight * ((double) (counted - succeeded) / counted - loss);
        }
        if (succeeded > 0) {
            delay(Math.max(0, delayNanos), nowNanos);
        }
    }

    private void delay(double delayNanos, long nowNanos) {
        if (!heard) {
            heard = true;
            smoothedNanos = delayNanos;
            bestNanos = delayNanos;
        }
        double counted = Math.min(delayNanos, bestNanos + MOST_NANOS);
        jitterNanos += JITTER_WEIGHT * (Math.abs(counted - smoothedNanos) - jitterNanos);
        smoothedNanos += DELAY_WEIGHT * (counted - smoothedNanos);
        bestNanos = best.add(smoothedNanos, nowNanos);
        if (++reports >= JITTER_REPORTS) {
            calmJitterNanos = calmest.add(jitterNanos, nowNanos);
        }
        excessBeforeNanos = lastExcessNanos;
        lastExcessNanos = Math.max(0, delayNanos - bestNanos);
        averageExcessNanos += DELAY_WEIGHT * (lastExcessNanos - averageExcessNanos);
    }

    /**
     * The rate was cut on better evidence. A lost probe is known a second or two after it was sent, so what fails now was
     * sent before the cut, and proves nothing against the rate after it.
     */
    void cut(long nowNanos) {
        loss = 0;
        cut = true;
        cutNanos = nowNanos;
    }

    /** What the last seconds said no longer holds; the best delay does. */
    void forget() {
        loss = 0;
        smoothedNanos = bestNanos;
        averageExcessNanos = 0;
        lastExcessNanos = 0;
        excessBeforeNanos = 0;
    }

    boolean losing() {
        return loss > CUT_LOSS;
    }

    /** Whether a queue stands in the path: twice in a row, on average too, and not draining. */
    boolean queueing() {
        double allowed = CUT_NANOS + JITTERS * calmJitterNanos;
        return excessNanos() > allowed
                && lastExcessNanos > allowed
                && excessBeforeNanos > allowed
                && lastExcessNanos >= FALLING * averageExcessNanos;
    }

    boolean mayBeLosing() {
        return loss > HOLD_LOSS;
    }

    boolean mayBeQueueing() {
        return excessNanos() > HOLD_NANOS + JITTERS * calmJitterNanos;
    }

    /** Above the best of the last ten minutes, smoothed. */
    double excessNanos() {
        return Math.max(0, smoothedNanos - bestNanos);
    }

    /** 0..1, smoothed. */
    double loss() {
        return loss;
    }
}
