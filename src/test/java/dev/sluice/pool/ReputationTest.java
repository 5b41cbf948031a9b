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
    void whatWasNeverObservedDoesNotCount() {
        assertThat(Reputation.of(Health.fresh(0))).isEqualTo(50);
    }
}
