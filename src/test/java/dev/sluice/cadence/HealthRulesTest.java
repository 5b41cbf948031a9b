package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DeepResult;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthRulesTest {
    private static final CheckPolicy POLICY = CheckPolicy.fixed(
            Duration.ofMinutes(20),
            Duration.ofMinutes(30),
            Duration.ofHours(24),
            Duration.ofSeconds(60),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            false);
    private static final CheckPolicy CONNECT_ONLY = CheckPolicy.fixed(
            Duration.ofMinutes(20),
            Duration.ofMinutes(30),
            Duration.ofHours(24),
            Duration.ofSeconds(60),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            true);
    private static final CheckPolicy NEVER_DEEP = CheckPolicy.fixed(
            POLICY.active().longest(),
            POLICY.atRisk().longest(),
            POLICY.inactive().longest(),
            POLICY.confirm(),
            Duration.ZERO,
            POLICY.tamperedFor(),
            POLICY.cleanChecks(),
            POLICY.cleanOver(),
            false);
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
        assertThat(health.nextCheckAtMillis())
                .isEqualTo(now + POLICY.active().longest().toMillis());
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
        assertThat(health.nextCheckAtMillis())
                .isEqualTo(now + POLICY.inactive().longest().toMillis());
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
        assertThat(dead.nextCheckAtMillis())
                .isEqualTo(now + POLICY.atRisk().longest().toMillis());
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
        assertThat(kindFor(health)).isEqualTo(CheckKind.CONNECT);

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
        assertThat(kindFor(reached)).isEqualTo(CheckKind.COMPREHENSIVE);
        assertThat(reached.consecutiveFailures()).as("the row goes on counting").isEqualTo(1);
        assertThat(reached.successRate()).isEqualTo(dead.successRate());
        assertThat(bad(reached, FailureReason.PROTOCOL).tier()).isEqualTo(Tier.INACTIVE);
    }

    @Test
    void whereNoMoreIsAskedAConnectionMakesAlive() {
        Health health = connected(Health.fresh(T0), CheckKind.CONNECT, CONNECT_ONLY);

        assertThat(health.alive()).isTrue();
        assertThat(health.verified()).isEqualTo(Verified.CONNECT);
        assertThat(HealthRules.kindFor(health, CONNECT_ONLY, now)).isEqualTo(CheckKind.CONNECT);
        assertThat(kindFor(health)).isEqualTo(CheckKind.COMPREHENSIVE);
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
        assertThat(kindFor(caught)).isEqualTo(CheckKind.COMPREHENSIVE);

        Health light = good(good(caught, CheckKind.LIGHT, 100), CheckKind.LIGHT, 100);
        assertThat(light.alive()).isFalse();
        assertThat(light.tampering()).isEqualTo(Tampering.CONTENT);
    }

    @Test
    void aCaughtProxyStaysExcludedHoweverManyCleanChecksComeWithinTwoWeeks() {
        Health health = tampered(good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100), Tampering.CONTENT);
        long caught = now;
        assertThat(health.probation()).isEqualTo(Health.Probation.caughtAt(caught));
        long first = now + Duration.ofHours(6).toMillis();
        for (int i = 1; i <= 56; i++) {
            health = cleanAfter(Duration.ofHours(6), health);
            assertThat(health.alive()).isFalse();
            assertThat(health.probation()).isEqualTo(new Health.Probation(caught, first, i));
            assertThat(health.tier()).isEqualTo(Tier.INACTIVE);
            assertThat(health.nextCheckAtMillis())
                    .isEqualTo(now + POLICY.inactive().longest().toMillis());
        }

        health = cleanAfter(Duration.ofHours(6), health);

        assertThat(now - first).isEqualTo(POLICY.cleanOver().toMillis());
        assertThat(health.alive()).isTrue();
        assertThat(health.tampering()).isEqualTo(Tampering.NONE);
        assertThat(health.probation())
                .as("when it was caught stays known")
                .isEqualTo(Health.Probation.caughtAt(caught));
    }

    @Test
    void twoWeeksAreNotEnoughWithoutTenCleanChecks() {
        Health health = tampered(Health.fresh(T0), Tampering.CONTENT);
        for (int i = 1; i <= 9; i++) {
            health = cleanAfter(Duration.ofDays(3), health);
            assertThat(health.alive()).isFalse();
        }
        assertThat(cleanAfter(Duration.ofDays(3), health).alive()).isTrue();
    }

    @Test
    void aFailureOrBeingCaughtAgainBeginsTheRowAnew() {
        Health health = cleanAfter(Duration.ofDays(3), tampered(Health.fresh(T0), Tampering.CONTENT));
        long caught = health.probation().caughtAtMillis();

        assertThat(bad(health, FailureReason.TIMEOUT).probation()).isEqualTo(Health.Probation.caughtAt(caught));
        assertThat(tampered(health, Tampering.CONTENT).probation()).isEqualTo(Health.Probation.caughtAt(now));
        assertThat(good(health, CheckKind.LIGHT, 100).probation())
                .as("a lighter check says nothing")
                .isEqualTo(health.probation());
        assertThat(connected(health, CheckKind.COMPREHENSIVE, POLICY).probation())
                .as("nor does one without a judge")
                .isEqualTo(health.probation());
        assertThat(bad(health, FailureReason.LOCAL).probation()).isEqualTo(health.probation());
    }

    @Test
    void ninetyDaysAfterItWasCaughtLastOneCleanCheckLiftsTampering() {
        Health health = tampered(tampered(Health.fresh(T0), Tampering.CONTENT), Tampering.CONTENT);
        long caught = now;
        now = caught + POLICY.tamperedFor().toMillis() - 60_001;
        assertThat(good(health, CheckKind.COMPREHENSIVE, 100).alive()).isFalse();
        assertThat(bad(health, FailureReason.TIMEOUT).tampering()).isEqualTo(Tampering.CONTENT);

        assertThat(good(health, CheckKind.LIGHT, 100).tampering())
                .as("time alone does not")
                .isEqualTo(Tampering.CONTENT);
        Health lifted = good(health, CheckKind.COMPREHENSIVE, 100);

        assertThat(lifted.tampering()).isEqualTo(Tampering.NONE);
        assertThat(lifted.alive()).isTrue();
    }

    @Test
    void whereNobodyKnowsWhenItWasCaughtOnlyTheRowLiftsTampering() {
        Draft draft = new Draft(Health.fresh(T0));
        draft.tampering = Tampering.CONTENT;
        draft.tier = Tier.INACTIVE;
        Health health = draft.health();
        for (int i = 1; i <= 9; i++) {
            health = cleanAfter(Duration.ofDays(30), health);
            assertThat(health.alive()).isFalse();
        }
        assertThat(cleanAfter(Duration.ofDays(30), health).alive()).isTrue();
    }

    @Test
    void aFalseCertificateIsOnlyLiftedThroughATunnel() {
        Health health = tampered(Health.fresh(T0), Tampering.CERTIFICATE);
        for (int i = 0; i < 200; i++) {
            now += Duration.ofDays(1).toMillis();
            health = after(
                    health, outcome(health, CheckKind.COMPREHENSIVE, FailureReason.NONE, Verified.FULL, 50, HTTP));
        }
        assertThat(health.tampering()).isEqualTo(Tampering.CERTIFICATE);
        assertThat(health.alive()).isFalse();

        health = tampered(health, Tampering.CONTENT);
        assertThat(health.tampering()).as("the graver one is remembered").isEqualTo(Tampering.CERTIFICATE);

        now += POLICY.tamperedFor().toMillis();
        health = good(health, CheckKind.COMPREHENSIVE, 50);
        assertThat(health.alive()).isTrue();
    }

    @Test
    void shorterMemoryIsAMatterOfPolicy() {
        CheckPolicy lenient = CheckPolicy.fixed(
                POLICY.active().longest(),
                POLICY.atRisk().longest(),
                POLICY.inactive().longest(),
                POLICY.confirm(),
                Duration.ZERO,
                Duration.ofDays(90),
                1,
                Duration.ZERO,
                false);
        Health caught = tampered(Health.fresh(T0), Tampering.CONTENT);

        CheckOutcome clean = outcome(caught, CheckKind.COMPREHENSIVE, FailureReason.NONE, Verified.FULL, 50, BOTH);

        assertThat(HealthRules.after(caught, clean, lenient, middle).alive()).isTrue();
    }

    @Test
    void aHigherLevelOfAnonymityNeedsTwoChecksInARow() {
        Health health = sees(Health.fresh(T0), Anonymity.TRANSPARENT);
        assertThat(health.anonymity()).as("the first is taken at once").isEqualTo(Anonymity.TRANSPARENT);

        health = sees(health, Anonymity.ELITE);
        assertThat(health.anonymity()).isEqualTo(Anonymity.TRANSPARENT);
        assertThat(sees(health, Anonymity.ANONYMOUS).anonymity())
                .as("as far as both agree")
                .isEqualTo(Anonymity.ANONYMOUS);
        assertThat(sees(sees(health, Anonymity.TRANSPARENT), Anonymity.ELITE).anonymity())
                .as("not in a row")
                .isEqualTo(Anonymity.TRANSPARENT);

        Health unjudged = sees(health, Anonymity.UNKNOWN);
        assertThat(unjudged.anonymity()).isEqualTo(Anonymity.TRANSPARENT);
        assertThat(sees(unjudged, Anonymity.ELITE).anonymity()).isEqualTo(Anonymity.ELITE);
    }

    @Test
    void aLowerLevelOfAnonymityIsBelievedAtOnce() {
        Health elite = sees(Health.fresh(T0), Anonymity.ELITE);

        assertThat(sees(elite, Anonymity.ANONYMOUS).anonymity()).isEqualTo(Anonymity.ANONYMOUS);
        Health fallen = failsButShows(elite, Anonymity.TRANSPARENT);
        assertThat(fallen.alive()).as("not confirmed yet").isTrue();
        assertThat(fallen.anonymity()).isEqualTo(Anonymity.TRANSPARENT);
    }

    @Test
    void severalExitsInOneCheckMakeItRotatingAndTwoThoroughChecksEndThat() {
        Health steady = exits(Health.fresh(T0), CheckKind.COMPREHENSIVE, 1, 2);
        assertThat(steady.rotation()).isEqualTo(Rotation.STEADY);

        Health rotating = exits(steady, CheckKind.LIGHT, 2, 2);
        assertThat(rotating.rotation()).isEqualTo(Rotation.ROTATING);

        Health one = exits(rotating, CheckKind.COMPREHENSIVE, 1, 2);
        assertThat(one.rotation().rotates()).isTrue();
        assertThat(exits(one, CheckKind.LIGHT, 1, 2).rotation().rotates())
                .as("too light to tell")
                .isTrue();
        assertThat(exits(one, CheckKind.COMPREHENSIVE, 1, 1).rotation().rotates())
                .as("one answer has one exit")
                .isTrue();
        assertThat(exits(one, CheckKind.COMPREHENSIVE, 0, 2).rotation().rotates())
                .as("exit not known")
                .isTrue();
        assertThat(exits(one, CheckKind.DEEP, 1, 20).rotation().rotates()).isFalse();
        Health again = exits(one, CheckKind.DEEP, 3, 20);
        assertThat(exits(again, CheckKind.COMPREHENSIVE, 1, 2).rotation())
                .as("the row begins anew")
                .isEqualTo(Rotation.SETTLING);
    }

    @Test
    void allLatenciesOfJudgedSuccessesAreKept() {
        Health health = exits(Health.fresh(T0), CheckKind.DEEP, 1, 20);
        assertThat(health.latencies().count()).isEqualTo(20);
        assertThat(health.latencies().percentile(50)).isBetween(67.0, 149.0);

        assertThat(bad(health, FailureReason.TIMEOUT).latencies()).isEqualTo(health.latencies());
        assertThat(exits(health, CheckKind.LIGHT, 1, 1).latencies().count()).isEqualTo(21);

        Health connected = connected(health, CheckKind.LIGHT, POLICY);
        assertThat(connected.latencies())
                .as("a connect time is no latency of a judge")
                .isEqualTo(Latencies.EMPTY);
        assertThat(exits(connected, CheckKind.COMPREHENSIVE, 1, 2).latencies().count())
                .isEqualTo(2);
        Health more = connected(connected, CheckKind.LIGHT, POLICY);
        assertThat(more.latencies()).isEqualTo(Latencies.EMPTY);
    }

    @Test
    void aSteadyProxyOfLowRiskIsCheckedDeeplyOnceAWeek() {
        Health health = good(Health.fresh(T0), CheckKind.COMPREHENSIVE, 100);
        while (health.successes() < 5) {
            assertThat(kindFor(health)).as("medium risk").isEqualTo(CheckKind.LIGHT);
            health = good(health, CheckKind.LIGHT, 100);
        }
        assertThat(health.risk()).isEqualTo(RiskCategory.LOW);
        assertThat(kindFor(health)).isEqualTo(CheckKind.DEEP);
        assertThat(HealthRules.kindFor(health, CONNECT_ONLY, now)).isEqualTo(CheckKind.CONNECT);
        assertThat(HealthRules.kindFor(health, NEVER_DEEP, now)).isEqualTo(CheckKind.LIGHT);

        health = good(health, CheckKind.DEEP, 100);

        assertThat(health.deep()).isEqualTo(new Health.Deep(now, 0.95, 40));
        long due = now + POLICY.deepEvery().toMillis();
        assertThat(HealthRules.kindFor(health, POLICY, due - 1)).isEqualTo(CheckKind.LIGHT);
        assertThat(HealthRules.kindFor(health, POLICY, due)).isEqualTo(CheckKind.DEEP);

        Health doubtful = bad(health, FailureReason.TIMEOUT);
        assertThat(HealthRules.kindFor(doubtful, POLICY, due)).isEqualTo(CheckKind.COMPREHENSIVE);
        assertThat(doubtful.deep()).isEqualTo(health.deep());
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
                .isEqualTo(now + POLICY.inactive().longest().toMillis());
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
            CheckKind kind = HealthRules.kindFor(health, NEVER_DEEP, now);
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
        int lifted = 0;
        for (int sequence = 0; sequence < 500; sequence++) {
            CheckPolicy policy = sequence % 4 == 0 ? CONNECT_ONLY : POLICY;
            double luck = random.nextDouble();
            Health before = Health.fresh(T0);
            now = T0;
            int failures = 0;
            for (int step = 0; step < 60; step++) {
                now += 1 + random.nextInt(before.tampering() == Tampering.NONE ? 3_600_000 : 7 * 86_400_000);
                CheckKind kind = HealthRules.kindFor(before, policy, now);
                CheckOutcome outcome = randomOutcome(before, kind, luck, random);
                Health after = HealthRules.after(before, outcome, policy, random);
                String what = "seed " + seed + ", " + before + " and " + outcome + " give " + after;

                assertThat(after.version()).as(what).isEqualTo(before.version() + 1);
                assertThat(after.nextCheckAtMillis())
                        .as(what)
                        .isBetween(now, now + policy.inactive().longest().toMillis() * 11 / 10 + 1);
                assertThat(after.priority()).as(what).isBetween(1, 10);
                assertThat(after.stateSinceMillis() != before.stateSinceMillis())
                        .as(what)
                        .isEqualTo(after.alive() != before.alive());
                assertThat(after.alive() && after.tampering() != Tampering.NONE)
                        .as(what)
                        .isFalse();
                assertThat(after.latencies().count() == 0 || after.verified() == Verified.FULL)
                        .as(what)
                        .isTrue();
                if (before.tampering() != Tampering.NONE && after.tampering() == Tampering.NONE) {
                    lifted++;
                    long sinceCaught = now - before.probation().caughtAtMillis();
                    boolean row = before.probation().cleanChecks() >= policy.cleanChecks() - 1
                            && now - before.probation().cleanSinceMillis()
                                    >= policy.cleanOver().toMillis();
                    assertThat(row || sinceCaught >= policy.tamperedFor().toMillis())
                            .as(what)
                            .isTrue();
                }
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
                if (before.tampering() != Tampering.NONE && !kind.thorough()) {
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
        assertThat(lifted).as("seed %d: exclusions lifted", seed).isPositive();
    }

    private CheckOutcome randomOutcome(Health before, CheckKind kind, double luck, Random random) {
        int dice = random.nextInt(100);
        if (dice < 4) {
            return outcome(before, kind, FailureReason.LOCAL, Verified.NONE, Double.NaN, 0);
        }
        if (dice < 6) {
            return outcome(before, kind, FailureReason.FORBIDDEN, Verified.NONE, Double.NaN, 0);
        }
        if (dice < 9 && kind.thorough()) {
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

    private CheckKind kindFor(Health health) {
        return HealthRules.kindFor(health, POLICY, now);
    }

    private Health after(Health before, CheckOutcome outcome) {
        return HealthRules.after(before, outcome, POLICY, middle);
    }

    private Health good(Health before, CheckKind kind, double latencyMillis) {
        return cleanAfter(Duration.ofMinutes(1), before, kind, latencyMillis);
    }

    private Health cleanAfter(Duration wait, Health before) {
        return cleanAfter(wait, before, CheckKind.COMPREHENSIVE, 100);
    }

    private Health cleanAfter(Duration wait, Health before, CheckKind kind, double latencyMillis) {
        now += wait.toMillis();
        return after(before, outcome(before, kind, FailureReason.NONE, Verified.FULL, latencyMillis, BOTH));
    }

    private Health bad(Health before, FailureReason reason) {
        now += 60_000;
        return after(before, outcome(before, kindFor(before), reason, Verified.NONE, Double.NaN, 0));
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

    /** A good check in which the judge saw this level. */
    private Health sees(Health before, Anonymity level) {
        now += 60_000;
        return after(
                before,
                new Draw(before, CheckKind.COMPREHENSIVE).anonymity(level).outcome());
    }

    /** A check that failed after the judge had seen this level. */
    private Health failsButShows(Health before, Anonymity level) {
        now += 60_000;
        return after(
                before,
                new Draw(before, CheckKind.COMPREHENSIVE)
                        .reason(FailureReason.TARGET_CHECK)
                        .anonymity(level)
                        .outcome());
    }

    /** A good check with so many exit addresses in so many answers. */
    private Health exits(Health before, CheckKind kind, int exits, int answers) {
        now += 60_000;
        return after(
                before, new Draw(before, kind).exits(exits).answers(answers).outcome());
    }

    private CheckOutcome tamperedOutcome(Health before, Tampering tampering) {
        return new Draw(before, CheckKind.COMPREHENSIVE)
                .reason(FailureReason.TAMPERED)
                .tampering(tampering)
                .anonymity(Anonymity.UNKNOWN)
                .exits(0)
                .outcome();
    }

    private CheckOutcome outcome(
            Health before,
            CheckKind kind,
            FailureReason reason,
            Verified verified,
            double latencyMillis,
            int capabilities) {
        Draw draw = new Draw(before, kind)
                .reason(reason)
                .verified(verified)
                .latencyMillis(latencyMillis)
                .capabilities(capabilities);
        return (verified == Verified.FULL
                        ? draw
                        : draw.anonymity(Anonymity.UNKNOWN).exits(0))
                .outcome();
    }

    /** An outcome in the making: all went well, unless said otherwise. Ended now. */
    private final class Draw {
        private final Health before;
        private final CheckKind kind;
        private FailureReason reason = FailureReason.NONE;
        private Verified verified = Verified.FULL;
        private double latencyMillis = 100;
        private int capabilities = BOTH;
        private Anonymity anonymity = Anonymity.ELITE;
        private Tampering tampering = Tampering.NONE;
        private int exits = 1;
        private int answers = 1;

        Draw(Health before, CheckKind kind) {
            this.before = before;
            this.kind = kind;
        }

        Draw reason(FailureReason value) {
            reason = value;
            return this;
        }

        Draw verified(Verified value) {
            verified = value;
            return this;
        }

        Draw latencyMillis(double value) {
            latencyMillis = value;
            return this;
        }

        Draw capabilities(int value) {
            capabilities = value;
            return this;
        }

        Draw anonymity(Anonymity value) {
            anonymity = value;
            return this;
        }

        Draw tampering(Tampering value) {
            tampering = value;
            return this;
        }

        Draw exits(int value) {
            exits = value;
            return this;
        }

        Draw answers(int value) {
            answers = value;
            return this;
        }

        CheckOutcome outcome() {
            boolean alive = reason == FailureReason.NONE;
            boolean deep = alive && kind == CheckKind.DEEP;
            return new CheckOutcome(
                    new DueProxy(1, KEY, before, kind),
                    alive,
                    verified,
                    reason,
                    alive ? latencyMillis : Double.NaN,
                    alive ? capabilities : Capability.NONE,
                    anonymity,
                    tampering,
                    exits > 0 ? "127.0.0.9" : null,
                    exits,
                    alive ? Collections.nCopies(answers, latencyMillis) : List.of(),
                    deep ? new DeepResult(20, 19, latencyMillis, 40) : null,
                    List.of(),
                    now);
        }
    }
}
