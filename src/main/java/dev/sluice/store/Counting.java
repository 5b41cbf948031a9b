package dev.sluice.store;

import io.vertx.core.Future;

/**
 * Counts over everything stored, slice after slice, so that no query takes long however much there is. Entries that change
 * while others are counted are as they are when their slice is. Thread-safe; every future fails with {@link StoreException}.
 */
public interface Counting {
    /** Entries of a slice for whom no size is better than another. */
    int USUAL_SLICE = 1_000;

    /**
     * Counts entries, archived ones included, in order of their numbers.
     *
     * @param afterId only numbers above it; 0 to begin
     * @param limit most entries, 1..10000
     */
    Future<StoreSlice> slice(long afterId, int limit);
}
