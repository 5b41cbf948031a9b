package dev.sluice.config;

import dev.sluice.port.Feature;
import dev.sluice.port.Features;
import java.util.Arrays;

/** The features as section {@code features} has them. Everything is on until it is told otherwise. Thread-safe. */
public final class RolledOut implements Features {
    private static final int EVERYBODY = 100;
    /** An odd constant with evenly spread bits (Knuth's multiplier for linear congruential generators). */
    private static final long SPREAD = 6_364_136_223_846_793_005L;

    /** For how many of a hundred each feature is on; replaced as a whole. */
    private volatile int[] percents;

    /** Everything is on. */
    public RolledOut() {
        int[] all = new int[Feature.values().length];
        Arrays.fill(all, EVERYBODY);
        percents = all;
    }

    /** Takes what the configuration says now. */
    public void follow(FeaturesConfig config) {
        int[] next = new int[Feature.values().length];
        for (Feature feature : Feature.values()) {
            FeatureConfig one = config.of(feature);
            next[feature.ordinal()] = one.enabled() ? one.percent() : 0;
        }
        percents = next;
    }

    @Override
    public boolean isOn(Feature feature, String subject) {
        int percent = percents[feature.ordinal()];
        if (percent == EVERYBODY || percent == 0) {
            return percent == EVERYBODY;
        }
        long hash = 0;
        for (int i = 0; i < subject.length(); i++) {
            hash = hash * SPREAD + subject.charAt(i) + 1;
        }
        return place(feature, hash) < percent;
    }

    @Override
    public boolean isOn(Feature feature, long subject) {
        int percent = percents[feature.ordinal()];
        return percent == EVERYBODY || percent != 0 && place(feature, subject) < percent;
    }

    /** Where a subject stands in the queue for a feature, 0..99. The name of the feature is part of it, not its number. */
    private static int place(Feature feature, long subject) {
        return (int)
                Long.remainderUnsigned(mixed(mixed(subject) ^ feature.text().hashCode()), EVERYBODY);
    }

    /** MurmurHash3's finaliser for 64 bits: every bit of the outcome depends on every bit given (A. Appleby, 2011). */
    private static long mixed(long bits) {
        long z = bits + SPREAD;
        z = (z ^ z >>> 33) * 0xff51afd7ed558ccdL;
        z = (z ^ z >>> 33) * 0xc4ceb9fe1a85ec53L;
        return z ^ z >>> 33;
    }
}
