package dev.sluice.pace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/**
 * A list of targets behind one bottleneck, in virtual time, a millisecond a step. Starts meet a queue (or a policer
 * without one) and a processor; what the bottleneck drops stays silent. Three anchors, 2 to 110 ms away, are probed once a
 * second through the same bottleneck; their lost packets are repeated after a second, as a kernel does.
 *
 * <p>Left out: other traffic, the way back. Packets of checks are repeated only where {@link Path#repeats} says so.
 */
final class PathSimulation {
    static final int SECONDS = 180;
    static final int LIMIT = 17_600;
    static final int DESCRIPTORS = 20_000;

    private static final long NANOS_A_MILLI = 1_000_000;
    private static final int SECOND = 1_000;
    private static final int TICK = 250;
    private static final int TICKS = SECONDS * SECOND / TICK;
    private static final int PACING = 10;
    private static final int TIMEOUT = 5_000;
    private static final int REPEAT = 1_000;
    private static final int HANDSHAKE = 200;
    private static final int ANCHOR_TIMEOUT = 2_000;
    private static final int[] ANCHOR_RTT = {2, 35, 110};

    private static final double CORES = 2;
    private static final double START_WORK = 0.05;
    private static final double ANSWER_WORK = 0.05;

    /** A policer lets this much through at once; paced starts come in portions of 10 ms. */
    private static final double POLICER_BURST_MILLIS = 50;

    private static final int SILENT = 0;
    private static final int REFUSING = 1;
    private static final int LIVE = 2;

    /** Further than anything lies ahead: the timeout, and the lag of an overloaded processor. */
    private static final int HORIZON = 1 << 15;

    private static final int SLOWEST = 8_192;

    private final Path path;
    private final Policy policy;
    private final AnchorView view;
    private final SplittableRandom random;
    private final int[] roundTrips = new int[4_096];

    /** Packets that reach the bottleneck, by kind, repetition and millisecond. */
    private final int[][][] packets = new int[3][TIMEOUT / REPEAT][HORIZON];

    private final int[] refusedAt = new int[HORIZON];
    private final int[] connectedAt = new int[HORIZON];
    private final int[] silentAt = new int[HORIZON];
    private final int[] endsAt = new int[HORIZON];
    private final int[][] connectTimes = new int[32][SLOWEST];
    private final List<Probe> probes = new ArrayList<>();
    private final AnchorReadings readings = new AnchorReadings(ANCHOR_RTT.length, 0);

    private int now;
    private int nextTake;
    private int inFlight;
    private int taken;
    private int portions = 1;
    private int mostInFlight;
    private double backlog;
    private double tokens;
    private double work;
    private double worstLag;
    private long live;
    private long missed;
    private long answered;
    private long unanswered;
    private int rawProbes;
    private int rawFailures;
    private long rawNanos;
    private final int[] startsIn = new int[SECONDS];
    private final double[] rateAt = new double[TICKS];
    private final double[] lagAt = new double[TICKS];

    PathSimulation(Path path, Policy policy, AnchorView view, long seed) {
        this.path = path;
        this.policy = policy;
        this.view = view;
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < roundTrips.length; i++) {
            roundTrips[i] = (int) Math.min(2_000, 10 + 110 * Math.exp(0.6 * gaussian()));
        }
    }

    /** What the controller learns of the anchors. */
    enum AnchorView {
        /** Each against its own best. */
        READINGS,
        /** The bare mean of all, as different as they are. */
        RAW,
        NONE
    }

    /** What decides how many start. */
    interface Policy {
        int take(int inFlight, long nowNanos);

        default void tick(Signals signals, long nowNanos) {}

        /** How often it is asked. */
        default int pauseMillis() {
            return 1;
        }

        /** Starts a second that are allowed; 0 when it does not think in rates. */
        default double rate() {
            return 0;
        }

        static Policy fixed(int limit) {
            return new FixedLimit(limit);
        }

        static Policy pace() {
            Pace pace = new Pace(new PaceSettings(true, 20_000, LIMIT, DESCRIPTORS), 0);
            return new PacePolicy(pace);
        }
    }

    /** As many as there is room for; the first fill is spread over a timeout, which is kinder than most are. */
    record FixedLimit(int limit) implements Policy {
        @Override
        public int take(int inFlight, long nowNanos) {
            double filled = Math.min(1, (double) nowNanos / (TIMEOUT * NANOS_A_MILLI));
            return Math.max(0, (int) (filled * limit) - inFlight);
        }
    }

    /** The controller under test. */
    record PacePolicy(Pace pace) implements Policy {
        @Override
        public int take(int inFlight, long nowNanos) {
            return pace.take(Integer.MAX_VALUE, inFlight, nowNanos);
        }

        @Override
        public void tick(Signals signals, long nowNanos) {
            pace.tick(signals, nowNanos);
        }

        @Override
        public int pauseMillis() {
            return PACING;
        }

        @Override
        public double rate() {
            return pace.state().rate();
        }
    }

    /**
     * A path and a list.
     *
     * @param capacity packets a second at a millisecond
     * @param queueMillis longest queue in milliseconds of the capacity; 0 for a policer
     * @param silent share of targets that never answer, at a millisecond
     * @param live share of targets that connect; the others refuse
     * @param liveWorkMillis processor time of a live one
     * @param repeats whether packets of checks that were not answered are repeated every second
     */
    record Path(
            String name,
            IntToDoubleFunction capacity,
            int queueMillis,
            IntToDoubleFunction silent,
            double live,
            double liveWorkMillis,
            boolean repeats) {
        Path(String name, IntToDoubleFunction capacity, int queueMillis) {
            this(name, capacity, queueMillis, millis -> 0.72, 0.03, 0.05, false);
        }

        /** Starts a second that are borne for long: by path, processor and limit. */
        double knee(int second) {
            double dead = silent.applyAsDouble(second * SECOND);
            double packetsAStart = repeats ? 1 - dead + dead * TIMEOUT / REPEAT : 1;
            double byPath = capacity.applyAsDouble(second * SECOND) / packetsAStart;
            double workAStart = START_WORK + (1 - dead) * ANSWER_WORK + live * liveWorkMillis;
            double byProcessor = CORES * SECOND / workAStart;
            double secondsAStart = dead * TIMEOUT / SECOND + (1 - dead) * 0.14 + live * HANDSHAKE / SECOND;
            return Math.min(LIMIT / secondsAStart, Math.min(byPath, byProcessor));
        }
    }

    private static final class Probe {
        private final int anchor;
        private final int started;
        private int nextTry;
        private int answeredAt = Integer.MAX_VALUE;

        Probe(int anchor, int started) {
            this.anchor = anchor;
            this.started = started;
            this.nextTry = started;
        }
    }

    /** Runs three minutes. */
    Run run() {
        for (; now < SECONDS * SECOND; now++) {
            drain();
            packetsArrive();
            answersArrive();
            if (now >= nextTake) {
                int pause = policy.pauseMillis();
                nextTake = now + (int) Math.max(pause, lag());
                taken += policy.take(inFlight + taken, now * NANOS_A_MILLI);
                portions = pause;
            }
            int portion = (taken + portions - 1) / portions;
            taken -= portion;
            portions = Math.max(1, portions - 1);
            int first = random.nextInt(portion + 1);
            start(first);
            probe();
            start(portion - first);
            mostInFlight = Math.max(mostInFlight, inFlight);
            worstLag = Math.max(worstLag, lag());
            if (now % TICK == TICK - 1) {
                tick();
            }
        }
        return new Run(startsIn, rateAt, lagAt, live, missed, mostInFlight);
    }

    /** Near enough: the sum of twelve uniform draws. */
    private double gaussian() {
        double sum = -6;
        for (int i = 0; i < 12; i++) {
            sum += random.nextDouble();
        }
        return sum;
    }

    private double capacity() {
        return path.capacity().applyAsDouble(now) / SECOND;
    }

    private double lag() {
        return work / CORES;
    }

    private void drain() {
        backlog = Math.max(0, backlog - capacity());
        tokens = Math.min(capacity() * POLICER_BURST_MILLIS, tokens + capacity());
        work = Math.max(0, work - CORES);
    }

    /** Lets a packet through after so many milliseconds; negative when it is dropped. */
    private int pass() {
        if (path.queueMillis() == 0) {
            if (tokens < 1) {
                return -1;
            }
            tokens--;
            return 0;
        }
        double waits = backlog / capacity();
        if (waits > path.queueMillis()) {
            return -1;
        }
        backlog++;
        return (int) waits;
    }

    private void start(int count) {
        startsIn[now / SECOND] += count;
        double silent = path.silent().applyAsDouble(now);
        inFlight += count;
        work += count * START_WORK;
        for (int i = 0; i < count; i++) {
            double draw = random.nextDouble();
            int kind = draw < silent ? SILENT : draw < silent + path.live() ? LIVE : REFUSING;
            live += kind == LIVE ? 1 : 0;
            silentAt[at(now + TIMEOUT)]++;
            arrive(kind, 0);
        }
        // One that was never let through, or not in time, is found when its timeout ends.
    }

    private void packetsArrive() {
        if (!path.repeats()) {
            return;
        }
        for (int repetition = 1; repetition < TIMEOUT / REPEAT; repetition++) {
            for (int kind = SILENT; kind <= LIVE; kind++) {
                int[] due = packets[kind][repetition];
                for (int count = due[at(now)]; count > 0; count--) {
                    arrive(kind, repetition);
                }
                due[at(now)] = 0;
            }
        }
    }

    private void arrive(int kind, int repetition) {
        int waits = pass();
        int started = now - repetition * REPEAT;
        int takes = repetition * REPEAT + waits + roundTrips[random.nextInt(roundTrips.length)];
        boolean answers = waits >= 0 && kind != SILENT && takes < TIMEOUT;
        if (!answers) {
            boolean again = path.repeats() && repetition + 1 < TIMEOUT / REPEAT;
            if (again) {
                packets[kind][repetition + 1][at(now + REPEAT)]++;
            } else if (kind == LIVE) {
                missed++;
            }
            return;
        }
        silentAt[at(started + TIMEOUT)]--;
        int arrives = started + takes;
        (kind == LIVE ? connectedAt : refusedAt)[at(arrives)]++;
        connectTimes[arrives / TICK % connectTimes.length][takes]++;
    }

    private void answersArrive() {
        int refused = refusedAt[at(now)];
        int connected = connectedAt[at(now)];
        int silent = silentAt[at(now)];
        refusedAt[at(now)] = 0;
        connectedAt[at(now)] = 0;
        silentAt[at(now)] = 0;
        int lag = (int) lag();
        // A connect that is seen only after its deadline is none.
        missed += lag > TIMEOUT - SECOND ? connected : 0;
        answered += refused + connected;
        unanswered += silent;
        work += (refused + connected) * ANSWER_WORK + connected * path.liveWorkMillis();
        endsAt[at(now + 1 + lag)] += refused;
        endsAt[at(now + 1 + lag + HANDSHAKE)] += connected;
        inFlight -= silent + endsAt[at(now)];
        endsAt[at(now)] = 0;
    }

    private void probe() {
        for (int i = 0; i < ANCHOR_RTT.length; i++) {
            if ((now + i * SECOND / ANCHOR_RTT.length) % SECOND == 0) {
                probes.add(new Probe(i, now));
            }
        }
        for (Iterator<Probe> all = probes.iterator(); all.hasNext(); ) {
            Probe probe = all.next();
            if (probe.nextTry == now) {
                int waits = pass();
                if (waits >= 0) {
                    double jitter = 1 + 0.1 * random.nextDouble();
                    probe.answeredAt = now + (int) (waits + ANCHOR_RTT[probe.anchor] * jitter + lag());
                    probe.nextTry = Integer.MAX_VALUE;
                } else {
                    probe.nextTry += REPEAT;
                }
            }
            boolean ok = probe.answeredAt <= now;
            if (ok || now - probe.started >= ANCHOR_TIMEOUT) {
                ended(probe, ok);
                all.remove();
            }
        }
    }

    private void ended(Probe probe, boolean ok) {
        readings.probed(probe.anchor, ok, probe.started * NANOS_A_MILLI, now * NANOS_A_MILLI);
        rawProbes++;
        rawFailures += ok ? 0 : 1;
        rawNanos += ok ? (now - probe.started) * NANOS_A_MILLI : 0;
    }

    private void tick() {
        int tick = now / TICK;
        int[] times = connectTimes[tick % connectTimes.length];
        long spike = random.nextInt(100) < 3 ? 50 + random.nextInt(50) : 0;
        double lag = worstLag + random.nextInt(5);
        long fast = answered == 0 ? 0 : (long) ((percentile(times, answered) + lag()) * NANOS_A_MILLI);
        AnchorReadings.Reading seen = readings.take();
        if (view == AnchorView.RAW) {
            int succeeded = rawProbes - rawFailures;
            seen = new AnchorReadings.Reading(rawProbes, rawFailures, succeeded == 0 ? 0 : rawNanos / succeeded);
        } else if (view == AnchorView.NONE) {
            seen = new AnchorReadings.Reading(0, 0, 0);
        }
        policy.tick(
                new Signals(
                        inFlight,
                        inFlight + 300,
                        answered,
                        unanswered,
                        fast,
                        (long) (Math.max(lag, spike) * NANOS_A_MILLI),
                        seen.probes(),
                        seen.failures(),
                        seen.nanos(),
                        null,
                        0),
                now * NANOS_A_MILLI);
        rateAt[tick] = policy.rate();
        lagAt[tick] = worstLag;
        answered = 0;
        unanswered = 0;
        worstLag = 0;
        rawProbes = 0;
        rawFailures = 0;
        rawNanos = 0;
    }

    private static int percentile(int[] times, long count) {
        long rank = (count + 9) / 10;
        int at = 0;
        for (long seen = times[0]; seen < rank && at < SLOWEST - 1; seen += times[at]) {
            at++;
        }
        Arrays.fill(times, 0);
        return at;
    }

    private static int at(int millisecond) {
        return millisecond & (HORIZON - 1);
    }

    /**
     * What came out.
     *
     * @param startsIn by second
     * @param rateAt allowed, by tick
     * @param lagAt worst of a tick in milliseconds
     */
    @SuppressWarnings("ArrayRecordComponent") // read by one test, never compared
    record Run(int[] startsIn, double[] rateAt, double[] lagAt, long live, long missed, int mostInFlight) {
        /** Percent of live targets taken for dead. */
        double missedPercent() {
            return 100.0 * missed / Math.max(1, live);
        }

        /** Mean starts a second, from a second to another, exclusive. */
        double rate(int from, int to) {
            double sum = 0;
            for (int i = from; i < to; i++) {
                sum += startsIn[i];
            }
            return sum / (to - from);
        }

        /** Largest distance of the allowed rate from its mean, from a second to another, as a share of it. */
        double swing(int from, int to) {
            int first = from * SECOND / TICK;
            int last = to * SECOND / TICK;
            double mean = Arrays.stream(rateAt, first, last).average().orElseThrow();
            double most = 0;
            for (int i = first; i < last; i++) {
                most = Math.max(most, Math.abs(rateAt[i] - mean) / mean);
            }
            return most;
        }

        /** Seconds from a moment until the allowed rate is at or below another for the first time. */
        double secondsUntilBelow(double rate, double from) {
            for (int tick = (int) (from * SECOND / TICK); tick < TICKS; tick++) {
                if (rateAt[tick] <= rate) {
                    return (tick + 1) * (double) TICK / SECOND - from;
                }
            }
            return Double.POSITIVE_INFINITY;
        }

        /** Lateness in milliseconds that 99 % of ticks stay below, from a second on. */
        double lagPercentile(int from) {
            double[] sorted = Arrays.copyOfRange(lagAt, from * SECOND / TICK, TICKS);
            Arrays.sort(sorted);
            return sorted[(int) (sorted.length * 0.99)];
        }
    }
}
