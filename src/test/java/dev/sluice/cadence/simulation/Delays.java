package dev.sluice.cadence.simulation;

import java.util.Arrays;

/** Delays until something was noticed, and how often it never was. */
public final class Delays {
    private long[] millis = new long[64];
    private int size;
    private long missed;

    void add(long delayMillis) {
        if (size == millis.length) {
            millis = Arrays.copyOf(millis, 2 * size);
        }
        millis[size++] = delayMillis;
    }

    void miss() {
        missed++;
    }

    void addAll(Delays other) {
        for (int i = 0; i < other.size; i++) {
            add(other.millis[i]);
        }
        missed += other.missed;
    }

    /** How many there were to notice. */
    public long events() {
        return size + missed;
    }

    /** Share noticed before it was over, 0..1; {@code NaN} where there was nothing to notice. */
    public double noticed() {
        return (double) size / (size + missed);
    }

    /** Hours until {@code share} of those noticed had been noticed; {@code NaN} where none was. */
    public double hours(double share) {
        if (size == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(millis, size);
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(share * size) - 1)] / Score.MILLIS_PER_HOUR;
    }
}
