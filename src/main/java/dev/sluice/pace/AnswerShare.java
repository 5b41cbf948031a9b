package dev.sluice.pace;

/**
 * How many starts are answered, by SYN-ACK or RST, against what was usual. A path above its knee swallows a share of
 * everything; but so does a list with more dead entries in it, and only {@link Pace} can tell the two apart, by trying.
 *
 * <p>Answers are set against starts, not against connects that ended: a silent target ends seconds later, so while the
 * rate grows the share of answers among what ends is far too good.
 */
final class AnswerShare {
    /** A second, and one more for the answers that were under way at its edge. */
    private static final int TICKS = 5;

    private static final int ROUND = TICKS - 1;

    /** Fewer expected answers prove nothing. */
    private static final double LEAST_EXPECTED = 50;

    /** Expected answers that the freshest estimate of the share rests on. */
    private static final double ESTIMATE_EXPECTED = 100;

    private static final double SATURATED_SHARE = 0.75;
    private static final double SIGMAS = 4;
    private static final double MEMORY = 0.9;

    /** Starts of two neighbouring seconds may differ so much in a round that shapes the reference. */
    private static final double STEADY = 1.25;

    private final long[] starts = new long[TICKS];
    private final long[] answers = new long[TICKS];
    private int at;
    private int filled;
    private double reference = Double.NaN;
    private double ratio = Double.NaN;

    void tick(long started, long answered) {
        at = (at + 1) % TICKS;
        starts[at] = started;
        answers[at] = answered;
        filled = Math.min(TICKS, filled + 1);
    }

    /** Forgets the last seconds, not what is usual. */
    void clear() {
        filled = 0;
    }

    /** A second has ended. Tells whether too few of its starts were answered; learns from it when not. */
    boolean round() {
        if (filled < TICKS) {
            return false;
        }
        long answered = sum(answers, 0, ROUND);
        long now = sum(starts, 0, ROUND);
        long before = sum(starts, 1, ROUND);
        double expected = expected(ROUND);
        boolean saturated = expected >= LEAST_EXPECTED
                && answered < SATURATED_SHARE * expected
                && expected - answered > SIGMAS * Math.sqrt(expected);
        long least = Math.min(now, before);
        if (least < LEAST_EXPECTED || Math.max(now, before) > STEADY * least) {
            return saturated;
        }
        ratio = Math.min(1, 2.0 * answered / (now + before));
        if (!saturated) {
            reference = Double.isNaN(reference) ? ratio : MEMORY * reference + (1 - MEMORY) * ratio;
        }
        return saturated;
    }

    /** What part of the usual answers came, 0..1, from as little of the past as is sound; 1 when nothing can be said. */
    double delivered() {
        for (int ticks = 1; ticks <= ROUND && ticks < filled; ticks++) {
            double expected = expected(ticks);
            boolean enough = expected >= ESTIMATE_EXPECTED || (ticks == ROUND && expected >= LEAST_EXPECTED);
            if (enough) {
                return Math.min(1, sum(answers, 0, ticks) / expected);
            }
        }
        return 1;
    }

    /** Whether a share can be told from noise now. */
    boolean telling() {
        return filled == TICKS && expected(ROUND) >= LEAST_EXPECTED;
    }

    /** From now on the last round is what is usual. */
    void accept() {
        reference = ratio;
    }

    /**
     * Answers that the reference promises for the last ticks. The smaller of the counts with and without the freshest tick:
     * a burst of starts at the very end is not yet answered, and one before the beginning was.
     */
    private double expected(int ticks) {
        if (Double.isNaN(reference)) {
            return 0;
        }
        return reference * Math.min(sum(starts, 0, ticks), sum(starts, 1, ticks));
    }

    private long sum(long[] counts, int skipped, int ticks) {
        long sum = 0;
        for (int i = skipped; i < skipped + ticks; i++) {
            sum += counts[(at - i + 2 * TICKS) % TICKS];
        }
        return sum;
    }
}
