package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cadence.Witnesses.Verdict;
import dev.sluice.proxy.Health;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeenByClientsTest {
    private static final CheckPolicy POLICY = Life.policy(Preset.BALANCED);
    private static final long WINDOW = Witnesses.WINDOW_MILLIS;

    private final Witnesses witnesses = new Witnesses(100);

    // what reports come to

    @Test
    void aSuccessStandsForALookOnceInFiveMinutes() {
        assertThat(good("a", 0)).isEqualTo(Verdict.SEEN_WORKING);
        assertThat(good("a", 1)).isEqualTo(Verdict.NOTHING);
        assertThat(good("b", WINDOW / 2 - 1)).isEqualTo(Verdict.NOTHING);
        assertThat(good("b", WINDOW / 2)).isEqualTo(Verdict.SEEN_WORKING);
    }

    @Test
    void twoApplicationsWithinTenMinutesCastDoubt() {
        assertThat(bad("a", 0)).isEqualTo(Verdict.NOTHING);
        assertThat(bad("b", WINDOW - 1)).isEqualTo(Verdict.DOUBTED);
    }

    @Test
    void oneApplicationAloneCastsNone() {
        for (int i = 0; i < 100; i++) {
            assertThat(bad("a", i * 1_000)).isEqualTo(Verdict.NOTHING);
        }
        assertThat(bad("b", 100_000 + WINDOW)).as("too late").isEqualTo(Verdict.NOTHING);
    }

    @Test
    void doubtIsCastOnceInTenMinutes() {
        bad("a", 0);
        assertThat(bad("b", 1)).isEqualTo(Verdict.DOUBTED);
        for (long at = 2; at <= WINDOW; at += 1_000) {
            assertThat(bad(at % 2 == 0 ? "a" : "c", at)).isEqualTo(Verdict.NOTHING);
            assertThat(good("d", at)).isEqualTo(Verdict.NOTHING);
        }
        bad("a", WINDOW + 1);
        assertThat(bad("b", WINDOW + 2)).isEqualTo(Verdict.DOUBTED);
    }

    @Test
    void praiseDoesNotOutweighAFailure() {
        bad("a", 0);

        assertThat(good("b", 1)).isEqualTo(Verdict.NOTHING);
        assertThat(good("b", WINDOW - 1)).isEqualTo(Verdict.NOTHING);
        assertThat(good("b", WINDOW)).isEqualTo(Verdict.SEEN_WORKING);
    }

    @Test
    void aFloodOfProxiesIsForgottenAndBounded() {
        bad("a", 0);
        for (int id = 2; id < 10_000; id++) {
            witnesses.observe(id, "a", false, 1);
        }

        assertThat(witnesses.size()).isEqualTo(100);
        assertThat(bad("b", 2)).as("the first report is forgotten").isEqualTo(Verdict.NOTHING);
        assertThatThrownBy(() -> new Witnesses(0)).hasMessageContaining("capacity: 0");
    }

    // what a look is worth

    @Test
    void whatClientsSawWorkingIsCheckedLater() {
        Life life = new Life(POLICY).works().after(Duration.ofHours(8)).works();
        long due = life.health.nextCheckAtMillis();
        long seen = life.now + Duration.ofMinutes(30).toMillis();

        long later = HealthRules.seenWorking(life.health, POLICY, 1, seen);

        assertThat(later).isEqualTo(seen + life.health.checkEveryMillis()).isGreaterThan(due);
        assertThat(HealthRules.seenWorking(life.health, POLICY, 1, life.now - 1))
                .as("our own check is newer")
                .isEqualTo(due);
    }

    @Test
    void theWordOfClientsCountsForNothingWhereSomethingIsWrong() {
        Life dead = new Life(POLICY).works().fails(3);
        Life doubtful = new Life(POLICY).works(5).fails(1);
        Life unsteady = new Life(POLICY).works().fails(3).works(1);
        Life caught = new Life(POLICY).works().tampers();
        Life fresh = new Life(POLICY);

        for (Life life : new Life[] {dead, doubtful, unsteady, caught, fresh}) {
            assertThat(HealthRules.seenWorking(life.health, POLICY, 1, life.now + 60_000))
                    .isEqualTo(life.health.nextCheckAtMillis());
        }
    }

    @Test
    void aFreshPoolIsNotKeptFromItsChecksByPraise() {
        CheckPolicy fresh = Life.policy(Preset.FRESH);
        Life life = new Life(fresh).works(30);

        for (int minute = 0; minute < 600; minute++) {
            long later = HealthRules.seenWorking(life.health, fresh, Demand.MOST, life.now + minute * 60_000L);
            assertThat(later - life.health.lastCheckedAtMillis())
                    .isLessThanOrEqualTo(Duration.ofMinutes(30).toMillis());
        }
    }

    /** Praises a proxy without end that has died in secret, from as many applications as it likes. */
    @Test
    void aHostileClientCannotKeepADeadProxyServedForLongerThanAQuarterOfTheCeiling() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            Life life = new Life(POLICY).works(1 + random.nextInt(40));
            Health atDeath = life.health;
            long due = atDeath.nextCheckAtMillis();
            Witnesses own = new Witnesses(10);
            long limit = Math.max(
                    atDeath.nextCheckAtMillis(),
                    atDeath.lastCheckedAtMillis() + CheckPolicy.ACTIVE_CEILING.toMillis() / 4);
            long now = life.now;
            while (now < due) {
                now += 1 + random.nextInt(60_000);
                Verdict verdict = own.observe(1, "app" + random.nextInt(1_000), true, now);
                if (verdict == Verdict.SEEN_WORKING) {
                    due = Math.max(due, HealthRules.seenWorking(atDeath, POLICY, Demand.MOST, now));
                }
                assertThat(due).as("seed %d", seed).isLessThanOrEqualTo(limit);
            }
        }
    }

    @Test
    void doubtAboutWhatWasCheckedSinceIsNoReasonToCheckAgain() {
        Life life = new Life(POLICY).works();

        assertThat(HealthRules.doubted(life.health, life.now + 1)).isTrue();
        assertThat(HealthRules.doubted(life.health, life.now)).isFalse();
        assertThat(HealthRules.doubted(life.whenDue().fails().health, life.now + 1))
                .as("it is being confirmed")
                .isFalse();
        assertThat(HealthRules.doubted(life.fails(1).health, life.now + 1))
                .as("it is dead")
                .isFalse();
    }

    // what doubt may cost

    @Test
    void anAllowanceIsWhatItsRateBringsAndNeverMoreThanAMinutesAtOnce() {
        Allowance allowance = new Allowance();
        int taken = 0;
        for (int second = 0; second < 1_000; second++) {
            for (int i = 0; i < 100; i++) {
                taken += allowance.take(5, second * 1_000_000_000L) ? 1 : 0;
            }
        }
        assertThat(taken).isEqualTo(5_000);

        int atOnce = 0;
        for (int i = 0; i < 10_000; i++) {
            atOnce += allowance.take(5, 1_000_000_000_000_000L) ? 1 : 0;
        }
        assertThat(atOnce).isEqualTo(300);
    }

    @Test
    void aSmallAllowanceBringsOneNowAndThen() {
        Allowance allowance = new Allowance();
        int taken = 0;
        for (int second = 0; second < 100; second++) {
            taken += allowance.take(0.1, second * 1_000_000_000L) ? 1 : 0;
        }
        assertThat(taken).isBetween(9, 10);
        assertThat(allowance.take(0, 100_000_000_000L)).isFalse();
    }

    private Verdict good(String application, long at) {
        return witnesses.observe(1, application, true, at);
    }

    private Verdict bad(String application, long at) {
        return witnesses.observe(1, application, false, at);
    }
}
