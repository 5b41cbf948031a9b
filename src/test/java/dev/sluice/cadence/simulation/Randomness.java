package dev.sluice.cadence.simulation;

/** Numbers that depend on nothing but what they are for, so that all policies meet the same luck. */
final class Randomness {
    private static final double UNIT = 0x1.0p-53;

    private Randomness() {}

    /** Mixes two numbers into one (the finaliser of SplitMix64, twice). */
    static long mix(long one, long other) {
        return finish(finish(one + 0x9E3779B97F4A7C15L) + other * 0xD1B54A32D192ED03L);
    }

    /** Uniform in [0, 1). */
    static double unit(long mixed) {
        return (mixed >>> 11) * UNIT;
    }

    private static long finish(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
