package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthRulesTest {
    private static final CheckPolicy POLICY = new CheckPolicy(
            Duration.ofMinutes(20), Duration.ofMinutes(30), Duration.ofHours(24), Duration.ofSeconds(60), false);
    private static final CheckPolicy CONNECT_ONLY = new CheckPolicy(
            Duration.ofMinutes(20), Duration.ofMinutes(30), Duration.ofHours(24), Duration.ofSeconds(60), true);
    private static final ProxyKey KEY = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128);
    private static final long T0 = 1_000_000_000_000L;
    private static final int HTTP = Capability.HTTP.bit();
    private static final int BOTH = HTTP | Capability.HTTPS.bit();

    /** In the middle of every spread. */
    private final RandomGenerator middle = new Random() {
        private static final long serialVersionUID = 1;

        @Override
        public double nextDouble() {
            return 0.5;
        }
    };

    private long now = T0;

    @Test
    void aFirstSuccessMakesAliveAndActive() {
        Health health = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 120);

        assertThat(health.alive()).isTrue();
        assertThat(health.tier()).isEqualTo(Tier.ACTIVE);
        assertThat(health.successRate()).isEqualTo(1);
        assertThat(health.latencyMillis()).isEqualTo(120);
        assertThat(health.verified()).isEqualTo(Verified.FULL);
        assertThat(health.stateSinceMillis()).isEqualTo(now);
        assertThat(health.nextCheckAtMillis()).isEqualTo(now + POLICY.active().toMillis());
        assertThat(health.version()).isEqualTo(1);
    }

    @Test
    void aFirstFailureOfANewEntryMakesItInactive() {
        Health health = bad(Health.fresh(T0), FailureReason.REFUSED);

        assertThat(health.alive()).isFalse();
        assertThat(health.active()).isTrue();
        assertThat(health.tier()).isEqualTo(Tier.INACTIVE);
        assertThat(health.risk()).isEqualTo(RiskCategory.DEAD);
        assertThat(health.lastReason()).isEqualTo(FailureReason.REFUSED);
        assertThat(health.latencyMillis()).isNaN();
        assertThat(health.nextCheckAtMillis()).isEqualTo(now + POLICY.inactive().toMillis());
    }

    @Test
    void aFirstFailureOfALivingProxyIsConfirmedBeforeItCounts() {
        Health alive = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);
        long since = alive.stateSinceMillis();

        Health doubtful = bad(alive, FailureReason.TIMEOUT);
        assertThat(doubtful.alive()).isTrue();
        assertThat(doubtful.tier()).isEqualTo(Tier.AT_RISK);
        assertThat(doubtful.priority()).isEqualTo(10);
        assertThat(doubtful.nextCheckAtMillis())
                .isEqualTo(now + POLICY.confirm().toMillis());
        assertThat(doubtful.stateSinceMillis()).isEqualTo(since);

        Health dead = bad(doubtful, FailureReason.TIMEOUT);
        assertThat(dead.alive()).isFalse();
        assertThat(dead.tier()).isEqualTo(Tier.AT_RISK);
        assertThat(dead.stateSinceMillis()).isEqualTo(now);
        assertThat(dead.nextCheckAtMillis()).isEqualTo(now + POLICY.atRisk().toMillis());
    }

    @Test
    void aSuccessAfterADoubtIsForgiven() {
        Health doubtful = bad(good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100), FailureReason.RESET);

        Health again = good(doubtful, CheckKind.COMPREHENSIVE, 200);

        assertThat(again.alive()).isTrue();
        assertThat(again.tier()).isEqualTo(Tier.ACTIVE);
        assertThat(again.consecutiveFailures()).isZero();
        assertThat(again.successRate()).isCloseTo(0.84, Offset.offset(1e-9));
        assertThat(again.latencyMillis()).isCloseTo(120, Offset.offset(1e-9));
        assertThat(again.lastReason()).isEqualTo(FailureReason.NONE);
    }

    @Test
    void fiveFailuresEndTheRegularChecksOfWhatNeverWorked() {
        Health health = Health.fresh(T0);
        for (int i = 1; i <= 5; i++) {
            assertThat(health.active()).isTrue();
            health = bad(health, FailureReason.CONNECT_TIMEOUT);
        }

        assertThat(health.active()).isFalse();
        assertThat(health.tier()).isEqualTo(Tier.INACTIVE);
        assertThat(health.priority()).isEqualTo(1);
    }

    @Test
    void whatWorkedOnceKeepsItsChanceAfterFiveFailures() {
        Health health = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);
        for (int i = 1; i <= 5; i++) {
            health = bad(health, FailureReason.CONNECT_TIMEOUT);
        }

        assertThat(health.alive()).isFalse();
        assertThat(health.active()).isFalse();
        assertThat(health.tier()).isEqualTo(Tier.INACTIVE);
        assertThat(HealthRules.kindFor(health, false)).isEqualTo(CheckKind.CONNECT);

        Health back = good(health, CheckKind.COMPREHENSIVE, 100);
        assertThat(back.alive()).isTrue();
        assertThat(back.tier()).as("not steady yet").isEqualTo(Tier.AT_RISK);
    }

    @Test
    void aReachedPortIsNotAliveButDueAtOnceForAThoroughCheck() {
        Health dead = bad(Health.fresh(T0), FailureReason.REFUSED);

        Health reached = connected(dead, CheckKind.CONNECT, POLICY);

        assertThat(reached.alive()).isFalse();
        assertThat(reached.nextCheckAtMillis()).isEqualTo(now);
        assertThat(HealthRules.kindFor(reached, false)).isEqualTo(CheckKind.COMPREHENSIVE);
        assertThat(reached.consecutiveFailures()).as("the row goes on counting").isEqualTo(1);
        assertThat(reached.successRate()).isEqualTo(dead.successRate());
        assertThat(bad(reached, FailureReason.PROTOCOL).tier()).isEqualTo(Tier.INACTIVE);
    }

    @Test
    void whereNoMoreIsAskedAConnectionMakesAlive() {
        Health health = connected(Health.fresh(T0), CheckKind.CONNECT, CONNECT_ONLY);

        assertThat(health.alive()).isTrue();
        assertThat(health.verified()).isEqualTo(Verified.CONNECT);
        assertThat(HealthRules.kindFor(health, true)).isEqualTo(CheckKind.CONNECT);
        assertThat(HealthRules.kindFor(health, false)).isEqualTo(CheckKind.COMPREHENSIVE);
    }

    @Test
    void withoutAJudgeTheLastGoodVerdictSaysHowDeepItWent() {
        Health judged = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 400);

        Health connected = connected(judged, CheckKind.LIGHT, POLICY);

        assertThat(connected.alive()).isTrue();
        assertThat(connected.verified()).isEqualTo(Verified.CONNECT);
        assertThat(connected.capabilities()).as("what was proven stays").isEqualTo(BOTH);
        assertThat(connected.latencyMillis()).as("not averaged with a judge's").isEqualTo(20);
    }

    @Test
    void tamperingKillsAtOnceAndALighterCheckDoesNotLiftIt() {
        Health alive = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);

        Health caught = tampered(alive, Tampering.CONTENT);
        assertThat(caught.alive()).isFalse();
        assertThat(caught.tampering()).isEqualTo(Tampering.CONTENT);
        assertThat(caught.tier()).isEqualTo(Tier.INACTIVE);
        assertThat(HealthRules.kindFor(caught, false)).isEqualTo(CheckKind.COMPREHENSIVE);

        Health light = good(good(caught, CheckKind.LIGHT, 100), CheckKind.LIGHT, 100);
        assertThat(light.alive()).isFalse();
        assertThat(light.tampering()).isEqualTo(Tampering.CONTENT);
    }

    @Test
    void twoCleanComprehensiveChecksInARowLiftTampering() {
        Health caught = tampered(good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100), Tampering.CONTENT);

        Health first = good(caught, CheckKind.COMPREHENSIVE, 100);
        assertThat(first.alive()).isFalse();
        assertThat(first.nextCheckAtMillis()).isEqualTo(now + POLICY.inactive().toMillis());
        assertThat(good(tampered(first, Tampering.CONTENT), CheckKind.COMPREHENSIVE, 100)
                        .alive())
                .isFalse();

        Health second = good(first, CheckKind.COMPREHENSIVE, 100);
        assertThat(second.alive()).isTrue();
        assertThat(second.tampering()).isEqualTo(Tampering.NONE);
    }

    @Test
    void aFalseCertificateIsOnlyLiftedThroughATunnel() {
        Health health = tampered(Health.fresh(T0), Tampering.CERTIFICATE);
        for (int i = 0; i < 5; i++) {
            health = after(
                    health, outcome(health, CheckKind.COMPREHENSIVE, FailureReason.NONE, Verified.FULL, 50, HTTP));
        }
        assertThat(health.tampering()).isEqualTo(Tampering.CERTIFICATE);
        assertThat(health.alive()).isFalse();

        health = good(good(health, CheckKind.COMPREHENSIVE, 50), CheckKind.COMPREHENSIVE, 50);
        assertThat(health.alive()).isTrue();
    }

    @Test
    void aFailureOfOurOwnChangesNothingButTheNextCheck() {
        Health alive = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);

        Health local = bad(alive, FailureReason.LOCAL);
        assertSameVerdict(alive, local);
        assertThat(local.nextCheckAtMillis()).isEqualTo(now + HealthRules.RETRY_MILLIS);
        assertThat(local.version()).isEqualTo(alive.version() + 1);

        Health forbidden = bad(alive, FailureReason.FORBIDDEN);
        assertSameVerdict(alive, forbidden);
        assertThat(forbidden.nextCheckAtMillis())
                .isEqualTo(now + POLICY.inactive().toMillis());
    }

    @Test
    void aLightCheckForgetsNoCapabilityAndAComprehensiveOneDoes() {
        Health both = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);

        Health light = after(both, outcome(both, CheckKind.LIGHT, FailureReason.NONE, Verified.FULL, 100, HTTP));
        assertThat(light.capabilities()).isEqualTo(BOTH);

        Health thorough =
                after(light, outcome(light, CheckKind.COMPREHENSIVE, FailureReason.NONE, Verified.FULL, 100, HTTP));
        assertThat(thorough.capabilities()).isEqualTo(HTTP);
    }

    @Test
    void everyTenthCheckOfASteadyProxyIsComprehensive() {
        Health health = Health.fresh(T0);
        int comprehensive = 0;
        for (int i = 0; i < 40; i++) {
            CheckKind kind = HealthRules.kindFor(health, false);
            comprehensive += kind == CheckKind.COMPREHENSIVE ? 1 : 0;
            health = good(health, kind, 100);
        }
        assertThat(comprehensive).as("the first, and every tenth").isEqualTo(5);
    }

    @Test
    void aBetterProxyIsCheckedBeforeAWorseOne() {
        Health fast = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);
        Health slow = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 1_900);
        Health dead = bad(Health.fresh(T0), FailureReason.REFUSED);

        assertThat(fast.priority()).isGreaterThan(slow.priority());
        assertThat(slow.priority()).isGreaterThan(Health.DEFAULT_PRIORITY);
        assertThat(dead.priority()).isLessThan(Health.DEFAULT_PRIORITY);
    }

    @Test
    void usesAndVersionsChangeAlone() {
        Health health = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);

        assertThat(HealthRules.used(health, 3).uses()).isEqualTo(3);
        assertThat(HealthRules.used(health, 0)).isSameAs(health);
        assertThat(HealthRules.withVersion(health, 9).version()).isEqualTo(9);
        assertThat(HealthRules.withVersion(HealthRules.withVersion(health, 9), health.version()))
                .isEqualTo(health);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void whateverHappensTheRulesHold(long seed) {
        Random random = new Random(seed);
        for (int sequence = 0; sequence < 500; sequence++) {
            CheckPolicy policy = sequence % 4 == 0 ? CONNECT_ONLY : POLICY;
            double luck = random.nextDouble();
            Health before = Health.fresh(T0);
            now = T0;
            int failures = 0;
            for (int step = 0; step < 60; step++) {
                now += 1 + random.nextInt(3_600_000);
                CheckKind kind = HealthRules.kindFor(before, policy.connectOnly());
                CheckOutcome outcome = randomOutcome(before, kind, luck, random);
                Health after = HealthRules.after(before, outcome, policy, random);
                String what = "seed " + seed + ", " + before + " and " + outcome + " give " + after;

                assertThat(after.version()).as(what).isEqualTo(before.version() + 1);
                assertThat(after.nextCheckAtMillis())
                        .as(what)
                        .isBetween(now, now + policy.inactive().toMillis() * 11 / 10 + 1);
                assertThat(after.priority()).as(what).isBetween(1, 10);
                assertThat(after.stateSinceMillis() != before.stateSinceMillis())
                        .as(what)
                        .isEqualTo(after.alive() != before.alive());
                assertThat(after.alive() && after.tampering() != Tampering.NONE)
                        .as(what)
                        .isFalse();
                if (!outcome.reason().isVerdict()) {
                    assertSameVerdict(before, after);
                    before = after;
                    continue;
                }
                failures = outcome.alive() ? failures : failures + 1;
                assertThat(after.consecutiveFailures()).as(what).isIn(0, failures);
                failures = after.consecutiveFailures();
                assertThat(after.tier()).as(what).isNotEqualTo(Tier.UNKNOWN);
                assertThat(after.checks()).as(what).isEqualTo(before.checks() + 1);
                assertThat(after.successes()).as(what).isLessThanOrEqualTo(after.checks());
                if (!Double.isNaN(after.successRate())) {
                    assertThat(after.successRate()).as(what).isBetween(0.0, 1.0);
                }
                if (!outcome.alive()) {
                    assertThat(Double.valueOf(after.latencyMillis()))
                            .as(what)
                            .isEqualTo(Double.valueOf(before.latencyMillis()));
                }
                if (before.alive() && !after.alive()) {
                    assertThat(before.consecutiveFailures() > 0 || outcome.tampering() != Tampering.NONE)
                            .as(what)
                            .isTrue();
                }
                if (outcome.alive() && before.tampering() == Tampering.NONE && outcome.verified() == Verified.FULL) {
                    assertThat(after.alive()).as(what).isTrue();
                }
                if (before.tampering() != Tampering.NONE && kind != CheckKind.COMPREHENSIVE) {
                    assertThat(after.tampering()).as(what).isNotEqualTo(Tampering.NONE);
                }
                assertThat(after.active())
                        .as(what)
                        .isEqualTo(after.alive()
                                || after.consecutiveFailures() < HealthRules.FAILURES_TO_INACTIVE
                                || after.tier() == Tier.AT_RISK);
                before = after;
            }
        }
    }

    private CheckOutcome randomOutcome(Health before, CheckKind kind, double luck, Random random) {
        int dice = random.nextInt(100);
        if (dice < 4) {
            return outcome(before, kind, FailureReason.LOCAL, Verified.NONE, Double.NaN, 0);
        }
        if (dice < 6) {
            return outcome(before, kind, FailureReason.FORBIDDEN, Verified.NONE, Double.NaN, 0);
        }
        if (dice < 9 && kind == CheckKind.COMPREHENSIVE) {
            return tamperedOutcome(before, random.nextBoolean() ? Tampering.CONTENT : Tampering.CERTIFICATE);
        }
        if (random.nextDouble() < luck) {
            Verified verified = kind == CheckKind.CONNECT || dice > 95 ? Verified.CONNECT : Verified.FULL;
            int capabilities = verified == Verified.FULL ? (random.nextBoolean() ? BOTH : HTTP) : 0;
            return outcome(before, kind, FailureReason.NONE, verified, random.nextInt(5_000), capabilities);
        }
        return outcome(before, kind, FailureReason.TIMEOUT, Verified.NONE, Double.NaN, 0);
    }

    private static void assertSameVerdict(Health before, Health after) {
        Draft same = new Draft(after);
        same.nextCheckAtMillis = before.nextCheckAtMillis();
        same.version = before.version();
        assertThat(same.health()).isEqualTo(before);
    }

    private Health after(Health before, CheckOutcome outcome) {
        return HealthRules.after(before, outcome, POLICY, middle);
    }

    private Health good(Health before, CheckKind kind, double latencyMillis) {
        now += 60_000;
        return after(before, outcome(before, kind, FailureReason.NONE, Verified.FULL, latencyMillis, BOTH));
    }

    private Health bad(Health before, FailureReason reason) {
        now += 60_000;
        CheckKind kind = HealthRules.kindFor(before, false);
        return after(before, outcome(before, kind, reason, Verified.NONE, Double.NaN, 0));
    }

    private Health connected(Health before, CheckKind kind, CheckPolicy policy) {
        now += 60_000;
        return HealthRules.after(
                before, outcome(before, kind, FailureReason.NONE, Verified.CONNECT, 20, 0), policy, middle);
    }

    private Health tampered(Health before, Tampering tampering) {
        now += 60_000;
        return after(before, tamperedOutcome(before, tampering));
    }

    private CheckOutcome tamperedOutcome(Health before, Tampering tampering) {
        return new CheckOutcome(
                new DueProxy(1, KEY, before, CheckKind.COMPREHENSIVE),
                false,
                Verified.FULL,
                FailureReason.TAMPERED,
                Double.NaN,
                0,
                Anonymity.UNKNOWN,
                tampering,
                null,
                0,
                List.of(),
                null,
                List.of(),
                now);
    }

    private CheckOutcome outcome(
            Health before,
            CheckKind kind,
            FailureReason reason,
            Verified verified,
            double latencyMillis,
            int capabilities) {
        return new CheckOutcome(
                new DueProxy(1, KEY, before, kind),
                reason == FailureReason.NONE,
                verified,
                reason,
                latencyMillis,
                capabilities,
                verified == Verified.FULL ? Anonymity.ELITE : Anonymity.UNKNOWN,
                Tampering.NONE,
                verified == Verified.FULL ? "127.0.0.9" : null,
                verified == Verified.FULL ? 1 : 0,
                List.of(),
                null,
                List.of(),
                now);
    }
}
