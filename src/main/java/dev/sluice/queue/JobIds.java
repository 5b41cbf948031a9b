package dev.sluice.queue;

import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Makes UUIDs of version 7 (RFC 9562, section 5.7), of which each sorts behind the one before. Thread-safe. */
public final class JobIds {
    private static final int COUNTER_BITS = 12;

    private final LongSupplier nowMillis;
    private final RandomGenerator random;
    /** Milliseconds and a counter below them (section 6.2, method 1). */
    private long last;

    /**
     * @param random unguessable ids need a {@link java.security.SecureRandom}
     */
    public JobIds(LongSupplier nowMillis, RandomGenerator random) {
        this.nowMillis = nowMillis;
        this.random = random;
    }

    /** A new id in lower case. */
    public synchronized String next() {
        // A fresh counter begins in the lower half, so that a full millisecond borrows from the next one at the earliest
        // after 2,048 ids.
        long fresh = nowMillis.getAsLong() << COUNTER_BITS | random.nextInt(1 << (COUNTER_BITS - 1));
        last = Math.max(last + 1, fresh);
        long high = (last >>> COUNTER_BITS) << 16 | 0x7000 | last & ((1 << COUNTER_BITS) - 1);
        long low = random.nextLong() >>> 2 | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }
}
