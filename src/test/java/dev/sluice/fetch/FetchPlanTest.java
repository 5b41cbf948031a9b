package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FetchPlanTest {
    private static final long SEED = 7;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration RETRY = Duration.ofSeconds(60);

    @Test
    void theFirstSourceIsDueAtOnceAndTheOthersSpreadBehind() {
        FetchPlan plan = plan(100);
        for (int i = 0; i < 20; i++) {
            plan.put("s" + i, HOUR, true, 1_000);
        }

        assertThat(plan.due(1_000)).containsExactly("s0");
        assertThat(plan.nextWakeAt(1_000)).isEqualTo(1_250);
        assertThat(plan.due(3_500)).containsExactly("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10");
        assertThat(plan.due(16_000)).hasSize(9);
    }

    @Test
    void afterASuccessThePeriodPassesGiveOrTakeATenth() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        long now = 0;
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 200; i++) {
            assertThat(plan.due(now)).containsExactly("a");
            plan.ended("a", true, null, now + 5_000);
            long next = plan.nextAt("a", now);
            least = Math.min(least, next - now);
            most = Math.max(most, next - now);
            now = next;
        }

        assertThat(least).isBetween(3_240_000L, 3_350_000L);
        assertThat(most).isBetween(3_850_000L, 3_960_000L);
    }

    @Test
    void aStretchedIntervalCountsFromTheNextSuccessAndAShorterOneAtOnce() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.due(0);
        plan.stretch("a", HOUR.multipliedBy(4), 1_000);
        plan.ended("a", true, null, 2_000);
        assertThat(plan.nextAt("a", 2_000)).isBetween(12_900_000L, 15_900_000L);

        plan.stretch("a", HOUR, 3_000);

        assertThat(plan.nextAt("a", 3_000)).isEqualTo(3_600_000L);
        plan.stretch("a", HOUR.multipliedBy(4), 4_000);
        plan.stretch("a", HOUR, 9_000_000);
        assertThat(plan.nextAt("a", 9_000_000)).isEqualTo(3_600_000L);
    }

    @Test
    void anotherConfigurationForgetsHowFarItWasStretched() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.stretch("a", HOUR.multipliedBy(4), 0);
        plan.put("a", HOUR, true, 0);
        plan.due(0);
        plan.ended("a", true, null, 0);

        assertThat(plan.nextAt("a", 0)).isLessThan(4_000_000L);
    }

    @Test
    void whatIsSwitchedOnIsDueAtOnceAndWhatIsSwitchedOffNever() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.due(0);
        plan.ended("a", true, null, 0);

        plan.enable("a", false, 1_000);
        assertThat(plan.nextAt("a", 1_000)).isEqualTo(Long.MAX_VALUE);
        plan.enable("a", true, 2_000);
        assertThat(plan.nextAt("a", 2_000)).isEqualTo(2_000);
        plan.ended("a", true, null, 2_000);
        plan.enable("nonesuch", true, 2_000);
        assertThat(plan.due(2_000)).containsExactly("a");
    }

    @Test
    void noMoreThanTheBoundRunAndNoneTwice() {
        FetchPlan plan = plan(2);
        plan.put("a", Duration.ofMillis(10), true, 0);
        plan.put("b", Duration.ofMillis(10), true, 0);
        plan.put("c", Duration.ofMillis(10), true, 0);

        assertThat(plan.due(1_000)).containsExactly("a", "b");
        assertThat(plan.due(1_000)).isEmpty();
        assertThat(plan.nextWakeAt(1_000)).isEqualTo(Long.MAX_VALUE);
        assertThat(plan.ask("a")).isFalse();
        plan.ended("b", true, null, 1_000);
        assertThat(plan.due(1_000)).containsExactly("c");
        plan.ended("c", true, null, 1_000);
        assertThat(plan.due(60_000)).containsExactly("b");
    }

    @Test
    void failuresBackOffWithFullJitterUpToTheCap() {
        FetchPlan plan = plan(2);
        plan.put("good", HOUR, true, 0);
        plan.put("bad", Duration.ofMinutes(30), true, 0);
        plan.ask("good");
        plan.due(0);
        plan.ended("good", true, null, 0);
        Map<Integer, Long> longest = new TreeMap<>();
        for (int round = 0; round < 300; round++) {
            plan.put("bad", Duration.ofMinutes(30), true, 0);
            long now = 0;
            for (int failure = 0; failure < 9; failure++) {
                plan.ask("bad");
                plan.due(now);
                plan.ended("bad", false, null, now);
                long delay = plan.nextAt("bad", now) - now;
                assertThat(delay).isBetween(1_000L, Math.min(3_600_000L, 60_000L << failure));
                longest.merge(failure, delay, Math::max);
            }
        }

        assertThat(longest.get(0)).isBetween(50_000L, 60_000L);
        assertThat(longest.get(3)).isBetween(400_000L, 480_000L);
        assertThat(longest.get(8)).isBetween(3_000_000L, 3_600_000L);
    }

    @Test
    void aShortPeriodBacksOffFromThere() {
        FetchPlan plan = plan(2);
        plan.put("good", HOUR, true, 0);
        plan.put("bad", Duration.ofSeconds(5), true, 0);
        plan.ask("good");
        plan.ask("bad");
        plan.due(0);
        plan.ended("good", true, null, 0);
        plan.ended("bad", false, null, 0);

        assertThat(plan.nextAt("bad", 0)).isBetween(1_000L, 5_000L);
    }

    @Test
    void aServerThatAsksForPatienceGetsIt() {
        FetchPlan plan = plan(2);
        plan.put("good", HOUR, true, 0);
        plan.put("bad", HOUR, true, 0);
        plan.ask("good");
        plan.ask("bad");
        plan.due(0);
        plan.ended("good", true, null, 0);
        plan.ended("bad", false, Duration.ofMinutes(20), 0);

        assertThat(plan.nextAt("bad", 0)).isBetween(1_200_000L, 1_200_001L);
    }

    @Test
    void patienceIsCappedToo() {
        FetchPlan plan = plan(1);
        plan.put("only", HOUR, true, 0);
        plan.due(0);
        plan.ended("only", false, Duration.ofDays(20), 0);

        assertThat(plan.nextAt("only", 0)).isEqualTo(3_600_000);
    }

    @Test
    void whileEverySourceFailsEachIsTriedAgainEveryRetryInterval() {
        FetchPlan plan = plan(10);
        for (String name : List.of("a", "b", "c")) {
            plan.put(name, HOUR, true, 0);
        }
        plan.put("off", HOUR, false, 0);
        long now = 1_000;
        for (int round = 0; round < 20; round++) {
            assertThat(plan.due(now)).containsExactlyInAnyOrder("a", "b", "c");
            for (String name : List.of("a", "b", "c")) {
                plan.ended(name, false, null, now);
            }
            assertThat(plan.everySourceFails()).isTrue();
            long wake = plan.nextWakeAt(now);
            assertThat(wake - now).isLessThanOrEqualTo(60_000);
            now += 60_000;
        }

        plan.due(now);
        plan.ended("a", true, null, now);
        assertThat(plan.everySourceFails()).isFalse();
        assertThat(plan.failures("a")).isZero();
        assertThat(plan.nextAt("a", now) - now).isGreaterThan(3_000_000);
    }

    @Test
    void aSourceThatWasAskedForGoesFirstEvenDisabledOrInactive() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.put("off", HOUR, false, 0);
        assertThat(plan.ask("off")).isTrue();
        assertThat(plan.due(0)).containsExactly("off");
        plan.ended("off", true, null, 0);

        plan.activate(false);
        assertThat(plan.due(100_000_000)).isEmpty();
        assertThat(plan.nextWakeAt(0)).isEqualTo(Long.MAX_VALUE);
        plan.ask("a");
        assertThat(plan.due(0)).containsExactly("a");
        assertThat(plan.ask("nothing")).isFalse();
    }

    @Test
    void aRemovedSourceCountsUntilItHasEnded() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.due(0);
        plan.remove("a");
        plan.put("b", HOUR, true, 0);
        assertThat(plan.due(10_000)).isEmpty();
        plan.ended("a", true, null, 10_000);
        assertThat(plan.due(10_000)).containsExactly("b");
        plan.ended("b", true, null, 10_000);
        assertThat(plan.due(100_000_000)).containsExactly("b");
    }

    @Test
    void aChangedSourceIsDueAtOnce() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.due(0);
        plan.ended("a", true, null, 0);
        plan.put("a", Duration.ofMinutes(1), true, 5_000);

        assertThat(plan.due(5_000)).containsExactly("a");
    }

    @Test
    void aSourceThatChangesWhileItIsFetchedIsFetchedAgainAfterwards() {
        FetchPlan plan = plan(1);
        plan.put("a", HOUR, true, 0);
        plan.due(0);
        plan.put("a", HOUR, true, 1_000);
        assertThat(plan.due(1_000)).isEmpty();
        plan.ended("a", false, null, 2_000);

        assertThat(plan.failures("a")).isZero();
        assertThat(plan.due(2_000)).containsExactly("a");
    }

    private static FetchPlan plan(int concurrency) {
        return new FetchPlan(concurrency, RETRY, new SplittableRandom(SEED));
    }
}
