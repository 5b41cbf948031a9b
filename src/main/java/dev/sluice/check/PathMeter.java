package dev.sluice.check;

import dev.sluice.net.ProxyClient;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers how connects end, for the controller. Event loops write, the engine reads and empties. Thread-safe.
 *
 * <p>Connect times are counted in classes an eighth of a doubling wide, so a percentile is off by 9 % at most.
 */
final class PathMeter implements ProxyClient.ConnectObserver {
    private static final int CLASSES_A_DOUBLING = 8;
    private static final int CLASSES = 40 * CLASSES_A_DOUBLING;
    private static final double FAST = 0.10;

    private final LongAdder begun = new LongAdder();
    private final LongAdder unanswered = new LongAdder();
    private final AtomicLongArray answered = new AtomicLongArray(CLASSES);
    private volatile long lackedNanos = Long.MIN_VALUE;
    private final AtomicReference<@Nullable String> lacked = new AtomicReference<>();

    @Override
    public void begun() {
        begun.increment();
    }

    @Override
    public void answered(long connectNanos) {
        answered.incrementAndGet(classOf(connectNanos));
    }

    @Override
    public void unanswered() {
        unanswered.increment();
    }

    @Override
    public void lacked(String what) {
        lackedNanos = System.nanoTime();
        lacked.set(what);
    }

    /** Whether our own side has lacked something since then. */
    boolean lackedSince(long nanos) {
        return lackedNanos != Long.MIN_VALUE && lackedNanos - nanos >= 0;
    }

    /**
     * What was gathered since the last call.
     *
     * @param starts checks that were started since: what connected beyond them went to ports that had answered before, and
     *     says nothing about the share of ports that answer
     * @param times told every time that was taken
     */
    Reading read(long starts, LongConsumer times) {
        long[] counts = new long[CLASSES];
        long sum = 0;
        for (int i = 0; i < CLASSES; i++) {
            counts[i] = answered.getAndSet(i, 0);
            sum += counts[i];
            for (long k = 0; k < counts[i]; k++) {
                times.accept(upperNanos(i));
            }
        }
        long fast = 0;
        long seen = 0;
        for (int i = 0; i < CLASSES && sum > 0; i++) {
            seen += counts[i];
            if (seen >= FAST * sum) {
                fast = upperNanos(i);
                break;
            }
        }
        long further = Math.max(0, begun.sumThenReset() - starts);
        return new Reading(Math.max(0, sum - further), unanswered.sumThenReset(), fast, lacked.getAndSet(null));
    }

    static int classOf(long nanos) {
        long least = Math.max(CLASSES_A_DOUBLING, nanos);
        int doubling = 63 - Long.numberOfLeadingZeros(least);
        int eighth = (int) (least - (1L << doubling) >>> doubling - 3);
        return Math.min(CLASSES - 1, doubling * CLASSES_A_DOUBLING + eighth);
    }

    static long upperNanos(int index) {
        int doubling = index / CLASSES_A_DOUBLING;
        long width = 1L << doubling - 3;
        return (1L << doubling) + width * (index % CLASSES_A_DOUBLING + 1);
    }

    /**
     * Since the reading before.
     *
     * @param answered first connects of checks that a SYN-ACK or RST ended
     * @param unanswered connects that none did
     * @param fastNanos 10th percentile of the times of the answered ones, 0 without any
     * @param lacked what our own side lacked, null for nothing
     */
    record Reading(
            long answered,
            long unanswered,
            long fastNanos,
            @Nullable String lacked) {}
}
