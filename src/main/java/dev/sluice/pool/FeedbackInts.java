package dev.sluice.pool;

import java.util.Arrays;

/**
 * Numbers by position, 0 where none was set. Memory comes and goes in chunks of {@value #CHUNK}; only the first chunk grows
 * from a few. One thread at a time writes; others may read meanwhile, and get what was, what is, or 0.
 */
final class FeedbackInts {
    private static final int SHIFT = 10;
    static final int CHUNK = 1 << SHIFT;
    private static final int SMALLEST = 8;

    private int[][] chunks = {new int[SMALLEST]};
    /** Chunks that are there; behind them there is room for more. */
    private int count = 1;

    int get(int position) {
        int[][] seen = chunks;
        int chunk = position >>> SHIFT;
        int[] cells = chunk < seen.length ? seen[chunk] : null;
        int at = position & (CHUNK - 1);
        return cells != null && at < cells.length ? cells[at] : 0;
    }

    /** Sets a number; a position is at most one behind the last that was set. */
    void set(int position, int value) {
        int chunk = position >>> SHIFT;
        int at = position & (CHUNK - 1);
        if (chunk == count) {
            if (chunk == chunks.length) {
                chunks = Arrays.copyOf(chunks, 2 * chunk);
            }
            chunks[chunk] = new int[CHUNK];
            count++;
        } else if (at >= chunks[chunk].length) {
            chunks[chunk] = Arrays.copyOf(chunks[chunk], 2 * at);
        }
        chunks[chunk][at] = value;
    }

    /** Lets go of chunks behind {@code size} numbers, but for one that may soon be wanted again. What lies there must be 0. */
    void trim(int size) {
        int needed = (size >>> SHIFT) + 2;
        while (count > needed) {
            count--;
            chunks[count] = null;
        }
        if (chunks.length > 4 * count) {
            chunks = Arrays.copyOf(chunks, 2 * count);
        }
    }

    void clear() {
        chunks = new int[][] {new int[SMALLEST]};
        count = 1;
    }

    /** Bytes held by the arrays. */
    long footprint() {
        long bytes = 4L * chunks.length;
        for (int i = 0; i < count; i++) {
            bytes += 4L * chunks[i].length;
        }
        return bytes;
    }
}
