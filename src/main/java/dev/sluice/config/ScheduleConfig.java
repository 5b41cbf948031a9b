package dev.sluice.config;

import dev.sluice.cadence.CheckPolicy;
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
        Duration confirm,

        @Setting(
                doc = "Between deep checks of a steady proxy, each of check.deep-requests in a row. 0s for none.",
                value = "7d",
                min = 0)
        Duration deepEvery,

        @Setting(
                doc = "A proxy caught tampering is excluded for so long after it was caught last, and until a clean"
                        + " comprehensive check after that.",
                value = "90d",
                min = 0)
        Duration tamperedFor,

        @Setting(doc = "So many clean comprehensive checks in a row lift the exclusion earlier.", value = "10", min = 1)
        int cleanChecks,

        @Setting(doc = "Those must be spread over this at least.", value = "14d", min = 0)
        Duration cleanOver) {
    /**
     * These settings as the rules take them.
     *
     * @param connectOnly whether a TCP connection is all that is asked of a proxy
     */
    public CheckPolicy policy(boolean connectOnly) {
        return new CheckPolicy(
                active, atRisk, inactive, confirm, deepEvery, tamperedFor, cleanChecks, cleanOver, connectOnly);
    }
}
