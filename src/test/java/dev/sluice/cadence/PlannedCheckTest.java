package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.PlannedCheck.Rule;
import dev.sluice.cadence.PlannedCheck.Shift;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Why a proxy is checked when it is. */
final class PlannedCheckTest {
    private static final long NOW = 1_750_000_000_000L;
    private static final long MINUTE = 60_000;

    private static final CheckPolicy POLICY = new CheckPolicy(
            new CheckPolicy.Span(Duration.ofMinutes(5), Duration.ofHours(2)),
            new CheckPolicy.Span(Duration.ofMinutes(2), Duration.ofHours(1)),
            new CheckPolicy.Span(Duration.ofMinutes(30), Duration.ofDays(2)),
            0.05,
            0.2,
            true,
            1,
            Duration.ofSeconds(40),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            false);

    private static StoredProxy stored(Health health, @Nullable ManualOverride override, boolean archived) {
        return new StoredProxy(
                7,
                ProxyKey.of(Scheme.HTTP, "192.0.2.7", 8080),
                0,
                health,
                Location.UNKNOWN,
                List.of(),
                NOW,
                archived,
                override);
    }

    /** Alive for a day, checked just now, next after so long. */
    private static Health health(boolean alive, int failures, Tier tier, TierReason reason, long nextMillis) {
        Health fresh = Health.fresh(NOW);
        return new Health(
                alive,
                true,
                fresh.verified(),
                1,
                fresh.anonymity(),
                fresh.anonymitySeen(),
                fresh.tampering(),
                fresh.probation(),
                null,
                fresh.rotation(),
                tier,
                reason,
                0,
                fresh.risk(),
                5,
                NOW + nextMillis,
                40 * MINUTE,
                NOW - 86_400_000,
                NOW,
                alive ? NOW : 0,
                0.9,
                100,
                fresh.latencies(),
                null,
                failures,
                10,
                9,
                0,
                fresh.lastReason(),
                3);
    }

    private static PlannedCheck of(StoredProxy stored, double demand) {
        return PlannedCheck.of(stored, POLICY, demand, NOW);
    }

    @Test
    void whatWasNeverCheckedIsDueAtOnce() {
        PlannedCheck check = of(stored(Health.fresh(NOW), null, false), 1);
        assertThat(check.rule()).isEqualTo(Rule.FIRST);
        assertThat(check.span()).isNull();
        assertThat(check.kind()).isEqualTo(CheckKind.COMPREHENSIVE);
        assertThat(check.atMillis()).isEqualTo(NOW);
    }

    @Test
    void whatIsArchivedIsNotDue() {
        PlannedCheck check = of(stored(health(false, 5, Tier.INACTIVE, TierReason.DIED, MINUTE), null, true), 1);
        assertThat(check.rule()).isEqualTo(Rule.ARCHIVED);
        assertThat(check.atMillis()).isZero();
    }

    @Test
    void aFirstFailureIsConfirmed() {
        PlannedCheck check =
                of(stored(health(true, 1, Tier.AT_RISK, TierReason.FIRST_FAILURE, 40_000), null, false), 1);
        assertThat(check.rule()).isEqualTo(Rule.CONFIRM);
        assertThat(check.shift()).isEqualTo(Shift.NONE);
    }

    @Test
    void whatWasReachedIsLookedAtAtOnce() {
        assertThat(of(stored(health(false, 5, Tier.AT_RISK, TierReason.REACHED, 0), null, false), 1)
                        .rule())
                .isEqualTo(Rule.REACHED);
    }

    @Test
    void whatIsLeftAloneByOrderSaysSoWhileTheOrderHolds() {
        Health health = health(true, 0, Tier.ACTIVE, TierReason.NONE, 40 * MINUTE);
        assertThat(of(stored(health, new ManualOverride(null, 0, false, NOW + 1), false), 1)
                        .rule())
                .isEqualTo(Rule.LEFT_ALONE);
        assertThat(of(stored(health, new ManualOverride(null, 0, false, NOW), false), 1)
                        .rule())
                .isEqualTo(Rule.INTERVAL);
    }

    @Test
    void anIntervalIsWhatItsFiguresSay() {
        Health health = health(true, 0, Tier.ACTIVE, TierReason.NONE, 42 * MINUTE);
        PlannedCheck check = of(stored(health, null, false), 1);

        assertThat(check.rule()).isEqualTo(Rule.INTERVAL);
        assertThat(check.span()).isEqualTo(POLICY.active());
        assertThat(check.ownMillis()).isEqualTo(40 * MINUTE);
        assertThat(check.factor()).isEqualTo(0.05);
        assertThat(check.value()).isEqualTo(HealthRules.value(health, 0));
        assertThat(check.plannedMillis()).isEqualTo(42 * MINUTE);
        assertThat(check.shift()).isEqualTo(Shift.NONE);
    }

    @Test
    void whatLiesBesideTheFiguresSaysSo() {
        assertThat(of(stored(health(true, 0, Tier.ACTIVE, TierReason.NONE, 20 * MINUTE), null, false), 1)
                        .shift())
                .isEqualTo(Shift.EARLIER);
        assertThat(of(stored(health(true, 0, Tier.ACTIVE, TierReason.NONE, 60 * MINUTE), null, false), 1)
                        .shift())
                .isEqualTo(Shift.LATER);
        assertThat(of(stored(health(true, 0, Tier.ACTIVE, TierReason.NONE, 60 * MINUTE), null, false), 1.5)
                        .shift())
                .as("stretched by demand")
                .isEqualTo(Shift.NONE);
        assertThat(of(stored(health(false, 5, Tier.INACTIVE, TierReason.DIED, 40 * MINUTE), null, false), 1)
                        .factor())
                .as("of the dead")
                .isEqualTo(0.2);
    }
}
