package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigDiffTest {
    private static final String ONE = "fetch.sources.one={kind: text, urls: [https://one.example/]}";
    private static final String TWO = "fetch.sources.two={kind: text, urls: [https://two.example/]}";

    @Test
    void equalConfigurationsDoNotDiffer() {
        assertThat(ConfigDiff.between(ConfigLoader.defaults(ONE), ConfigLoader.defaults(ONE))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void changesAreSplitByWhenTheyTakeEffect() {
        SluiceConfig before = ConfigLoader.defaults(ONE, TWO);
        SluiceConfig after = ConfigLoader.defaults(
                ONE,
                "fetch.sources.one.interval=5m",
                "fetch.sources.three={kind: file, urls: [x]}",
                "fetch.concurrency=3",
                "log.level=debug",
                "server.port=1",
                "check.judges=http://a.example/",
                "security.admin-key=something");

        assertThat(ConfigDiff.between(before, after))
                .isEqualTo(new ConfigDiff(
                        List.of(
                                "fetch.sources.one.interval",
                                "fetch.sources.three",
                                "fetch.sources.two",
                                "security.admin-key",
                                "log.level"),
                        List.of("server.port", "fetch.concurrency", "check.judges")));
    }

    @Test
    void whatIsInForceAfterAReloadDiffersOnlyInWhatWaitsForARestart() {
        SluiceConfig running = ConfigLoader.defaults(ONE);
        SluiceConfig next = ConfigLoader.defaults(TWO, "pool.strategy=random", "server.port=1");

        SluiceConfig inForce = ConfigDiff.inForce(running, next);

        assertThat(inForce.pool().strategy()).isEqualTo("random");
        assertThat(inForce.fetch().sources()).containsOnlyKeys("two");
        assertThat(inForce.server().port()).isEqualTo(8080);
        assertThat(ConfigDiff.between(inForce, next)).isEqualTo(new ConfigDiff(List.of(), List.of("server.port")));
    }
}
