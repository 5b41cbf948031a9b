package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cadence.CheckPolicy.Span;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecheckPolicyTest {
    private static final CheckPolicy BALANCED = Life.policy(Preset.BALANCED, false, false);

    @Test
    void whatHasJustBegunToWorkIsLookedAtSoon() {
        Life life = new Life(BALANCED).works();

        assertThat(life.interval()).isEqualTo(BALANCED.active().shortest());
    }

    @Test
    void theIntervalIsAShareOfTheTimeAlive() {
        Life life = new Life(BALANCED).works().after(Duration.ofHours(20)).works();

        assertThat(life.interval()).isEqualTo(share(Duration.ofHours(20)));
        assertThat(life.health.checkEveryMillis()).isEqualTo(life.interval().toMillis());
    }

    private static Duration share(Duration alive) {
        return Duration.ofMillis(Math.round(alive.toMillis() * BALANCED.aliveFactor()));
    }

    @Test
    void theIntervalOfTheDeadIsAShareOfTheTimeDead() {
        Life life =
                new Life(BALANCED).works().fails(6).after(Duration.ofDays(8)).fails();

        long dead = life.now - life.health.stateSinceMillis();
        assertThat(life.health.tier()).isEqualTo(Tier.INACTIVE);
        assertThat(life.interval()).isEqualTo(Duration.ofMillis(Math.round(dead * BALANCED.deadFactor())));
    }

    @Test
    void noTierGoesUncheckedForLongerThanItsCeiling() {
        Life steady = new Life(BALANCED).works().after(Duration.ofDays(300)).works();
        Life dead = new Life(BALANCED).fails().after(Duration.ofDays(300)).fails();
        Life atRisk =
                new Life(BALANCED).works().fails(2).after(Duration.ofDays(300)).fails();

        assertThat(steady.interval()).isBetween(Duration.ofHours(20), CheckPolicy.ACTIVE_CEILING);
        assertThat(dead.interval()).isBetween(Duration.ofDays(6), CheckPolicy.INACTIVE_CEILING);
        assertThat(atRisk.health.tier()).isEqualTo(Tier.AT_RISK);
        assertThat(atRisk.interval()).isEqualTo(BALANCED.atRisk().longest());
    }

    @ParameterizedTest
    @EnumSource(Preset.class)
    void whateverHappensNoIntervalLeavesItsBounds(Preset preset) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        CheckPolicy policy = Life.policy(preset);
        for (int sequence = 0; sequence < 50; sequence++) {
            Life life = new Life(policy);
            for (int step = 0; step < 80; step++) {
                life.demand = Demand.LEAST * Math.pow(2, 5 * random.nextDouble());
                life.uses = random.nextInt(20);
                boolean works = random.nextInt(3) > 0;
                life.after(Duration.ofMillis((long) (Math.exp(random.nextDouble() * 20))))
                        .check(
                                CheckKind.COMPREHENSIVE,
                                works ? FailureReason.NONE : FailureReason.TIMEOUT,
                                works ? Verified.FULL : Verified.NONE,
                                random);
                Span span = policy.span(life.health.tier());
                boolean confirming = life.health.alive() && life.health.consecutiveFailures() > 0;
                long shortest = confirming
                        ? policy.confirm().toMillis() / 2
                        : span.shortest().toMillis();
                long longest = confirming
                        ? policy.confirm().toMillis() * 3 / 2
                        : span.longest().toMillis();
                assertThat(life.interval().toMillis())
                        .as("seed %d, step %d", seed, step)
                        .isBetween(shortest * 9 / 10, longest * 11 / 10 + 1)
                        .isLessThanOrEqualTo(
                                CheckPolicy.ceiling(life.health.tier()).toMillis());
            }
        }
    }

    @Test
    void equalBoundsMakeAFixedInterval() {
        CheckPolicy fixed = CheckPolicy.fixed(
                Duration.ofMinutes(20),
                Duration.ofMinutes(30),
                Duration.ofHours(24),
                Duration.ofSeconds(60),
                Duration.ZERO,
                Duration.ZERO,
                1,
                Duration.ZERO,
                false);
        Life life = new Life(fixed);
        life.demand = Demand.MOST;

        assertThat(life.works().interval()).isEqualTo(Duration.ofMinutes(20));
        assertThat(life.after(Duration.ofDays(9)).works().interval()).isEqualTo(Duration.ofMinutes(20));
        assertThat(life.fails(2).interval()).isEqualTo(Duration.ofMinutes(30));
    }

    @Test
    void aFirstFailureIsConfirmedWithin20To60Seconds() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            Life life = new Life(BALANCED).works(3);
            life.whenDue().check(CheckKind.COMPREHENSIVE, FailureReason.TIMEOUT, Verified.NONE, random);

            assertThat(life.health.alive()).isTrue();
            assertThat(life.interval()).as("seed %d", seed).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(60));
        }
    }

    @Test
    void aFailureThatIsNotConfirmedCostsNoTrust() {
        Life life = new Life(BALANCED).works(10);
        Duration before = life.interval();

        life.fails(1).whenDue().works();

        assertThat(life.health.tier()).isEqualTo(Tier.ACTIVE);
        assertThat(life.interval()).isGreaterThanOrEqualTo(before);
    }

    @Test
    void whatWasUnsteadyBeginsAgainAtTheShortestInterval() {
        Life life = new Life(BALANCED).works(20);
        Duration earned = life.interval();
        for (int i = 0; i < 6; i++) {
            life.fails(1).works(1);
        }
        assertThat(life.health.alive()).isTrue();
        assertThat(life.health.tier()).isEqualTo(Tier.AT_RISK);
        assertThat(life.interval()).isLessThan(earned);

        while (life.health.tier() == Tier.AT_RISK) {
            life.works(1);
        }

        assertThat(life.interval()).isEqualTo(BALANCED.active().shortest());
    }

    @Test
    void whatHasRecoveredIsLookedAtSoonAgain() {
        Life life =
                new Life(BALANCED).works().fails(7).after(Duration.ofDays(3)).works();

        assertThat(life.health.alive()).isTrue();
        assertThat(life.interval()).isEqualTo(BALANCED.atRisk().shortest());
    }

    @Test
    void freshReValidatesWhatWorksEveryHalfHour() {
        Life life = new Life(Life.policy(Preset.FRESH));
        life.demand = Demand.MOST;
        for (int i = 0; i < 500; i++) {
            life.works(1);
            assertThat(life.interval()).isLessThanOrEqualTo(Duration.ofMinutes(30));
        }
        assertThat(Preset.FRESH.active().longest().toMillis() * 11 / 10)
                .as("however it is spread")
                .isLessThanOrEqualTo(Duration.ofMinutes(30).toMillis());
    }

    @Test
    void demandStretchesIntervalsWithinTheirBoundsAndItsEndLetsGo() {
        Life life = new Life(BALANCED).works().after(Duration.ofHours(8));
        life.demand = 4;
        assertThat(life.works().interval()).isEqualTo(share(Duration.ofHours(8)).multipliedBy(4));
        assertThat(life.health.checkEveryMillis())
                .as("what its own history asks for")
                .isEqualTo(share(Duration.ofHours(8)).toMillis());

        life.demand = 1;
        assertThat(life.works().interval()).isEqualTo(share(Duration.ofHours(8)));
        life.demand = Demand.LEAST;
        assertThat(life.works().interval()).isEqualTo(BALANCED.active().shortest());
    }

    // what a check is worth

    @Test
    void proxiesInDemandAreCheckedSooner() {
        Health good = new Life(BALANCED).works(10).health;

        assertThat(HealthRules.value(good, 0)).isLessThan(1);
        assertThat(HealthRules.value(good, 5)).isEqualTo(0.5);
        assertThat(HealthRules.value(good, 1_000_000)).isEqualTo(0.5);
    }

    @Test
    void poorOnesAndThoseThatNeverWorkedAreCheckedLater() {
        Life poor = new Life(BALANCED).works().fails(8);

        assertThat(HealthRules.value(poor.health, 100)).isBetween(1.5, 2.0);
        assertThat(HealthRules.value(new Life(BALANCED).fails(1).health, 100)).isEqualTo(2);
    }

    @Test
    void valueCountsOnlyWhereThePolicySaysSo() {
        Life with = new Life(Life.policy(Preset.BALANCED, true, false));
        Life without = new Life(BALANCED);
        for (Life life : new Life[] {with, without}) {
            life.works().after(Duration.ofHours(20));
            life.uses = 10;
            life.works();
        }

        assertThat(with.interval()).isEqualTo(without.interval().dividedBy(2));
    }

    // what makes no policy

    @Test
    void boundsBeyondTheCeilingsAreRefused() {
        assertThatThrownBy(() -> fixed(Duration.ofHours(25), Duration.ofHours(1), Duration.ofHours(1)))
                .hasMessage("active.longest: PT25H (expected: at most PT24H)");
        assertThatThrownBy(() -> fixed(Duration.ofHours(1), Duration.ofHours(13), Duration.ofHours(1)))
                .hasMessageContaining("atRisk.longest");
        assertThatThrownBy(() -> fixed(Duration.ofHours(1), Duration.ofHours(1), Duration.ofDays(8)))
                .hasMessageContaining("inactive.longest");
        assertThatThrownBy(() -> new Span(Duration.ofHours(2), Duration.ofHours(1)))
                .hasMessage("longest: PT1H (expected: at least the shortest, PT2H)");
        assertThatThrownBy(() -> Span.fixed(Duration.ZERO)).hasMessageContaining("shortest: PT0S");
    }

    private static CheckPolicy fixed(Duration active, Duration atRisk, Duration inactive) {
        Duration any = Duration.ofSeconds(1);
        return CheckPolicy.fixed(active, atRisk, inactive, any, any, any, 1, any, false);
    }
}
