package dev.sluice.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class StrategyTest {
    @Test
    void everyStrategyIsFoundByItsText() {
        assertThat(Strategy.values())
                .allSatisfy(strategy -> assertThat(Strategy.of(strategy.text())).isEqualTo(strategy));
        assertThat(Strategy.of("weighted-random")).isEqualTo(Strategy.WEIGHTED_RANDOM);
    }

    @Test
    void anUnknownOneIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> Strategy.of("luck"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("strategy: luck (expected: best-reputation, fastest-half, fastest-response,"
                        + " least-recently-used, random, round-robin, weighted-random)");
    }

    @Test
    void theOneInForceCanBeSwitched() {
        StrategyInForce inForce = new StrategyInForce(Strategy.RANDOM);
        inForce.switchTo(Strategy.FASTEST_HALF);
        assertThat(inForce.current()).isEqualTo(Strategy.FASTEST_HALF);
    }
}
