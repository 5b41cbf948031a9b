package dev.sluice.config;

import dev.sluice.port.Feature;

/** Section {@code features}: one component for each {@link Feature}. */
public record FeaturesConfig(
        @Setting(
                doc = "Usual answers are written on the event loop itself, past Vert.x's own requests. By application.")
        FeatureConfig fastLane,

        @Setting(doc = "What applications report moves the next check of a proxy. By proxy.")
        FeatureConfig testimony) {

    /** What is configured for a feature. */
    public FeatureConfig of(Feature feature) {
        return switch (feature) {
            case FAST_LANE -> fastLane;
            case TESTIMONY -> testimony;
        };
    }
}
