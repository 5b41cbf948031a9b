package dev.sluice.proxy;

/**
 * How many latencies fall where: {@value #BUCKETS} buckets, each 9 % wide (eight to a doubling), from 1 ms to 17 minutes.
 * Unlike {@link Latencies} nothing fades and two of them add up exactly, so percentiles of a sum are those of all that
 * went into it: a percentile lies in the bucket of the exact one (by nearest rank), less than 9 % from it above 1 ms.
 * Not thread-safe.
 */
public final class LatencyCounts {
    /** Number of buckets. */
    public static final int BUCKETS = 160;

    private static final double PER_DOUBLING = 8;

    private final long[] counts = new long[BUCKETS];

    /** Counts one. What lies outside of the buckets goes into the first or the last. */
    public void add(double millis) {
        if (!(millis >= 0)) {
            throw new IllegalArgumentException("latency: " + millis + " ms (expected: 0 or more)");
        }
        int bucket = millis <= 1 ? 0 : (int) (PER_DOUBLING * Math.log(millis) / Math.log(2));
        counts[Math.min(bucket, BUCKETS - 1)]++;
    }

    /** Counts {@code count} more in a bucket, as {@link #count(int)} told. */
    public void add(int bucket, long count) {
        counts[bucket] += count;
    }

    /** Counts all of another. */
    public void add(LatencyCounts other) {
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] += other.counts[i];
        }
    }

    /** What is in a bucket, 0..{@value #BUCKETS} - 1. */
    public long count(int bucket) {
        return counts[bucket];
    }

    /** What is in all of them. */
    public long count() {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    /** Lower end of a bucket in milliseconds. The first one begins at 0. */
    public static double from(int bucket) {
        return bucket == 0 ? 0 : Math.pow(2, bucket / PER_DOUBLING);
    }

    /**
     * Milliseconds that {@code percent} of 100 do not exceed; {@code Double.NaN} when there are none.
     *
     * @param percent 1..100
     */
    public double percentile(int percent) {
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException("percentile: " + percent + " (expected: 1..100)");
        }
        long rank = (count() * percent + 99) / 100;
        long below = 0;
        for (int i = 0; i < BUCKETS; i++) {
            if (counts[i] > 0 && below + counts[i] >= rank) {
                // As if what is in a bucket stood in it at equal ratios, each in the middle of its share.
                return Math.pow(2, (i + (rank - below - 0.5) / counts[i]) / PER_DOUBLING);
            }
            below += counts[i];
        }
        return Double.NaN;
    }
}
