package dev.sluice.cadence.simulation;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Plays a policy through a world. Each proxy is checked when the policy says, from when it is found to the end; a check
 * of one that works fails by bad luck now and then. Proxies know nothing of one another, so each is played alone.
 *
 * @param world histories
 * @param falseNegatives share of the checks of a working proxy that fail, 0..1
 * @param seed of bad luck and of the spread of intervals
 */
public record Simulation(World world, double falseNegatives, long seed) {
    /** How often the oracle checks. */
    public static final long ORACLE_MILLIS = 8 * 60_000;

    static final ProxyKey KEY = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 1);
    private static final double LATENCY_MILLIS = 1_000;

    /** A span to be scored. */
    public record Span(double fromDay, double toDay) {
        Score score() {
            return new Score(World.day(fromDay), World.day(toDay));
        }
    }

    /** The scores of {@code policy} in each of {@code spans}, in their order. */
    public List<Score> play(Policy policy, List<Span> spans) {
        return play(policy, spans, false);
    }

    /** The same with the accuracy of tiers, which costs the run of an oracle. */
    public List<Score> playWithTiers(Policy policy, List<Span> spans) {
        return play(policy, spans, true);
    }

    private List<Score> play(Policy policy, List<Span> spans, boolean withTiers) {
        int count = world.proxies().size();
        return IntStream.range(0, Runs.LANES)
                .parallel()
                .mapToObj(lane -> {
                    Runs runs = new Runs(this, policy, spans, withTiers);
                    for (int i = lane; i < count; i += Runs.LANES) {
                        runs.play(i);
                    }
                    return runs.scores;
                })
                .reduce((one, other) -> {
                    for (int i = 0; i < one.size(); i++) {
                        one.get(i).add(other.get(i));
                    }
                    return one;
                })
                .orElseThrow();
    }

    /** What a check of a proxy finds that works or does not. */
    boolean works(int number, boolean truly, long atMillis) {
        return truly && Randomness.unit(Randomness.mix(Randomness.mix(seed, number), atMillis)) >= falseNegatives;
    }

    /** The outcome of checking {@code proxy} at {@code atMillis}. */
    static CheckOutcome outcome(DueProxy proxy, boolean works, long atMillis) {
        boolean connect = proxy.kind() == CheckKind.CONNECT;
        return new CheckOutcome(
                proxy,
                works,
                connect ? Verified.CONNECT : Verified.FULL,
                works ? FailureReason.NONE : FailureReason.CONNECT_TIMEOUT,
                works ? LATENCY_MILLIS : Double.NaN,
                works && !connect ? Capability.HTTP.bit() : Capability.NONE,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                0,
                List.of(),
                null,
                List.of(),
                atMillis);
    }

    /** The runs of some of the proxies, one after the other. */
    private static final class Runs {
        static final int LANES = 16;
        /** Looks of the oracle that saw the same, four days of them, after which more of the same change no tier. */
        private static final int SETTLED = 720;

        private final Simulation simulation;
        private final Policy policy;
        private final List<Score> scores = new ArrayList<>();
        private final boolean withTiers;
        private final Course belief = new Course();
        private final Course tier = new Course();
        private final Course oracle = new Course();

        Runs(Simulation simulation, Policy policy, List<Span> spans, boolean withTiers) {
            this.simulation = simulation;
            this.policy = policy;
            this.withTiers = withTiers;
            spans.forEach(span -> scores.add(span.score()));
        }

        void play(int number) {
            Lifeline truth = simulation.world.proxies().get(number);
            check(number, truth);
            for (Score score : scores) {
                score.proxy();
                score.belief(belief, truth);
            }
            if (withTiers) {
                watch(number, truth);
                for (Score score : scores) {
                    score.tiers(tier, oracle);
                }
            }
        }

        private void check(int number, Lifeline truth) {
            SplittableRandom spread = new SplittableRandom(Randomness.mix(simulation.seed, number));
            belief.clear();
            tier.clear();
            Health health = Health.fresh(truth.foundAtMillis());
            long[] flips = truth.flips();
            int next = 0;
            long now = truth.foundAtMillis();
            while (now < simulation.world.endMillis()) {
                while (next < flips.length && flips[next] <= now) {
                    next++;
                }
                boolean works = simulation.works(number, Lifeline.worksBefore(next), now);
                CheckKind kind = policy.kindFor(health, now);
                health = policy.after(health, outcome(new DueProxy(number + 1, KEY, health, kind), works, now), spread);
                belief.becomes((byte) (health.alive() ? 1 : 0), now);
                tier.becomes((byte) health.tier().ordinal(), now);
                for (Score score : scores) {
                    score.check(kind, now);
                }
                now = Math.max(now + 1, health.nextCheckAtMillis());
            }
        }

        /** What the tiers were if someone looked every {@link #ORACLE_MILLIS} and never erred. */
        private void watch(int number, Lifeline truth) {
            SplittableRandom spread = new SplittableRandom(0);
            oracle.clear();
            Health health = Health.fresh(truth.foundAtMillis());
            long[] flips = truth.flips();
            int next = 0;
            int row = 0;
            long now = truth.foundAtMillis();
            while (now < simulation.world.endMillis()) {
                int before = next;
                while (next < flips.length && flips[next] <= now) {
                    next++;
                }
                row = next == before ? row + 1 : 0;
                DueProxy proxy = new DueProxy(number + 1, KEY, health, CheckKind.COMPREHENSIVE);
                health = policy.after(health, outcome(proxy, Lifeline.worksBefore(next), now), spread);
                oracle.becomes((byte) health.tier().ordinal(), now);
                now += row < SETTLED ? ORACLE_MILLIS : untilFlip(next, flips, now);
            }
        }

        private static long untilFlip(int next, long[] flips, long now) {
            if (next == flips.length) {
                return Long.MAX_VALUE - now;
            }
            return (flips[next] - now + ORACLE_MILLIS - 1) / ORACLE_MILLIS * ORACLE_MILLIS;
        }
    }
}
