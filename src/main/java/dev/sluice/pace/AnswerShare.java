package dev.sluice.pace;

/**
 * How many starts are answered, by SYN-ACK or RST, against what was usual. A path above its knee swallows a share of
 * everything; but so does a list with more dead entries in it, and only {@link Pace} can tell the two apart, by trying.
 *
 * <p>Answers are set against starts, not against connects that ended: a silent target ends seconds later, so while the
 * rate grows the share of answers among what ends is far too good.
 */
final class AnswerShare {
    private static final int TICKS_A_ROUND = 4;

    /** Rounds of the slow verdict. */
    private static final int ROUNDS = 4;

    /** Those rounds, and a tick more for the answers that were under way at its edge. */
    private static final int TICKS = ROUNDS * TICKS_A_ROUND + 1;

    /** Fewer expected answers prove nothing. */
    private static final double LEAST_EXPECTED = 50;

    /** Expected answers that the freshest estimate of the share rests on. */
    private static final double ESTIMATE_EXPECTED = 200;

    /** Of the usual answers in a round: below it too few. */
    private static final double QUICK_SHARE = 0.75;

    /** Of the usual answers in four rounds: below it too few. */
    private static final double SLOW_SHARE = 0.90;

    private static final double SIGMAS = 4;
    private static final double HOLD_SIGMAS = 2;

    /** Weight of the past in the average share. */
    private static final double MEMORY = 0.9;

    /** So many standard deviations are taken off a share before it competes for the best: luck must not win. */
    private static final double CAUTION = 1.5;

    /**
     * Rounds after a cut that teach nothing, as long as a timeout: late answers to what was started before it would look like
     * a better share.
     */
    private static final int ROUNDS_OF_AFTERMATH = 6;

    /** A best is forgotten after one or two of these. */
    private static final int ROUNDS_OF_MINUTE = 60;

    /** Starts of two neighbouring seconds may differ so much in a round that shapes what is usual. */
    private static final double STEADY = 1.25;

    private final long[] starts = new long[TICKS];
    private final long[] answers = new long[TICKS];
    private int at;
    private int filled;

    /**
     * The best of a minute or two. An average would follow a rate that creeps over the knee, and find the losses usual.
     */
    private double usual = Double.NaN;

    private double bestOfMinute = Double.NaN;
    private double bestOfMinuteBefore = Double.NaN;
    private int roundsOfMinute;
    private int aftermath;
    private double averageAnswers;
    private double averageStarts;
    private double roundAnswers;
    private double roundStarts;

    void tick(long started, long answered) {
        at = (at + 1) % TICKS;
        starts[at] = started;
        answers[at] = answered;
        filled = Math.min(TICKS, filled + 1);
    }

    /** Forgets the last seconds, not what is usual. */
    void clear() {
        filled = 0;
        averageAnswers = 0;
        averageStarts = 0;
    }

    /** A second has ended. Tells whether too few of its starts were answered; learns what is usual when not. */
    boolean round() {
        aftermath = Math.max(0, aftermath - 1);
        if (filled <= TICKS_A_ROUND) {
            return false;
        }
        boolean saturated = tooFew(TICKS_A_ROUND, QUICK_SHARE) || (filled == TICKS && tooFew(TICKS - 1, SLOW_SHARE));
        long now = sum(starts, 0, TICKS_A_ROUND);
        long before = sum(starts, 1, TICKS_A_ROUND);
        long least = Math.min(now, before);
        if (least >= LEAST_EXPECTED && Math.max(now, before) <= STEADY * least) {
            roundAnswers = sum(answers, 0, TICKS_A_ROUND);
            roundStarts = (now + before) / 2.0;
            if (!saturated && aftermath == 0) {
                learn();
            }
        }
        return saturated;
    }

    private void learn() {
        averageAnswers = MEMORY * averageAnswers + roundAnswers;
        averageStarts = MEMORY * averageStarts + roundStarts;
        if (++roundsOfMinute > ROUNDS_OF_MINUTE) {
            roundsOfMinute = 1;
            bestOfMinuteBefore = bestOfMinute;
            bestOfMinute = Double.NaN;
        }
        bestOfMinute = best(bestOfMinute, cautious(averageAnswers, averageStarts));
        usual = best(bestOfMinute, bestOfMinuteBefore);
    }

    private static double cautious(double answered, double started) {
        return Math.max(0, Math.min(1, (answered - CAUTION * Math.sqrt(answered)) / started));
    }

    private static double best(double one, double other) {
        return Double.isNaN(one) ? other : Double.isNaN(other) ? one : Math.max(one, other);
    }

    private boolean tooFew(int ticks, double share) {
        double expected = expected(ticks);
        double answered = sum(answers, 0, ticks);
        return expected >= LEAST_EXPECTED
                && answered < share * expected
                && expected - answered > SIGMAS * Math.sqrt(expected);
    }

    /** Whether the last second may have had too few: no reason to cut, and none to grow. */
    boolean warns() {
        double expected = expected(TICKS_A_ROUND);
        double answered = sum(answers, 0, TICKS_A_ROUND);
        return expected >= LEAST_EXPECTED && expected - answered > HOLD_SIGMAS * Math.sqrt(expected);
    }

    /** What part of the usual answers came, 0..1, from as little of the past as is sound; 1 when nothing can be said. */
    double delivered() {
        for (int ticks = 1; ticks <= TICKS_A_ROUND && ticks < filled; ticks++) {
            boolean enough = expected(ticks) >= ESTIMATE_EXPECTED;
            if (enough || ticks == TICKS_A_ROUND) {
                return delivered(ticks);
            }
        }
        return 1;
    }

    /** The same from as much of the past as there is: less noise, older news. */
    double deliveredOfLate() {
        return delivered(filled - 1);
    }

    private double delivered(int ticks) {
        double expected = expected(ticks);
        return expected >= LEAST_EXPECTED ? Math.min(1, sum(answers, 0, ticks) / expected) : 1;
    }

    /** Whether a share can be told from noise now. */
    boolean telling() {
        return filled > TICKS_A_ROUND && expected(TICKS_A_ROUND) >= LEAST_EXPECTED;
    }

    /** From now on the last round is what is usual. */
    void accept() {
        averageAnswers = roundAnswers;
        averageStarts = roundStarts;
        usual = roundStarts > 0 ? cautious(roundAnswers, roundStarts) : usual;
        bestOfMinute = usual;
        bestOfMinuteBefore = Double.NaN;
        roundsOfMinute = 1;
        filled = Math.min(filled, TICKS_A_ROUND + 1);
    }

    /** A cut begins a new measurement: what was lost before it proves nothing against the rate after it. */
    void cut() {
        filled = Math.min(filled, 1);
        aftermath = ROUNDS_OF_AFTERMATH;
        averageAnswers = 0;
        averageStarts = 0;
    }

    /**
     * Answers that are usual for the starts of the last ticks. The smaller of the counts with and without the freshest tick:
     * a burst of starts at the very end is not yet answered, and one before the beginning was. Where the ticks that both
     * have in common hold much less, starts came in bursts, and only those in between count.
     */
    private double expected(int ticks) {
        if (Double.isNaN(usual) || filled <= ticks) {
            return 0;
        }
        double least = Math.min(sum(starts, 0, ticks), sum(starts, 1, ticks));
        if (ticks > 1) {
            least = Math.min(least, STEADY * ticks / (ticks - 1) * sum(starts, 1, ticks - 1));
        }
        return usual * least;
    }

    private long sum(long[] counts, int skipped, int ticks) {
        long sum = 0;
        for (int i = skipped; i < skipped + ticks; i++) {
            sum += counts[(at - i + 2 * TICKS) % TICKS];
        }
        return sum;
    }
}
