package dev.sluice.config;

import java.time.Duration;

/** Section {@code store}. */
public record StoreConfig(
        @Setting(
                doc = "sqlite:PATH, postgresql://user:password@host:port/database, and for small installations"
                        + " redis://:password@host:port/database (#prefix of keys may follow) or file:PATH.",
                value = "sqlite:data/sluice.db")
        String url,

        @Setting(doc = "How long to wait for the database at start.", value = "30s", min = 0, max = 3_600_000)
        Duration startTimeout,

        @Setting(
                doc = "Results are written in batches at least this often.",
                value = "250ms",
                min = 10,
                max = 60_000,
                live = true)
        Duration flushInterval,

        @Setting(
                doc = "Results that wait in memory while the database is down; beyond it checking pauses.",
                value = "200000",
                min = 1_000,
                max = 10_000_000,
                live = true)
        int maxPendingWrites,

        @Setting(
                doc = "Dead and unused for so long, an entry is archived: no longer checked, still in the database.",
                value = "7d",
                min = 3_600_000,
                live = true)
        Duration archiveAfter,

        @Setting(doc = "For how long every single check of a proxy is kept.", value = "30d", min = 3_600_000)
        Duration historyRetention,

        @Setting(
                doc =
                        "For how many days it is kept what a day's checks of a proxy came to, and its moves between tiers.",
                value = "400",
                min = 1,
                max = 3_650)
        int historyDays,

        @Setting(doc = "Connections to PostgreSQL.", value = "8", min = 1, max = 200)
        int connections) {}
