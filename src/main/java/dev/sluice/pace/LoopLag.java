package dev.sluice.pace;

/**
 * How late event loops are. A pause of the collector or the compiler makes one tick look terrible and says nothing about
 * load, so lateness is smoothed over about a second and no tick counts for more than 150 ms: one alone never cuts, two
 * such in a row do.
 */
final class LoopLag {
    private static final double MILLI = 1e6;

    /** Weight of a tick (250 ms). */
    private static final double WEIGHT = 0.25;

    /** Most a tick may count: times the weight it stays below {@link #CUT_NANOS}. */
    private static final double MOST_NANOS = 150 * MILLI;

    private static final double CUT_NANOS = 50 * MILLI;

    /** Twice what a loop is late at its worst in a quiet quarter of a second on two cores. */
    private static final double HOLD_NANOS = 20 * MILLI;

    /** A lateness below this share of its own average is falling. */
    private static final double FALLING = 0.9;

    private double smoothedNanos;
    private double averageNanos;
    private double lastNanos;

    void tick(long worstNanos) {
        lastNanos = Math.max(0, worstNanos);
        smoothedNanos += WEIGHT * (Math.min(lastNanos, MOST_NANOS) - smoothedNanos);
        averageNanos += WEIGHT * (lastNanos - averageNanos);
    }

    /** Whether starts are too many for this machine: late for long, and not catching up already. */
    boolean saturated() {
        return smoothedNanos > CUT_NANOS && lastNanos >= FALLING * averageNanos;
    }

    boolean warns() {
        return smoothedNanos > HOLD_NANOS;
    }

    long smoothedNanos() {
        return (long) smoothedNanos;
    }
}
