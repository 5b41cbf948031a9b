package dev.sluice.pool;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.proxy.Health;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReputationTest {
    @ParameterizedTest
    @CsvSource({
        "0.5,  1250, 0, 0,   57.5",
        "1.0,   499, 0, 0,   95",
        "1.0,   500, 0, 0,   95",
        "1.0,  2000, 0, 0,   80",
        "1.0,  2001, 0, 0,   65",
        "0.0,  3000, 0, 0,    5",
        "0.5,  2000, 3, 0,   35",
        "0.5,  2000, 0, 50,  55",
        "0.5,  2000, 0, 100, 60",
        "0.5,  2000, 0, 999, 60",
        "1.0,   100, 0, 999, 100",
        "0.0,  9000, 5, 0,    0",
    })
    void itFollowsTheFormula(double successRate, double latency, int failures, long uses, double expected) {
        Health health = entry(1).successRate(successRate)
                .latency(latency)
                .failures(failures)
                .uses(uses)
                .health();
        assertThat(Reputation.of(health)).isCloseTo(expected, within(1e-9));
    }

    @Test
    void theScoreIsTheSumOfItsParts() {
        Health health =
                entry(1).successRate(0.9).latency(1_250).failures(2).uses(40).health();
        Reputation.Parts parts = Reputation.parts(health, 70, 3.5);

        assertThat(parts.start()).isEqualTo(50);
        assertThat(parts.successRate()).isCloseTo(24, within(1e-9));
        assertThat(parts.latency()).isEqualTo(7.5);
        assertThat(parts.failures()).isEqualTo(-10);
        assertThat(parts.uses()).isEqualTo(7);
        assertThat(parts.feedback()).isEqualTo(3.5);
        assertThat(parts.total()).isCloseTo(82, within(1e-9));
        assertThat(Reputation.parts(health, health.uses(), 0).total()).isEqualTo(Reputation.of(health));
    }

    @ParameterizedTest
    @CsvSource({"15, 15", "99, 15", "-99, -15", "-2.5, -2.5", "NaN, 0"})
    void feedbackAddsOrTakesFifteenPointsAtMost(double points, double expected) {
        assertThat(Reputation.parts(Health.fresh(0), 0, points).feedback()).isEqualTo(expected);
        assertThat(Reputation.parts(Health.fresh(0), 0, points).total()).isEqualTo(50 + expected);
    }

    @Test
    void theSumIsCutToItsRange() {
        Health best = entry(1).successRate(1).latency(1).uses(1_000).health();
        Health worst = entry(1).successRate(0).latency(9_000).failures(9).health();
        assertThat(Reputation.parts(best, 1_000, 15).total()).isEqualTo(100);
        assertThat(Reputation.parts(worst, 0, -15).total()).isZero();
    }

    @Test
    void whatWasNeverObservedDoesNotCount() {
        assertThat(Reputation.of(Health.fresh(0))).isEqualTo(50);
    }
}
