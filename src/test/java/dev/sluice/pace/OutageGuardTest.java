package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.pace.OutageGuard.Fate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In milliseconds, which {@link World} turns into nanoseconds. */
class OutageGuardTest {
    private static final long MILLI = 1_000_000;

    @Test
    void anOutageOfAMinuteSuspendsAndEnds() {
        for (int anchors = 1; anchors <= 5; anchors++) {
            World world = new World(anchors, 1_000, Probing.ONE_AT_A_TIME);
            world.down(20_000, 80_000);
            world.runUntil(120_000);

            assertThat(world.suspendedAt).as("%d anchors", anchors).hasSize(1);
            assertThat(world.suspendedAt.get(0)).as("%d anchors", anchors).isBetween(23_000L, 24_500L);
            assertThat(world.resumedAt).as("%d anchors", anchors).hasSize(1);
            assertThat(world.resumedAt.get(0)).as("%d anchors", anchors).isBetween(85_000L, 90_000L);
        }
    }

    @Test
    void slowTimeoutsDelayNeither() {
        World world = new World(3, 3_000, Probing.REPEATING);
        world.down(20_000, 80_000);
        world.runUntil(120_000);

        assertThat(world.suspendedAt.get(0)).isBetween(23_000L, 25_000L);
        assertThat(world.resumedAt.get(0)).isBetween(85_000L, 90_000L);
    }

    @Test
    void aProbeLostOnTheWayBackDelaysNothing() {
        for (long lost = 81_000; lost < 86_000; lost += 250) {
            World world = new World(1, 1_000, Probing.ONE_AT_A_TIME);
            world.down(20_000, 80_000);
            world.down(lost, lost + 700);
            world.runUntil(120_000);

            assertThat(world.resumedAt).as("lost at %d", lost).hasSize(1);
            assertThat(world.resumedAt.get(0)).as("lost at %d", lost).isBetween(85_000L, 90_000L);
        }
    }

    @Test
    void aSingleFailingAnchorOfThreeChangesNothing() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.dead = Set.of(1);
        for (int at = 1_000; at < 55_000; at += 100) {
            world.check(at, at + 5_000);
        }
        world.runUntil(70_000);

        assertThat(world.suspendedAt).isEmpty();
        assertThat(world.guard.anchorsDown()).isEqualTo(1);
        assertThat(world.released).isEqualTo(540);
        assertThat(world.repeated).isZero();
    }

    @Test
    void twoFailingAnchorsOfThreeSuspendAndOneThatReturnsIsNotEnough() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.losing = (index, started) -> started > 20_000 && started < (index == 0 ? 40_000 : 60_000) && index < 2;
        world.runUntil(50_000);
        assertThat(world.suspendedAt).hasSize(1);
        assertThat(world.guard.anchorsDown()).isEqualTo(1);
        assertThat(world.resumedAt.get(0)).isBetween(45_000L, 47_000L);

        World dark = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        dark.losing = (index, started) -> started > 20_000 && (index > 0 || started < 40_000);
        dark.runUntil(90_000);
        assertThat(dark.suspendedAt).hasSize(1);
        assertThat(dark.guard.anchorsDown()).isEqualTo(2);
        assertThat(dark.resumedAt).isEmpty();
    }

    @Test
    void oneOfTwoAnchorsVouchesWhereTheOtherIsDead() {
        World world = new World(2, 1_000, Probing.ONE_AT_A_TIME);
        world.dead = Set.of(0);
        world.check(10_000, 15_000);
        world.runUntil(30_000);

        assertThat(world.suspendedAt).isEmpty();
        assertThat(world.released).isEqualTo(1);
    }

    @Test
    void oneLostProbeRepeatsNothing() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.losing = (index, started) -> index == 0 && started / 1_000 == 10;
        for (int at = 1_000; at < 20_000; at += 50) {
            world.check(at, at + 5_000);
        }
        world.runUntil(40_000);

        assertThat(world.suspendedAt).isEmpty();
        assertThat(world.repeated).isZero();
        assertThat(world.released).isEqualTo(380);
    }

    @Test
    void aFailureWaitsUntilAProbeThatBeganAfterItIsAnswered() {
        OutageGuard guard = new OutageGuard(3, 0);
        for (int i = 0; i < 3; i++) {
            guard.anchor(i, true, 900 * MILLI, 1_020 * MILLI);
        }
        assertThat(guard.fate(500 * MILLI, 1_000 * MILLI)).isEqualTo(Fate.WAIT);

        guard.anchor(0, true, 1_900 * MILLI, 1_910 * MILLI);
        assertThat(guard.fate(500 * MILLI, 1_000 * MILLI)).isEqualTo(Fate.WAIT);

        guard.anchor(1, true, 1_900 * MILLI, 1_910 * MILLI);
        assertThat(guard.fate(500 * MILLI, 1_000 * MILLI)).isEqualTo(Fate.RELEASE);
        assertThat(guard.fate(500 * MILLI, 1_901 * MILLI)).isEqualTo(Fate.WAIT);
    }

    @Test
    void badNewsOfAProbeThatAYoungerOneOvertookStillCounts() {
        OutageGuard guard = new OutageGuard(1, 0);
        guard.anchor(0, true, 0, 10 * MILLI);
        guard.anchor(0, true, 1_000 * MILLI, 1_010 * MILLI);
        guard.anchor(0, true, 3_000 * MILLI, 3_010 * MILLI);
        guard.anchor(0, false, 2_000 * MILLI, 5_000 * MILLI);

        assertThat(guard.anchorsDown()).isZero();
        assertThat(guard.fate(1_500 * MILLI, 2_500 * MILLI)).isEqualTo(Fate.REPEAT);
        assertThat(guard.fate(100 * MILLI, 200 * MILLI)).isEqualTo(Fate.RELEASE);
    }

    @Test
    void aSlowerRhythmOfProbesBecomesUsual() {
        OutageGuard guard = new OutageGuard(1, 0);
        long at = 0;
        for (int i = 0; i < 200; i++) {
            at += i < 20 ? 1_000 : 3_000;
            guard.anchor(0, true, at * MILLI, (at + 10) * MILLI);
        }

        assertThat(guard.fate((at - 30_000) * MILLI, (at - 25_000) * MILLI)).isEqualTo(Fate.RELEASE);
    }

    @Test
    void aFailureDuringAShortTroubleIsRepeatedThoughNothingWasSuspended() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.down(20_000, 21_500);
        world.check(19_000, 20_500);
        world.check(10_000, 15_000);
        world.check(25_000, 30_000);
        world.runUntil(40_000);

        assertThat(world.suspendedAt).isEmpty();
        assertThat(world.repeated).isEqualTo(1);
        assertThat(world.released).isEqualTo(2);
    }

    @Test
    void whatAnAnchorSaidLongAgoIsNotHeldAgainstAFreshFailure() {
        World world = new World(1, 500, Probing.ONE_AT_A_TIME);
        for (int at = 1_000; at < 400_000; at += 4_000) {
            world.down(at, at + 1_100);
        }
        world.check(405_000, 406_000);
        world.runUntil(420_000);

        assertThat(world.released).isEqualTo(1);
    }

    @Test
    void withoutAnchorsNothingIsSuspendedAndEveryFailureIsFinal() {
        OutageGuard guard = new OutageGuard(0, 0);
        for (int i = 0; i < 1_000; i++) {
            guard.sentinel(i < 500, i * 10 * MILLI);
            assertThat(guard.update(i * 10 * MILLI)).isFalse();
        }

        assertThat(guard.suspended()).isFalse();
        assertThat(guard.anchorsDown()).isZero();
        assertThat(guard.fate(0, 1)).isEqualTo(Fate.RELEASE);
    }

    @Test
    void sentinelsThatFallSuspend() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.sentinels = at -> at < 60_000 || at > 75_000;
        world.check(62_000, 64_000);
        world.runUntil(120_000);

        assertThat(world.suspendedAt.get(0)).isBetween(62_000L, 67_000L);
        assertThat(world.resumedAt).isNotEmpty().hasSameSizeAs(world.suspendedAt);
        assertThat(world.guard.suspended()).isFalse();
    }

    @Test
    void aFailureWhileSentinelsFallIsRepeated() {
        OutageGuard guard = new OutageGuard(1, 0);
        for (int i = 0; i < 200; i++) {
            guard.sentinel(true, i * 100 * MILLI);
        }
        for (int i = 0; i < 150; i++) {
            guard.sentinel(false, (20_000 + i * 100) * MILLI);
            guard.update((20_000 + i * 100) * MILLI);
        }
        assertThat(guard.suspended()).isTrue();
        guard.anchor(0, true, 40_000 * MILLI, 40_001 * MILLI);

        assertThat(guard.fate(22_000 * MILLI, 23_000 * MILLI)).isEqualTo(Fate.REPEAT);
        assertThat(guard.fate(1_000 * MILLI, 2_000 * MILLI)).isEqualTo(Fate.RELEASE);
    }

    @Test
    void fewSentinelsProveNothing() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.sentinels = at -> at < 60_000;
        world.sentinelEvery = 600;
        world.runUntil(120_000);

        assertThat(world.suspendedAt).isEmpty();
    }

    @Test
    void sentinelsThatStayDownWhileAnchorsAnswerAreTheNewUsual() {
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.sentinels = at -> at < 60_000 || at / 100 % 3 == 0;
        world.runUntil(600_000);

        assertThat(world.suspendedAt).hasSizeBetween(1, 3);
        assertThat(world.guard.suspended()).isFalse();
    }

    @ParameterizedTest(name = "{0} anchors, timeout {1} ms, {2}, seed {3}")
    @CsvSource({
        "1, 1000, ONE_AT_A_TIME, 11",
        "2, 1000, ONE_AT_A_TIME, 12",
        "3, 1000, ONE_AT_A_TIME, 13",
        "4, 1000, ONE_AT_A_TIME, 14",
        "5, 1000, ONE_AT_A_TIME, 15",
        "3, 3000, ONE_AT_A_TIME, 16",
        "1, 3000, OVERLAPPING, 21",
        "2, 3000, OVERLAPPING, 22",
        "3, 3000, OVERLAPPING, 23",
        "5, 2000, OVERLAPPING, 24",
        "1, 3000, REPEATING, 31",
        "2, 3000, REPEATING, 32",
        "3, 3000, REPEATING, 33",
        "4, 3000, REPEATING, 34",
        "3, 2000, REPEATING, 35"
    })
    void noFailureThatOverlappedAnOutageIsReleasedAndNoneWaitsForEver(
            int anchors, int timeout, Probing probing, long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 25; round++) {
            World world = new World(anchors, timeout, probing);
            int end = 200_000;
            long at = 15_000 + random.nextInt(5_000);
            while (at < end - 60_000) {
                // Every anchor is probed once in such a time, and a probe that is repeated notices the delay.
                long takes = 1_150 + random.nextInt(random.nextBoolean() ? 2_000 : 30_000);
                world.down(at, at + takes);
                at += takes + 1_500 + random.nextInt(20_000);
            }
            for (int i = 0; i < 300; i++) {
                long started = random.nextInt(end - 40_000);
                world.check(started, started + random.nextInt(10_000));
            }
            world.runUntil(end);

            String what = "seed " + seed + ", round " + round;
            assertThat(world.wronglyReleased).as(what).isEmpty();
            assertThat(world.released + world.repeated).as("decided, " + what).isEqualTo(300);
            assertThat(world.released).as("released, " + what).isPositive();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {31, 32, 33})
    void aPathThatLosesAFewPacketsRepeatsLittle(long seed) {
        Random random = new Random(seed);
        World world = new World(3, 1_000, Probing.ONE_AT_A_TIME);
        world.losing = (index, started) -> random.nextInt(50) == 0;
        for (int i = 0; i < 2_000; i++) {
            long started = random.nextInt(250_000);
            world.check(started, started + 3_000);
        }
        world.runUntil(300_000);

        assertThat(world.suspendedAt).as("seed %d", seed).isEmpty();
        assertThat(world.released + world.repeated).as("seed %d", seed).isEqualTo(2_000);
        assertThat(world.repeated).as("seed %d", seed).isLessThan(200);
    }

    /** How an anchor is probed every second. */
    enum Probing {
        /** Not before the last probe has ended. */
        ONE_AT_A_TIME,
        /** Even while others wait. */
        OVERLAPPING,
        /** Even while others wait, whose lost packets are repeated every second. */
        REPEATING
    }

    /** A network that is up and down, anchors that are probed every second, and checks that all fail. */
    private static final class World {
        private final OutageGuard guard;
        private final int timeout;
        private final Probing probing;
        private final int[] nextProbe;
        private final PriorityQueue<long[]> ends = new PriorityQueue<>(Comparator.comparingLong(probe -> probe[0]));
        private final List<long[]> outages = new ArrayList<>();
        private final List<long[]> checks = new ArrayList<>();
        private final List<long[]> held = new ArrayList<>();
        private final List<Long> suspendedAt = new ArrayList<>();
        private final List<Long> resumedAt = new ArrayList<>();
        private final List<String> wronglyReleased = new ArrayList<>();
        private Losing losing = (index, started) -> false;
        private Answering sentinels = at -> true;
        private int sentinelEvery = 100;
        private Set<Integer> dead = Set.of();
        private int released;
        private int repeated;

        private interface Losing {
            boolean lost(int index, long startedMillis);
        }

        private interface Answering {
            boolean answers(long atMillis);
        }

        World(int anchors, int timeout, Probing probing) {
            this.guard = new OutageGuard(anchors, 0);
            this.timeout = timeout;
            this.probing = probing;
            this.nextProbe = new int[anchors];
            for (int i = 0; i < anchors; i++) {
                nextProbe[i] = i * 1_000 / anchors;
            }
        }

        void down(long from, long to) {
            outages.add(new long[] {from, to});
        }

        void check(long started, long ended) {
            checks.add(new long[] {started, ended});
        }

        void runUntil(int end) {
            checks.sort(Comparator.comparingLong(check -> check[1]));
            int nextCheck = 0;
            for (int now = 0; now < end; now += 10) {
                for (int i = 0; i < nextProbe.length; i++) {
                    if (nextProbe[i] <= now) {
                        probe(i, now);
                    }
                }
                while (!ends.isEmpty() && ends.peek()[0] <= now) {
                    long[] probe = ends.remove();
                    guard.anchor((int) probe[1], probe[3] == 1, probe[2] * MILLI, probe[0] * MILLI);
                }
                while (nextCheck < checks.size() && checks.get(nextCheck)[1] <= now) {
                    held.add(checks.get(nextCheck++));
                }
                if (now % sentinelEvery == 0) {
                    guard.sentinel(sentinels.answers(now), now * MILLI);
                }
                if (now % 50 == 0) {
                    held.removeIf(this::decided);
                    if (guard.update(now * MILLI)) {
                        (guard.suspended() ? suspendedAt : resumedAt).add((long) now);
                    }
                }
            }
        }

        private void probe(int index, long now) {
            long answered = -1;
            boolean lost = dead.contains(index) || losing.lost(index, now);
            int tries = probing == Probing.REPEATING ? (timeout + 999) / 1_000 : 1;
            for (int i = 0; i < tries && answered < 0 && !lost; i++) {
                long sent = now + i * 1_000L;
                if (!touches(sent, sent + 20)) {
                    answered = sent + 20;
                }
            }
            long ended = answered < 0 ? now + timeout : answered;
            ends.add(new long[] {ended, index, now, answered < 0 ? 0 : 1});
            nextProbe[index] = (int) (probing == Probing.ONE_AT_A_TIME ? Math.max(now + 1_000, ended) : now + 1_000);
        }

        private boolean touches(long from, long to) {
            return outages.stream().anyMatch(outage -> outage[0] < to && outage[1] > from);
        }

        private boolean decided(long[] check) {
            Fate fate = guard.fate(check[0] * MILLI, check[1] * MILLI);
            if (fate == Fate.RELEASE) {
                released++;
                if (touches(check[0], check[1])) {
                    wronglyReleased.add(check[0] + ".." + check[1]);
                }
            }
            repeated += fate == Fate.REPEAT ? 1 : 0;
            return fate != Fate.WAIT;
        }
    }
}
