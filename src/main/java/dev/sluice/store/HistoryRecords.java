package dev.sluice.store;

import dev.sluice.port.CheckHistory;
import dev.sluice.port.SeriesHistory;
import io.vertx.core.Future;

/**
 * Histories of proxies. What happens is stored as it comes, a batch a flush ({@link ProxyStore#write(java.util.List,
 * CheckBatch)}), and goes into the rows of the proxies later, sorted by proxy, so that a page of the database is touched once
 * for many checks. Every step is one transaction that leaves a state from which any instance can go on.
 */
public interface HistoryRecords extends CheckHistory {
    /** Batches that wait at most: more are folded though the oldest is young. */
    int MOST_BATCHES = 4_000;

    /** Events sorted at once; more than this that wait are folded though the oldest is young. */
    int MOST_SORTED = 100_000;

    /** Events that a step takes into histories. */
    int STEP = 1_000;

    /**
     * Takes one step: sorts what waits, or takes a piece of what is sorted into the histories.
     *
     * @return the events it took; {@code more} while there is something to do at once. While another instance folds,
     *     there is not
     */
    Future<Step> fold(HistoryLimits limits, long nowMillis);

    /**
     * Drops single checks older than the retention, and days and moves too old, from histories that nothing was added to.
     *
     * @param afterId histories of proxies above it; 0 to begin
     * @param limit most histories looked at, 1..10000
     * @return the last proxy looked at; {@code more} when there may be others behind it. While another instance folds or
     *     trims nothing is looked at
     */
    Future<Trim> trim(HistoryLimits limits, long nowMillis, long afterId, int limit);

    /**
     * Gives up a part of the single checks, the oldest first, because the disk is full: results are worth more.
     *
     * @return how many records went; 0 when there is nothing left to give up
     */
    Future<Long> shorten();

    /** How the whole has developed. */
    SeriesHistory series();

    /** See {@link #fold}. */
    record Step(int events, boolean more) {
        /** Nothing to do. */
        public static final Step NONE = new Step(0, false);
    }

    /** See {@link #trim}. */
    record Trim(long lastId, boolean more) {}
}
