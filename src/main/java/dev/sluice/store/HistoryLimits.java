package dev.sluice.store;

import java.time.Duration;

/**
 * What of histories is kept, and when batches go into them.
 *
 * @param retention of single checks, above 0
 * @param days for how many days what a day came to is kept, and moves between tiers
 * @param foldAfter a batch waits at most so long; 0 for no wait
 */
public record HistoryLimits(Duration retention, int days, Duration foldAfter) {
    /** As configured, with the pause between folds that keeps readers and the disk at ease. */
    public static HistoryLimits of(Duration retention, int days) {
        return new HistoryLimits(retention, days, Duration.ofMinutes(15));
    }
}
