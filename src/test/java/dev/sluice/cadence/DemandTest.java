package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.proxy.Health;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DemandTest {
    private static final long SECOND = 1_000_000_000L;
    private final Demand balanced = new Demand(Life.policy(Preset.BALANCED));

    @Test
    void atRestNothingIsStretched() {
        assertThat(balanced.factor()).isEqualTo(1);
        settle(balanced, 100, 0);
        assertThat(balanced.factor()).isEqualTo(1);
    }

    @Test
    void whatExceedsTheCapacityIsStretchedToFourFifthsOfIt() {
        balanced.counted(240);

        settle(balanced, 100, 0);

        assertThat(balanced.factor()).isCloseTo(3, within(1e-6));
        assertThat(240 / balanced.factor()).isCloseTo(80, within(1e-3));
    }

    @Test
    void itLetsGoAgain() {
        balanced.counted(800);
        settle(balanced, 100, 0);
        balanced.counted(40);
        settle(balanced, 100, 0);

        assertThat(balanced.factor()).isCloseTo(1, within(1e-6));
    }

    @Test
    void theFactorStaysWithinItsBounds() {
        balanced.counted(1e9);
        settle(balanced, 1, Long.MAX_VALUE);
        assertThat(balanced.factor()).isCloseTo(Demand.MOST, within(1e-6));

        Demand fresh = new Demand(Life.policy(Preset.FRESH));
        settle(fresh, 1e9, 0);
        assertThat(fresh.factor()).isCloseTo(Demand.LEAST, within(1e-6));
    }

    @Test
    void onlyFreshMakesUseOfCapacityToSpare() {
        Demand fresh = new Demand(Life.policy(Preset.FRESH));
        for (Demand demand : new Demand[] {fresh, balanced}) {
            demand.counted(40);
            settle(demand, 100, 0);
        }

        assertThat(fresh.factor()).isCloseTo(0.5, within(1e-6));
        assertThat(balanced.factor()).isEqualTo(1);
    }

    @Test
    void whereNobodyKnowsTheCapacityItGoesBackToRest() {
        balanced.counted(800);
        settle(balanced, 100, 0);
        assertThat(balanced.factor()).isGreaterThan(7);

        settle(balanced, Double.NaN, 1_000);
        assertThat(balanced.factor()).isCloseTo(1, within(1e-6));
        assertThat(balanced.capacityPerSecond()).isNaN();
        settle(balanced, 0, 1_000);
        assertThat(balanced.factor()).isCloseTo(1, within(1e-6));
    }

    @Test
    void aBacklogStretchesFurtherAndDoublesAtMost() {
        balanced.counted(160);
        settle(balanced, 100, 720_000);
        assertThat(balanced.factor()).as("two hours' work").isCloseTo(3, within(1e-6));

        settle(balanced, 100, 100_000_000);
        assertThat(balanced.factor()).isCloseTo(4, within(1e-6));
    }

    @Test
    void theFactorMovesSmoothly() {
        balanced.counted(400);
        balanced.observe(100, 0, 0);
        assertThat(balanced.factor()).isEqualTo(1);
        double before = 1;
        for (int second = 1; second < 600; second++) {
            balanced.observe(100, 0, second * SECOND);
            assertThat(balanced.factor()).isBetween(before, Math.min(5 + 1e-9, before * 1.03));
            before = balanced.factor();
        }
        assertThat(before).isCloseTo(5, within(0.01));
    }

    @Test
    void aClockThatStandsStillChangesNothing() {
        balanced.counted(400);
        balanced.observe(100, 0, 5 * SECOND);
        balanced.observe(100, 0, 5 * SECOND);
        balanced.observe(100, 0, 4 * SECOND);

        assertThat(balanced.factor()).isEqualTo(1);
    }

    @Test
    void whatIsPlannedIsSummedUpChangeByChange() {
        Life life = new Life(Life.policy(Preset.BALANCED));
        double sum = 0;
        for (int i = 0; i < 50; i++) {
            Health before = life.health;
            Health after = (i % 7 == 3 ? life.fails(1) : life.works(1)).health;
            balanced.changed(before, after);
            sum = 1_000.0 / after.checkEveryMillis();
            assertThat(balanced.plannedPerSecond()).isCloseTo(sum, within(1e-9));
        }
        balanced.counted(7);
        assertThat(balanced.plannedPerSecond()).isEqualTo(7);
    }

    /**
     * Proxies are planned anew only when they are checked, so the factor takes hours to have its effect: the number of
     * checks settles where it should, and the factor does not swing.
     */
    @Test
    void withALagOfHoursNothingSwings() {
        Crowd crowd = new Crowd(0.5, 1);

        assertThat(crowd.highest / crowd.lowest).as("seed %d", crowd.seed).isLessThan(1.05);
        assertThat(crowd.checksPerSecond / crowd.capacity)
                .as("seed %d", crowd.seed)
                .isBetween(0.75, 0.85);
    }

    /** The checker says it can do more than it does: the backlog tells. */
    @Test
    void anOverstatedCapacityIsMadeUpForByTheBacklog() {
        Crowd crowd = new Crowd(0.5, 0.6);

        assertThat(crowd.highest / crowd.lowest).as("seed %d", crowd.seed).isLessThan(1.2);
        assertThat(crowd.lowest).as("seed %d", crowd.seed).isGreaterThan(2.5);
        assertThat(crowd.backlog / crowd.capacity)
                .as("seed %d: seconds of work", crowd.seed)
                .isLessThan(3 * 3_600);
    }

    /** Some thousand proxies, checked when they are due and as far as there is capacity, for three days. */
    private static final class Crowd {
        private static final int HOURS = 72;
        private static final int LAST = 24;

        private final Demand demand = new Demand(Life.policy(Preset.BALANCED));
        private final long seed = new Random().nextLong();
        private final double capacity;
        private double lowest = Double.MAX_VALUE;
        private double highest;
        private double checksPerSecond;
        private int backlog;

        /** The capacity is {@code share} of what is planned; of it the checker really does {@code real}. */
        Crowd(double share, double real) {
            Random random = new Random(seed);
            double[] own = new double[5_000];
            PriorityQueue<double[]> due = new PriorityQueue<>((one, other) -> Double.compare(one[0], other[0]));
            double planned = 0;
            for (int i = 0; i < own.length; i++) {
                own[i] = 1_800 + random.nextInt(12_600);
                planned += 1 / own[i];
                due.add(new double[] {random.nextDouble() * own[i], i});
            }
            capacity = planned * share;
            demand.counted(planned);
            double credit = 0;
            int checks = 0;
            for (int second = 0; second < HOURS * 3_600; second += 10) {
                credit = Math.min(100, credit + 10 * capacity * real);
                while (due.element()[0] <= second && credit >= 1) {
                    double[] entry = due.remove();
                    credit--;
                    checks += second >= (HOURS - LAST) * 3_600 ? 1 : 0;
                    double interval = own[(int) entry[1]] * demand.factor() * (0.9 + 0.2 * random.nextDouble());
                    due.add(new double[] {second + interval, entry[1]});
                }
                int now = second;
                backlog = second % 600 == 0
                        ? (int) due.stream().filter(entry -> entry[0] <= now).count()
                        : backlog;
                demand.observe(capacity, backlog, second * SECOND);
                if (second >= (HOURS - LAST) * 3_600) {
                    lowest = Math.min(lowest, demand.factor());
                    highest = Math.max(highest, demand.factor());
                }
            }
            checksPerSecond = checks / (LAST * 3_600.0);
        }
    }

    private static void settle(Demand demand, double capacity, long backlog) {
        long start = Duration.ofDays(1).toNanos();
        for (int second = 0; second < 3_600; second++) {
            demand.observe(capacity, backlog, start + second * SECOND);
        }
    }
}
