package dev.sluice.pace;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds how many checks may be started a second: as many as the path, the targets' answers, this machine's loops and
 * descriptors bear. The number in flight is only a cap, because with a list that is mostly dead it says how long a
 * timeout is, not how much a path bears.
 *
 * <p>The rate grows by half a second at first (slow start), by four per cent a second later, by one per cent near the rate
 * that last proved too much, and is cut by a quarter when something proves too much; by more where the share of answers
 * tells how much too much. Signals are of two strengths: a weak one holds the rate, a strong one cuts it.
 *
 * <p>What differs from the textbook, because lists and machines are not stationary:
 *
 * <ul>
 *   <li>A queue that drains already is not cut again: its length is the past's fault.
 *   <li>A cut because of few answers or slow ones is tried: if nothing changes, the list has changed and not the path; the
 *       cut is taken back and the signal not heard for a while.
 *   <li>For a minute after a cut the rate stays just below the one that was too much: finding out again costs live proxies.
 *   <li>Lateness and lost probes need company: a pause of the collector or one lost packet holds, and does not cut.
 * </ul>
 *
 * <p>Confined to one thread. All times are readings of one monotonic clock in nanoseconds.
 */
public final class Pace {
    /** Cut because event loops were late. */
    public static final String LAG = "lag";

    /** Cut because probes of anchors queued. */
    public static final String ANCHOR_DELAY = "anchor-delay";

    /** Cut because probes of anchors were lost. */
    public static final String ANCHOR_LOSS = "anchor-loss";

    /** Cut because fewer starts than usual were answered. */
    public static final String ANSWER_RATIO = "answer-ratio";

    /** Cut because the fastest connects became slow. */
    public static final String SLOW_CONNECTS = "slow-connects";

    /** Cut because descriptors run out. */
    public static final String IN_FLIGHT = "in-flight";

    /** Cut because the kernel's connection table fills. */
    public static final String CONNTRACK = "conntrack";

    /** Local errors of more kinds than {@link #MOST_REASONS} are counted under this. */
    private static final String OTHER = "other";

    private static final int MOST_REASONS = 32;

    private static final double NANOS_A_SECOND = 1e9;
    private static final int TICKS_A_ROUND = 4;

    /** Starts a second at the beginning. */
    private static final double FIRST_RATE = 100;

    /** Cuts end here: enough to notice that a path has recovered. */
    private static final double LEAST_RATE = 20;

    private static final double RESUME_RATE = 50;
    private static final double RESUME_SHARE = 0.25;

    /** From here on a timer of 10 ms is no pacing any more, and the bucket only costs. */
    private static final double UNMETERED_RATE = 1_000_000;

    private static final double SLOW_START_FACTOR = 1.5;
    private static final double GROWTH_FACTOR = 1.04;
    private static final double GROWTH_STEP = 2;
    private static final double CAREFUL_FACTOR = 1.01;
    private static final double CAREFUL_STEP = 1;

    /** Share of the rate that proved too much from which on growth is careful. */
    private static final double CAREFUL_SHARE = 0.9;

    /** Share of the rate that proved too much that is not exceeded for a minute: each attempt costs live proxies. */
    private static final double KEPT_SHARE = 0.97;

    /** From this share on what proved too much then does not do so now. */
    private static final double PASSED_SHARE = 1.1;

    private static final long CAREFUL_NANOS = 60_000_000_000L;

    private static final double CUT_FACTOR = 0.75;
    private static final double DEEPEST_CUT = 0.2;
    private static final double DEEPEST_BLIND_CUT = 0.5;

    private static final long CUT_SPACING_NANOS = 2_000_000_000L;

    /**
     * Cuts so close together have one cause. The later ones follow what was started before the first, which a queue or a
     * repeated packet brings back, so the first alone tells what was too much.
     */
    private static final long EPISODE_NANOS = 8_000_000_000L;

    /** Fewer starts than this share of the rate say nothing about the rate. */
    private static final double USED_SHARE = 0.8;

    /** From this share on what proved too much was another trouble than too high a rate. */
    private static final double WRONG_SHARE = 2;

    private static final double CUT_DESCRIPTORS = 0.93;
    private static final double HOLD_DESCRIPTORS = 0.90;
    private static final double CUT_CONNTRACK = 0.85;
    private static final double HOLD_CONNTRACK = 0.70;

    /** Share of the connection table by which it grows in a second when it fills; less is its usual coming and going. */
    private static final double CONNTRACK_FILLS = 0.002;

    /** Weight of the past in the share of answers that is shown. */
    private static final double RATIO_MEMORY = 0.9;

    /** A tried cut has its effect on the second full round after it; timers are late now and then. */
    private static final long TRIAL_NANOS = 1_900_000_000L;

    /** Part of what a right cut gains that must be seen. */
    private static final double RELIEF_SHARE = 1.0 / 3;

    /** A share of answers may be 0, and is divided by. */
    private static final double LEAST_VALUE = 1e-6;

    /** How long a queue that a cut has stopped may take to drain. */
    private static final long DRAIN_NANOS = 5_500_000_000L;

    /** A change of a signal that is no noise with the least answers that count. */
    private static final double CHANGED = 1.15;

    private PaceSettings settings;
    private final TokenBucket bucket;
    private final LoopLag lag = new LoopLag();
    private final AnchorPath path;
    private final AnswerShare share = new AnswerShare();
    private final FastConnects connects;
    private final Witness shareWitness = new Witness();
    private final Witness connectsWitness = new Witness();
    private final Map<String, Long> cuts = new TreeMap<>();

    private double rate;
    private boolean slowStart = true;
    private boolean suspended;
    private PaceState.Phase phase;

    private long startsOfTick;
    private long startsOfRound;
    private double startsPerSecond;
    private int ticksOfRound;
    private long roundStartNanos;
    private boolean troubledInRound;
    private boolean cutInRound;

    private double saturationRate;
    private double keptRate = Double.POSITIVE_INFINITY;
    private @Nullable String lastCutReason;
    private long lastCutNanos;
    private @Nullable Trial trial;

    private double conntrack;
    private double conntrackOfRound;
    private double descriptors;
    private double answeredSum;
    private double endedSum;

    /** @param nowNanos the moment of the first round's beginning */
    public Pace(PaceSettings settings, long nowNanos) {
        this.settings = settings;
        rate = settings.adaptive() ? Math.min(FIRST_RATE, settings.maxRate()) : settings.maxRate();
        phase = settings.adaptive() ? PaceState.Phase.SLOW_START : PaceState.Phase.FIXED;
        bucket = new TokenBucket(rate, nowNanos);
        path = new AnchorPath(nowNanos);
        connects = new FastConnects(nowNanos);
        roundStartNanos = nowNanos;
    }

    /**
     * Goes on with other bounds: at once below a lower rate; up to a higher one as the path bears it. What begins to adapt
     * begins where it stands.
     */
    public void follow(PaceSettings changed) {
        boolean began = changed.adaptive() && !settings.adaptive();
        settings = changed;
        rate = changed.adaptive() ? Math.min(rate, changed.maxRate()) : changed.maxRate();
        if (!changed.adaptive()) {
            trial = null;
            phase = suspended ? phase : PaceState.Phase.FIXED;
        } else if (began && !suspended) {
            slowStart = false;
            phase = PaceState.Phase.GROWING;
        }
    }

    /**
     * Takes the right to start as many as there is room for. Tokens come evenly, at most those of 20 ms (or one) are kept,
     * so a pause is never caught up in a burst. From a rate of a million a second on only the limit holds back.
     *
     * @param wanted most to start
     * @param inFlight checks under way
     * @return 0 to {@code wanted}; 0 while suspended; never so many that more than the limit would be in flight
     */
    public int take(int wanted, int inFlight, long nowNanos) {
        bucket.fill(rate, nowNanos);
        if (suspended) {
            return 0;
        }
        int room = Math.max(0, Math.min(wanted, settings.limit() - inFlight));
        int taken = rate >= UNMETERED_RATE ? room : bucket.take(room);
        startsOfTick += taken;
        return taken;
    }

    /**
     * Takes in what was observed since the last call. To be called every 250 ms; cuts at once, at most once in two seconds.
     * Every fourth call ends a round, after which the rate may grow.
     */
    public void tick(Signals signals, long nowNanos) {
        observe(signals, nowNanos);
        if (settings.adaptive() && !suspended) {
            // One pause is over when the round ends, and still no time to grow.
            troubledInRound |= lag.warns();
            String reason = saturation(signals);
            if (reason != null) {
                troubledInRound = true;
                cut(reason, nowNanos);
            }
        }
        if (++ticksOfRound == TICKS_A_ROUND) {
            endRound(nowNanos);
        }
    }

    /** Starts nothing until {@link #resume}. */
    public void suspend(long nowNanos) {
        if (suspended) {
            return;
        }
        suspended = true;
        trial = null;
        phase = PaceState.Phase.SUSPENDED;
        beginRound(nowNanos);
    }

    /** Goes on with a quarter of the rate before, 50 a second or more, in slow start up to the rate before. */
    public void resume(long nowNanos) {
        if (!suspended) {
            return;
        }
        suspended = false;
        path.forget();
        share.clear();
        beginRound(nowNanos);
        if (!settings.adaptive()) {
            phase = PaceState.Phase.FIXED;
            return;
        }
        // Up to what was in force before there is no reason to be careful.
        saturationRate = Math.max(saturationRate, rate / CAREFUL_SHARE);
        rate = Math.min(settings.maxRate(), Math.max(RESUME_RATE, rate * RESUME_SHARE));
        slowStart = true;
        phase = PaceState.Phase.SLOW_START;
    }

    /** What the controller does and why. The rate is 0 while suspended. */
    public PaceState state() {
        return new PaceState(
                phase,
                suspended ? 0 : rate,
                startsPerSecond,
                lastCutReason,
                lastCutNanos,
                cuts,
                lag.smoothedNanos(),
                (long) path.excessNanos(),
                path.loss(),
                endedSum > 0 ? answeredSum / endedSum : Double.NaN);
    }

    private void observe(Signals signals, long nowNanos) {
        lag.tick(signals.lagNanos());
        path.tick(signals.anchorProbes(), signals.anchorFailures(), signals.anchorNanos(), nowNanos);
        share.tick(startsOfTick, signals.answered());
        connects.tick(signals.answered(), signals.fastConnectNanos());
        conntrack = signals.conntrack();
        descriptors = settings.maxOpenFiles() > 0
                ? (double) Math.max(signals.inFlight(), signals.openFiles()) / settings.maxOpenFiles()
                : 0;
        startsOfRound += startsOfTick;
        startsOfTick = 0;
        answeredSum += signals.answered();
        endedSum += signals.answered() + signals.unanswered();
    }

    /** The strongest reason to start less, found in what a single tick can tell; null without one. */
    private @Nullable String saturation(Signals signals) {
        if (signals.localError() != null) {
            return signals.localError();
        }
        if (descriptors > CUT_DESCRIPTORS) {
            return IN_FLIGHT;
        }
        // An unanswered SYN holds its entry for two minutes: a table that no longer fills needs patience, not cuts.
        if (conntrack > CUT_CONNTRACK && conntrack > conntrackOfRound + CONNTRACK_FILLS) {
            return CONNTRACK;
        }
        if (lag.saturated()) {
            return LAG;
        }
        if (path.losing()) {
            return ANCHOR_LOSS;
        }
        return path.queueing() ? ANCHOR_DELAY : null;
    }

    private void endRound(long nowNanos) {
        double seconds = Math.max(1, nowNanos - roundStartNanos) / NANOS_A_SECOND;
        startsPerSecond = startsOfRound / seconds;
        boolean fewAnswers = share.round();
        connects.round(nowNanos);
        if (settings.adaptive() && !suspended) {
            inBand(fewAnswers, nowNanos);
            phase = cutInRound ? PaceState.Phase.CUT : grow(nowNanos);
        }
        answeredSum *= RATIO_MEMORY;
        endedSum *= RATIO_MEMORY;
        beginRound(nowNanos);
    }

    private void beginRound(long nowNanos) {
        ticksOfRound = 0;
        startsOfRound = 0;
        startsOfTick = 0;
        roundStartNanos = nowNanos;
        conntrackOfRound = conntrack;
        troubledInRound = false;
        cutInRound = false;
    }

    /** The signals that the list of targets can fake. */
    private void inBand(boolean fewAnswers, long nowNanos) {
        boolean slowConnects = connects.saturated();
        Trial tried = trial;
        if (tried != null) {
            if (nowNanos - tried.cutNanos() < TRIAL_NANOS) {
                troubledInRound |= fewAnswers || slowConnects;
                return;
            }
            if (draining(tried, slowConnects, nowNanos)) {
                troubledInRound = true;
                slowConnects = false;
            } else {
                conclude(tried, fewAnswers, slowConnects, nowNanos);
            }
        }
        boolean cutting = inBand(fewAnswers, true, shareWitness, nowNanos);
        if (!cutting) {
            inBand(slowConnects, false, connectsWitness, nowNanos);
        }
    }

    private boolean inBand(boolean saturated, boolean ofShare, Witness witness, long nowNanos) {
        if (!saturated) {
            return false;
        }
        if (!witness.heard(nowNanos)) {
            if (!ofShare) {
                connects.accept(nowNanos);
            }
            // A share that is not heard may still measure what anchors find.
            return false;
        }
        troubledInRound = true;
        cut(ofShare ? ANSWER_RATIO : SLOW_CONNECTS, nowNanos);
        return true;
    }

    /** Whether a queue that a cut may have stopped is given time: connects are as slow as when it was cut, not slower. */
    private boolean draining(Trial tried, boolean slowConnects, long nowNanos) {
        return slowConnects
                && tried.reason().equals(SLOW_CONNECTS)
                && connects.smoothedNanos() < CHANGED * tried.value()
                && nowNanos - tried.cutNanos() < DRAIN_NANOS;
    }

    private void conclude(Trial tried, boolean fewAnswers, boolean slowConnects, long nowNanos) {
        boolean ofShare = tried.reason().equals(ANSWER_RATIO);
        Witness witness = ofShare ? shareWitness : connectsWitness;
        boolean still = ofShare ? fewAnswers : slowConnects;
        boolean telling = !ofShare || share.telling();
        // What changed since the cut; above 1 it became better.
        double change = ofShare ? share.deliveredOfLate() / tried.value() : tried.value() / connects.smoothedNanos();
        boolean helped = telling && (change >= tried.relief() || (!ofShare && !still));
        if (!helped && still && telling && change < 1 / CHANGED) {
            // It became worse and is cut again; the trial goes on, and the rate to go back to stays.
            return;
        }
        trial = null;
        if (helped) {
            witness.wasRight();
            return;
        }
        witness.wasWrong(nowNanos);
        rate = Math.max(rate, tried.rateBefore());
        saturationRate = tried.saturationBefore();
        keptRate = Double.POSITIVE_INFINITY;
        if (ofShare) {
            share.accept();
        } else {
            connects.accept(nowNanos);
        }
    }

    private void cut(String reason, long nowNanos) {
        if (lastCutReason != null && nowNanos - lastCutNanos < CUT_SPACING_NANOS) {
            return;
        }
        double before = rate;
        double saturationBefore = saturationRate;
        double delivered = ofPath(reason) ? share.delivered() : 1;
        double deliveredOfLate = ofPath(reason) ? share.deliveredOfLate() : 1;
        boolean deep = delivered < CUT_FACTOR;
        double used = Math.max(startsPerSecond, startsOfRound / roundSeconds(nowNanos));
        if (used < LEAST_RATE && used < USED_SHARE * rate) {
            // Hardly anything was started, so the rate is not what is wrong, and nothing was learned about the path.
            rate = Math.max(Math.min(rate, FIRST_RATE), rate * CUT_FACTOR);
            slowStart = true;
        } else {
            double inForce = used < USED_SHARE * rate ? used : rate;
            double factor = deep ? Math.max(DEEPEST_CUT, CUT_FACTOR * delivered) : CUT_FACTOR;
            if (reason.equals(ANCHOR_LOSS) && !share.telling()) {
                // Three probes a second measure badly, but nothing else measures here.
                factor = Math.max(DEEPEST_BLIND_CUT, Math.min(CUT_FACTOR, 1 - path.loss()));
            }
            learn(inForce, ofLosses(reason) ? deliveredOfLate : 1, delivered, nowNanos);
            rate = Math.max(Math.min(LEAST_RATE, settings.maxRate()), inForce * factor);
            slowStart = false;
        }
        if (ofPath(reason) && share.telling()) {
            path.cut(nowNanos);
        }
        count(reason);
        lastCutNanos = nowNanos;
        cutInRound = true;
        phase = PaceState.Phase.CUT;
        share.cut();
        tryOut(reason, deep ? delivered : deliveredOfLate, before, saturationBefore, nowNanos);
    }

    /** What a cut tells about the path: the rate that was too much, less what it did not deliver. */
    private void learn(double inForce, double deliveredOfLate, double delivered, long nowNanos) {
        boolean rough = delivered < CUT_FACTOR;
        double share = Math.max(DEEPEST_CUT, rough ? Math.min(delivered, deliveredOfLate) : deliveredOfLate);
        double tooMuch = inForce * share;
        double kept = rough ? Double.POSITIVE_INFINITY : KEPT_SHARE * tooMuch;
        boolean sameTrouble = lastCutReason != null && nowNanos - lastCutNanos < EPISODE_NANOS;
        saturationRate = sameTrouble ? Math.max(saturationRate, tooMuch) : tooMuch;
        keptRate = sameTrouble ? Math.max(keptRate, kept) : kept;
    }

    /** Watches what a cut brings where its reason may be none; any other cut confirms that something is wrong. */
    private void tryOut(String reason, double delivered, double before, double saturationBefore, long nowNanos) {
        Trial running = trial;
        trial = null;
        boolean ofShare = reason.equals(ANSWER_RATIO);
        if (!ofShare && !reason.equals(SLOW_CONNECTS)) {
            return;
        }
        double value = Math.max(LEAST_VALUE, ofShare ? delivered : connects.smoothedNanos());
        double relief = ofShare ? 1 + (Math.min(before / rate, 1 / value) - 1) * RELIEF_SHARE : CHANGED;
        Trial begun = new Trial(reason, value, relief, before, saturationBefore, nowNanos);
        trial = running != null && running.reason().equals(reason) ? running.again(begun) : begun;
    }

    private static boolean ofLosses(String reason) {
        return reason.equals(ANCHOR_LOSS) || reason.equals(ANSWER_RATIO);
    }

    private static boolean ofPath(String reason) {
        return switch (reason) {
            case ANCHOR_DELAY, ANCHOR_LOSS, ANSWER_RATIO, SLOW_CONNECTS -> true;
            default -> false;
        };
    }

    private void count(String reason) {
        String counted = cuts.containsKey(reason) || cuts.size() < MOST_REASONS ? reason : OTHER;
        cuts.merge(counted, 1L, Long::sum);
        lastCutReason = counted;
    }

    private double roundSeconds(long nowNanos) {
        return Math.max(NANOS_A_SECOND / TICKS_A_ROUND, nowNanos - roundStartNanos) / NANOS_A_SECOND;
    }

    private PaceState.Phase grow(long nowNanos) {
        boolean near = connectsWitness.heard(nowNanos) && connects.warns();
        if (path.mayBeQueueing() || near || conntrack > HOLD_CONNTRACK) {
            slowStart = false;
        }
        boolean fewer = shareWitness.heard(nowNanos) && share.warns();
        if (troubledInRound
                || fewer
                || path.mayBeQueueing()
                || path.mayBeLosing()
                || conntrack > HOLD_CONNTRACK
                || descriptors > HOLD_DESCRIPTORS) {
            return PaceState.Phase.HOLDING;
        }
        if (startsPerSecond < USED_SHARE * rate) {
            return PaceState.Phase.DEMAND_LIMITED;
        }
        rate = Math.min(settings.maxRate(), faster(near, nowNanos));
        return slowStart ? PaceState.Phase.SLOW_START : PaceState.Phase.GROWING;
    }

    private double faster(boolean near, long nowNanos) {
        double careful = CAREFUL_SHARE * saturationRate;
        if (slowStart && (saturationRate == 0 || SLOW_START_FACTOR * rate < careful)) {
            return SLOW_START_FACTOR * rate;
        }
        if (slowStart) {
            // What proved too much once is not run into again at full speed.
            slowStart = false;
            return Math.max(rate, careful);
        }
        boolean recent = lastCutReason != null && nowNanos - lastCutNanos < CAREFUL_NANOS;
        if (recent && rate >= keptRate) {
            return rate;
        }
        boolean known = rate > careful && rate < PASSED_SHARE * saturationRate;
        if (near || known) {
            double more = CAREFUL_FACTOR * rate + CAREFUL_STEP;
            return recent ? Math.min(more, keptRate) : more;
        }
        if (rate > WRONG_SHARE * saturationRate) {
            // What was learned no longer holds, or never did.
            slowStart = true;
            saturationRate = 0;
        }
        return GROWTH_FACTOR * rate + GROWTH_STEP;
    }
}
