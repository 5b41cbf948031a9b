package dev.sluice.config;

/** One entry of {@code features}. */
public record FeatureConfig(
        @Setting(doc = "false switches it off for everybody.", value = "true", live = true)
        boolean enabled,

        @Setting(
                doc = "For how many of a hundred it is on. The same ones stay in while it grows.",
                value = "100",
                min = 0,
                max = 100,
                live = true)
        int percent) {}
