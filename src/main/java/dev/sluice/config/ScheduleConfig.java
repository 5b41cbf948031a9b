package dev.sluice.config;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Preset;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

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

        @Setting(
                doc = "Most proxies handed to the checker in one batch.",
                value = "256",
                min = 1,
                max = 1_000,
                live = true)
        int batch,

        @Setting(
                doc = "How much checking is worth: sets the intervals and factors below, each of which may be set by"
                        + " itself. fresh re-validates working proxies every half hour at least.",
                value = "balanced",
                live = true)
        Preset preset,

        @Setting(
                doc = "Longest time between checks of a working proxy. Without it the preset says. Below the shortest"
                        + " one of the preset it is the only one.",
                min = 100,
                max = 86_400_000,
                live = true)
        @Nullable
        Duration active,

        @Setting(doc = "Shortest time between checks of a working proxy.", min = 100, max = 86_400_000, live = true)
        @Nullable
        Duration activeShortest,

        @Setting(
                doc = "Longest time between checks of a proxy that fails now and then, or died lately.",
                min = 100,
                max = 43_200_000,
                live = true)
        @Nullable
        Duration atRisk,

        @Setting(doc = "Shortest time between checks of such a proxy.", min = 100, max = 43_200_000, live = true)
        @Nullable
        Duration atRiskShortest,

        @Setting(doc = "Longest time between checks of a dead proxy.", min = 100, max = 604_800_000, live = true)
        @Nullable
        Duration inactive,

        @Setting(doc = "Shortest time between checks of a dead proxy.", min = 100, max = 604_800_000, live = true)
        @Nullable
        Duration inactiveShortest,

        @Setting(
                doc = "A working proxy is checked again after this share of the time it has worked.",
                min = 0,
                max = 100,
                live = true)
        @Nullable
        Double aliveFactor,

        @Setting(
                doc = "A dead proxy is checked again after this share of the time it has been dead.",
                min = 0,
                max = 100,
                live = true)
        @Nullable
        Double deadFactor,

        @Setting(doc = "Whether proxies that clients use are checked sooner, and poor ones later.", live = true)
        @Nullable
        Boolean byValue,

        @Setting(
                doc = "A first failure is confirmed after this, half as long or half as long again.",
                min = 10,
                live = true)
        @Nullable
        Duration confirm,

        @Setting(
                doc = "Between deep checks of a steady proxy, each of check.deep-requests in a row. 0s for none.",
                value = "7d",
                min = 0,
                live = true)
        Duration deepEvery,

        @Setting(
                doc = "A proxy caught tampering is excluded for so long after it was caught last, and until a clean"
                        + " comprehensive check after that.",
                value = "90d",
                min = 0,
                live = true)
        Duration tamperedFor,

        @Setting(
                doc = "So many clean comprehensive checks in a row lift the exclusion earlier.",
                value = "10",
                min = 1,
                live = true)
        int cleanChecks,

        @Setting(doc = "Those must be spread over this at least.", value = "14d", min = 0, live = true)
        Duration cleanOver,

        @Setting(
                doc =
                        "What each kind of due work is sure of when all of them want more than can be checked, relative to"
                                + " one another. What one does not need goes to the others.")
        SharesConfig shares) {
    /**
     * These settings as the rules take them.
     *
     * @param connectOnly whether a TCP connection is all that is asked of a proxy
     */
    public CheckPolicy policy(boolean connectOnly) {
        return new CheckPolicy(
                span(activeShortest, active, preset.active()),
                span(atRiskShortest, atRisk, preset.atRisk()),
                span(inactiveShortest, inactive, preset.inactive()),
                aliveFactor == null ? preset.aliveFactor() : aliveFactor,
                deadFactor == null ? preset.deadFactor() : deadFactor,
                byValue == null ? preset.byValue() : byValue,
                preset.leastDemand(),
                confirm == null ? preset.confirm() : confirm,
                deepEvery,
                tamperedFor,
                cleanChecks,
                cleanOver,
                connectOnly);
    }

    /** Of a bound that is set and one that is not, the one that is set wins. */
    private static CheckPolicy.Span span(
            @Nullable Duration shortest, @Nullable Duration longest, CheckPolicy.Span preset) {
        if (shortest != null && longest != null) {
            return new CheckPolicy.Span(shortest, longest);
        }
        if (longest != null) {
            return new CheckPolicy.Span(min(preset.shortest(), longest), longest);
        }
        if (shortest != null) {
            return new CheckPolicy.Span(shortest, max(preset.longest(), shortest));
        }
        return preset;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
