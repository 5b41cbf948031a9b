package dev.sluice.bulk;

import java.util.concurrent.TimeUnit;

/**
 * How many entries the next chunk should have: more by steps while the store is quick, half as many when it takes too
 * long, so that others who write wait for about a second at most. A chunk costs something whatever its size, so that small
 * ones are slow altogether: on a busy machine they would be all that is left. Thread-safe.
 */
final class ChunkSize {
    private static final int LEAST = 4_000;
    private static final int FIRST = 10_000;
    private static final int STEP = 5_000;
    /**
     * With the entries of one line more, fewer than 600 as it has at most 4,096 bytes, a chunk is far below what a store
     * takes at once.
     */
    private static final int MOST = StoreFeed.CHUNK;

    private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);
    /** Heap an entry takes with its key and what the store makes of it, generously, and chunks that are there at a time. */
    private static final long ENTRY_BYTES = 1_024;

    private static final int CHUNKS = 3;
    private static final int SHARE_OF_HEAP = 8;

    private final int least;
    private final int step;
    private final int most;
    private int target;

    /**
     * @param first to begin with
     * @param least however slow the store is
     * @param step by which it grows
     * @param most however quick the store is
     */
    ChunkSize(int first, int least, int step, int most) {
        this.target = first;
        this.least = least;
        this.step = step;
        this.most = most;
    }

    /** @param heapBytes largest heap; an eighth of it at most is spent on an import's entries */
    static ChunkSize within(long heapBytes) {
        long room = heapBytes / SHARE_OF_HEAP / CHUNKS / ENTRY_BYTES;
        int most = (int) Math.max(LEAST, Math.min(room, MOST));
        return new ChunkSize(Math.min(FIRST, most), LEAST, STEP, most);
    }

    synchronized int target() {
        return target;
    }

    /** A chunk of so many entries was stored in so long. */
    synchronized void stored(int entries, long nanos) {
        if (nanos > SLOW_NANOS) {
            target = Math.max(least, Math.min(target, entries) / 2);
        } else if (nanos < QUICK_NANOS && entries >= target) {
            target = Math.min(most, target + step);
        }
    }
}
