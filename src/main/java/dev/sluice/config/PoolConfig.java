package dev.sluice.config;

import java.time.Duration;

/** Section {@code pool}. */
public record PoolConfig(
        @Setting(doc = "Strategy of /get-proxy unless a request names one.", value = "weighted-random", live = true)
        String strategy,

        @Setting(
                doc = "How long a view may be older than the pool; the dead leave at once all the same.",
                value = "250ms",
                min = 1,
                max = 10_000)
        Duration viewRefresh,

        @Setting(
                doc = "How many (application, proxy) pairs feedback is remembered for.",
                value = "1000000",
                min = 1_000,
                max = 100_000_000)
        int maxFeedback) {}
