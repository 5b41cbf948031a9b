package dev.sluice.store;

import java.util.Set;

/**
 * A slice of a count.
 *
 * @param lastId the highest number that was counted; 0 when nothing was left to count
 * @param stats counts over the slice; {@code checksPerSecond} is not divided among instances yet
 * @param sharers marks of other instances that hold work of the slice
 */
public record StoreSlice(long lastId, StoreStats stats, Set<String> sharers) {
    /** Where nothing is left to count. */
    public static final StoreSlice NOTHING = new StoreSlice(0, StoreStats.NOTHING, Set.of());

    public StoreSlice {
        sharers = Set.copyOf(sharers);
    }

    /** Whether the count has come to its end. */
    public boolean last() {
        return lastId == 0;
    }
}
