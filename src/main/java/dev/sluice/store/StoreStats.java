package dev.sluice.store;

import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import java.util.Map;

/**
 * Counts over everything stored.
 *
 * @param total entries, archived ones included
 * @param alive by the last confirmed verdict
 * @param neverChecked without any verdict
 * @param archived flagged as archived
 * @param byScheme entries by scheme
 * @param byTier entries by tier
 * @param listedBySource entries that each source lists now
 * @param aliveBySource those of them that are alive
 * @param checksPerSecond checks a second that entries not archived ask for by their intervals, divided by the number of
 *     instances that share the work
 * @param located entries whose country is known by more than the claim of a list
 */
public record StoreStats(
        long total,
        long alive,
        long neverChecked,
        long archived,
        Map<Scheme, Long> byScheme,
        Map<Tier, Long> byTier,
        Map<String, Long> listedBySource,
        Map<String, Long> aliveBySource,
        double checksPerSecond,
        long located) {
    public StoreStats {
        byScheme = Map.copyOf(byScheme);
        byTier = Map.copyOf(byTier);
        listedBySource = Map.copyOf(listedBySource);
        aliveBySource = Map.copyOf(aliveBySource);
    }
}
