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
        int maxFeedback,

        @Setting(
                doc = "How many client applications feedback is remembered for.",
                value = "1024",
                min = 1,
                max = 65_535)
        int maxApplications,

        @Setting(
                doc = "How often feedback and the last good set are written to files; also at shutdown.",
                value = "60s",
                min = 1_000,
                max = 86_400_000)
        Duration snapshotInterval,

        @Setting(
                doc =
                        "Most proxies that are remembered as the last good set, served as stale when every proxy is dead.",
                value = "10000",
                min = 0,
                max = 1_000_000)
        int lastGood,

        @Setting(
                doc =
                        "The best proxies nobody used yet are checked again before their first use when their last check is"
                                + " older than this.",
                value = "5m",
                min = 1_000,
                max = 86_400_000,
                live = true)
        Duration warmUpAfter,

        @Setting(
                doc = "Most proxies that are warmed up at a time; 0 switches it off.",
                value = "200",
                min = 0,
                max = 1_000,
                live = true)
        int warmUp) {}
