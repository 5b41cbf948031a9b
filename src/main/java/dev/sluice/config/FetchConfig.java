package dev.sluice.config;

import java.time.Duration;
import java.util.Map;

/** Section {@code fetch}. */
public record FetchConfig(
        @Setting(doc = "Whether sources are fetched at all.", value = "true", live = true)
        boolean enabled,

        @Setting(doc = "Admit entries whose addresses are not public.", value = "false", live = true)
        boolean allowPrivate,

        @Setting(doc = "Sources fetched at the same time.", value = "8", min = 1, max = 256)
        int concurrency,

        @Setting(
                doc = "While every source fails, one round of tries each.",
                value = "60s",
                min = 1_000,
                max = 3_600_000)
        Duration retryInterval,

        @Setting(
                doc = "Sources by name. Built-in ones can be changed or switched off here; any name adds one.",
                live = true)
        Map<String, SourceConfig> sources) {
    public FetchConfig {
        sources = Map.copyOf(sources);
    }
}
