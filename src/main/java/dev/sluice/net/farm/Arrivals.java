package dev.sluice.net.farm;

import java.util.ArrayList;
import java.util.List;

/** Counts by the second. Times are of {@link System#nanoTime}. Thread-safe. */
final class Arrivals {
    private static final long NANOS_A_SECOND = 1_000_000_000;
    private static final int KEPT_SECONDS = 60;

    private final long startNanos;
    private final int[] counts = new int[KEPT_SECONDS + 1];
    private long second;
    private long total;
    private int peak;

    Arrivals(long startNanos) {
        this.startNanos = startNanos;
    }

    synchronized void count(long nowNanos) {
        advance(nowNanos);
        total++;
        int slot = slot(second);
        counts[slot]++;
        peak = Math.max(peak, counts[slot]);
    }

    synchronized Accepted sum(long nowNanos) {
        advance(nowNanos);
        List<Integer> whole = new ArrayList<>(KEPT_SECONDS);
        for (long past = Math.max(0, second - KEPT_SECONDS); past < second; past++) {
            whole.add(counts[slot(past)]);
        }
        return new Accepted(total, whole, peak);
    }

    private void advance(long nowNanos) {
        long now = (nowNanos - startNanos) / NANOS_A_SECOND;
        for (long next = Math.max(second + 1, now - KEPT_SECONDS); next <= now; next++) {
            counts[slot(next)] = 0;
        }
        second = Math.max(second, now);
    }

    private int slot(long of) {
        return (int) (of % counts.length);
    }
}
