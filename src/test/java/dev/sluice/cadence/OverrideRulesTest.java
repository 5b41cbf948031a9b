package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OverrideRulesTest {
    private static final CheckPolicy POLICY = Life.policy(Preset.BALANCED);
    private static final long FOR_EVER = Long.MAX_VALUE;

    @Test
    void aTierThatIsOrderedHoldsWhateverChecksSay() {
        Life life = new Life(POLICY).works().orders(new ManualOverride(Tier.INACTIVE, 0, null, FOR_EVER));

        assertThat(life.health.tierReason()).isEqualTo(TierReason.OVERRIDDEN);
        for (int i = 0; i < 4; i++) {
            assertThat(life.health.tier()).isEqualTo(Tier.INACTIVE);
            assertThat(life.health.alive()).as("it works, and is served").isTrue();
            assertThat(HealthRules.kindFor(life.health, POLICY, life.now)).isEqualTo(CheckKind.CONNECT);
            life.works(1);
        }
        assertThat(life.interval()).isGreaterThanOrEqualTo(POLICY.inactive().shortest());
    }

    @Test
    void aDeadProxyStaysDeadInTheTierOfTheLiving() {
        Life life = new Life(POLICY).works().fails(6).orders(new ManualOverride(Tier.ACTIVE, 0, null, FOR_EVER));

        assertThat(life.health.alive()).isFalse();
        assertThat(life.health.tier()).isEqualTo(Tier.ACTIVE);
        assertThat(life.health.risk()).isEqualTo(RiskCategory.DEAD);
        life.fails(3);
        assertThat(life.health.alive()).isFalse();
        assertThat(life.interval()).isLessThanOrEqualTo(CheckPolicy.ACTIVE_CEILING);
        assertThat(life.works(1).health.alive()).as("a check says so").isTrue();
    }

    @Test
    void whatTampersStaysOutWhateverIsOrdered() {
        Life life = new Life(POLICY).works().orders(new ManualOverride(Tier.ACTIVE, 10, true, FOR_EVER));

        life.tampers();

        assertThat(life.health.alive()).isFalse();
        assertThat(life.health.tier()).isEqualTo(Tier.ACTIVE);
        assertThat(HealthRules.kindFor(life.health, POLICY, life.now)).isEqualTo(CheckKind.COMPREHENSIVE);
    }

    @Test
    void aPriorityThatIsOrderedHolds() {
        Life life = new Life(POLICY).fails().orders(new ManualOverride(null, 9, null, FOR_EVER));

        assertThat(life.health.priority()).isEqualTo(9);
        assertThat(life.health.tierReason()).isEqualTo(TierReason.NEVER_WORKED);
        assertThat(life.fails(8).health.priority()).isEqualTo(9);
        assertThat(life.whenDue().connects().health.priority()).isEqualTo(9);
        assertThat(life.orders(null).health.priority()).isLessThan(9);
    }

    @Test
    void whatIsOrderedInactiveIsCheckedAtTheLongestIntervalOfItsTier() {
        Life life = new Life(POLICY).works().orders(new ManualOverride(null, 0, false, FOR_EVER));

        assertThat(life.health.active()).isFalse();
        life.works();
        assertThat(life.health.active()).isFalse();
        assertThat(life.health.checkEveryMillis())
                .isEqualTo(POLICY.active().longest().toMillis());
    }

    @Test
    void anOrderEndsWhenItsTimeIsOverAndACheckIsDueThen() {
        Life life = new Life(POLICY).works();
        long end = life.now + Duration.ofMinutes(10).toMillis();
        life.orders(new ManualOverride(Tier.INACTIVE, 1, null, end));
        assertThat(life.works().health.nextCheckAtMillis()).isEqualTo(end);

        life.whenDue().works();

        assertThat(life.health.tier()).isEqualTo(Tier.ACTIVE);
        assertThat(life.health.tierReason()).isEqualTo(TierReason.OVERRIDE_ENDED);
        assertThat(life.health.priority()).isGreaterThan(5);
        assertThat(life.health.tierSinceMillis()).isEqualTo(life.now);
        assertThat(HealthRules.obeys(life.health, life.override, life.now)).isTrue();
    }

    @Test
    void anOrderNeverPutsACheckOff() {
        Life life = new Life(POLICY).works(5);
        long due = life.health.nextCheckAtMillis();
        for (int i = 0; i < 20; i++) {
            life.after(Duration.ofSeconds(10));
            life.orders(i % 2 == 0 ? new ManualOverride(Tier.INACTIVE, 0, null, FOR_EVER) : null);
            assertThat(life.health.nextCheckAtMillis()).isLessThanOrEqualTo(due);
        }
    }

    @Test
    void whatMovesToAShorterIntervalIsDueByIt() {
        Life life = new Life(POLICY).works().fails(6).after(Duration.ofDays(20)).fails();
        life.after(Duration.ofDays(2)).orders(new ManualOverride(Tier.ACTIVE, 0, null, FOR_EVER));

        assertThat(life.health.nextCheckAtMillis()).as("overdue").isLessThanOrEqualTo(life.now);
    }

    @Test
    void anEntryNobodyCheckedComesBackAsItWas() {
        Life life = new Life(POLICY);
        Health fresh = life.health;
        life.orders(new ManualOverride(Tier.INACTIVE, 1, false, FOR_EVER));
        assertThat(life.health.tier()).isEqualTo(Tier.INACTIVE);

        life.orders(null);

        assertThat(life.health.tier()).isEqualTo(Tier.UNKNOWN);
        assertThat(life.health.tierReason()).isEqualTo(TierReason.OVERRIDE_ENDED);
        assertThat(life.health.priority()).isEqualTo(fresh.priority());
        assertThat(life.health.risk()).isEqualTo(fresh.risk());
        assertThat(life.health.active()).isTrue();
        assertThat(life.health.nextCheckAtMillis()).isEqualTo(fresh.nextCheckAtMillis());
        assertThat(life.works().health.tierReason()).isEqualTo(TierReason.FIRST_SUCCESS);
    }

    @Test
    void anOrderDoesNotEndTheLookAtWhatWasReached() {
        Life life = new Life(POLICY).fails().whenDue().connects();

        life.orders(new ManualOverride(null, 0, true, FOR_EVER)).orders(null);

        assertThat(life.health.tierReason()).isEqualTo(TierReason.REACHED);
        assertThat(life.health.nextCheckAtMillis()).isEqualTo(life.now);
        assertThat(HealthRules.kindFor(life.health, POLICY, life.now)).isEqualTo(CheckKind.COMPREHENSIVE);
    }

    @Test
    void aStateTellsWhetherItObeys() {
        Life life = new Life(POLICY).works();
        ManualOverride order = new ManualOverride(Tier.AT_RISK, 3, false, life.now + 5);

        assertThat(HealthRules.obeys(life.health, null, life.now)).isTrue();
        assertThat(HealthRules.obeys(life.health, order, life.now)).isFalse();
        life.orders(order);
        assertThat(HealthRules.obeys(life.health, order, life.now)).isTrue();
        assertThat(HealthRules.obeys(life.health, null, life.now)).isFalse();
        assertThat(HealthRules.obeys(life.health, order, life.now + 5))
                .as("it has ended")
                .isFalse();
    }

    @Test
    void ordersThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new ManualOverride(Tier.UNKNOWN, 0, null, 1)).hasMessageContaining("tier: unknown");
        assertThatThrownBy(() -> new ManualOverride(null, 11, null, 1)).hasMessageContaining("priority: 11");
        assertThatThrownBy(() -> new ManualOverride(null, 0, null, 1)).hasMessageContaining("nothing ordered");
        assertThatThrownBy(() -> new ManualOverride(null, 1, null, 0)).hasMessageContaining("untilMillis: 0");
    }
}
