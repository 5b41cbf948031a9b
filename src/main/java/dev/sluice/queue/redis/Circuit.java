package dev.sluice.queue.redis;

import java.util.concurrent.TimeUnit;

/** Decides when failures are too many to go on trying. Confined to one thread. */
final class Circuit {
    private static final int MOST_FAILURES = 3;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private int failures;
    private long firstNanos;

    void succeeded() {
        failures = 0;
    }

    /** @return whether it opens: three failures in a row, or two seconds of them */
    boolean failed(long nowNanos) {
        if (failures == 0) {
            firstNanos = nowNanos;
        }
        failures++;
        return failures >= MOST_FAILURES || nowNanos - firstNanos >= LONGEST_NANOS;
    }
}
