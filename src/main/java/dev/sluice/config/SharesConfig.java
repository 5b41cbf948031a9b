package dev.sluice.config;

/** Section {@code schedule.shares}. */
public record SharesConfig(
        @Setting(
                doc = "For what somebody waits for: failures to confirm, checks before a first use. Served first.",
                value = "10",
                min = 1,
                max = 100,
                live = true)
        int interactive,

        @Setting(doc = "For regular checks of what works.", value = "50", min = 1, max = 100, live = true)
        int due,

        @Setting(doc = "For newcomers, and for what died lately.", value = "30", min = 1, max = 100, live = true)
        int bulk,

        @Setting(doc = "For what is dead for long.", value = "10", min = 1, max = 100, live = true)
        int maintenance) {}
