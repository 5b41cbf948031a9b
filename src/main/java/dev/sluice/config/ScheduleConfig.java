package dev.sluice.config;

import java.time.Duration;

/** Section {@code schedule}. */
public record ScheduleConfig(
        @Setting(doc = "Whether due proxies are checked.", value = "true", live = true)
        boolean enabled,

        @Setting(
                doc = "Grid of the metronome: how often due work is looked for.",
                value = "1s",
                min = 10,
                max = 3_600_000)
        Duration tick,

        @Setting(doc = "Most proxies handed to the checker in one batch.", value = "256", min = 1, max = 1_000)
        int batch,

        @Setting(doc = "Between checks of a working proxy.", value = "20m", min = 100)
        Duration active,

        @Setting(doc = "Between checks of a proxy that fails now and then.", value = "30m", min = 100)
        Duration atRisk,

        @Setting(doc = "Between checks of a dead proxy.", value = "24h", min = 100)
        Duration inactive,

        @Setting(doc = "A first failure is confirmed after this.", value = "60s", min = 10)
        Duration confirm) {}
