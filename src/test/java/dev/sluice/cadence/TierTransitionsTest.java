package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TierTransitionsTest {
    private static final CheckPolicy POLICY = Life.policy(Preset.BALANCED);

    @Test
    void everyStepOfALifeHasItsReason() {
        Life life = new Life(POLICY);
        at(life, Tier.UNKNOWN, TierReason.NONE);
        at(life.works(), Tier.ACTIVE, TierReason.FIRST_SUCCESS);
        at(life.works(1), Tier.ACTIVE, TierReason.FIRST_SUCCESS);
        at(life.fails(1), Tier.AT_RISK, TierReason.FIRST_FAILURE);
        at(life.works(1), Tier.ACTIVE, TierReason.FORGIVEN);
        at(life.fails(1), Tier.AT_RISK, TierReason.FIRST_FAILURE);
        at(life.fails(1), Tier.AT_RISK, TierReason.DIED);
        at(life.works(1), Tier.AT_RISK, TierReason.RECOVERED);
        at(life.fails(1), Tier.AT_RISK, TierReason.FIRST_FAILURE);
        at(life.works(1), Tier.AT_RISK, TierReason.UNSTEADY);
        at(life.works(8), Tier.ACTIVE, TierReason.STEADY);
        at(life.fails(5), Tier.INACTIVE, TierReason.FAILURES_IN_A_ROW);
        at(life.whenDue().connects(), Tier.AT_RISK, TierReason.REACHED);
        at(life.works(1), Tier.AT_RISK, TierReason.RECOVERED);
        at(life.whenDue().tampers(), Tier.INACTIVE, TierReason.TAMPERED);
        at(life.after(Duration.ofDays(91)).works(), Tier.AT_RISK, TierReason.CLEAN_AGAIN);
    }

    @Test
    void whatNeverWorkedIsInactive() {
        Life life = new Life(POLICY).fails();

        at(life, Tier.INACTIVE, TierReason.NEVER_WORKED);
        at(life.fails(7), Tier.INACTIVE, TierReason.NEVER_WORKED);
    }

    @Test
    void aTierIsAsOldAsTheMoveIntoIt() {
        Life life = new Life(POLICY).works();
        long since = life.now;
        life.works(3);
        assertThat(life.health.tierSinceMillis()).isEqualTo(since);

        life.fails(1);
        long atRisk = life.now;
        life.fails(1);

        assertThat(life.health.tierSinceMillis()).as("died within its tier").isEqualTo(atRisk);
    }

    @Test
    void oneBadCheckNeverMakesASteadyProxyInactive() {
        for (int successes = 1; successes < 60; successes++) {
            Life life = new Life(POLICY).works(successes).fails(1);

            assertThat(life.health.alive()).isTrue();
            at(life, Tier.AT_RISK, TierReason.FIRST_FAILURE);
        }
    }

    @Test
    void oneGoodCheckOfADeadProxyDoesNotMakeItSteady() {
        for (int failures = 2; failures < 12; failures++) {
            Life life = new Life(POLICY).works(50).fails(failures).works(1);

            assertThat(life.health.alive()).isTrue();
            assertThat(life.health.tier()).isEqualTo(Tier.AT_RISK);
            assertThat(life.interval()).isEqualTo(POLICY.atRisk().shortest());
        }
    }

    @Test
    void onlyLegalMovesAreMadeAndEachOfThemIs() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Set<TierTransition> made = new HashSet<>();
        for (int sequence = 0; sequence < 4_000; sequence++) {
            Life life = new Life(Life.policy(Preset.BALANCED, true, sequence % 4 == 0));
            int mood = random.nextInt(5);
            for (int step = 0; step < 40; step++) {
                Health before = life.health;
                live(life, random, mood);
                TierTransition move = TierTransition.between(before, life.health);
                if (move != null) {
                    assertThat(TierTransition.LEGAL).as("seed %d", seed).contains(move);
                    made.add(move);
                } else {
                    assertThat(life.health.tierSinceMillis()).isEqualTo(before.tierSinceMillis());
                }
            }
        }
        assertThat(made).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(TierTransition.LEGAL);
    }

    private static void live(Life life, Random random, int mood) {
        int luck = random.nextInt(100);
        if (luck < 12) {
            life.orders(random.nextBoolean() ? null : order(life, random));
            return;
        }
        life.whenDue().after(Duration.ofHours(luck < 20 ? 24L * 100 : luck % 3 == 0 ? 40 : 0));
        if (luck > 97) {
            life.tampers();
        } else if (luck < 35) {
            life.connects();
        } else if (random.nextInt(4) < mood) {
            life.works();
        } else {
            life.check(CheckKind.COMPREHENSIVE, FailureReason.TIMEOUT, Verified.NONE, random);
        }
    }

    private static ManualOverride order(Life life, Random random) {
        Tier tier = Tier.ofNumber(1 + random.nextInt(3));
        return new ManualOverride(tier, random.nextInt(11), null, life.now + 1 + random.nextInt(100_000_000));
    }

    @Test
    void whatStaysMakesNoMove() {
        Health health = new Life(POLICY).works().health;

        assertThat(TierTransition.between(health, health)).isNull();
        assertThatThrownBy(() -> new TierTransition(Tier.ACTIVE, Tier.ACTIVE, TierReason.STEADY))
                .hasMessageContaining("two tiers");
    }

    private static void at(Life life, Tier tier, TierReason reason) {
        assertThat(life.health.tier()).isEqualTo(tier);
        assertThat(life.health.tierReason()).isEqualTo(reason);
    }
}
