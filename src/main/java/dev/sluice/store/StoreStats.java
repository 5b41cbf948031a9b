package dev.sluice.store;

import dev.sluice.port.SourceFigures;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Counts over everything stored.
 *
 * @param total entries, archived ones included
 * @param alive by the last confirmed verdict
 * @param neverChecked without any verdict
 * @param archived flagged as archived
 * @param byScheme entries by scheme
 * @param byTier entries by tier
 * @param bySource what each source lists, and what it is worth; without those of which there is nothing to tell
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
        Map<String, SourceFigures.Of> bySource,
        double checksPerSecond,
        long located) {
    /** Of an empty store. */
    public static final StoreStats NOTHING = new StoreStats(0, 0, 0, 0, Map.of(), Map.of(), Map.of(), 0, 0);

    public StoreStats {
        byScheme = Map.copyOf(byScheme);
        byTier = Map.copyOf(byTier);
        bySource = Map.copyOf(bySource);
    }

    /** Entries that each source lists now; sources that list nothing are left out. */
    public Map<String, Long> listedBySource() {
        return ofListing(SourceFigures.Of::listed);
    }

    /** Those of them that are alive. */
    public Map<String, Long> aliveBySource() {
        return ofListing(SourceFigures.Of::alive);
    }

    private Map<String, Long> ofListing(ToLongFunction<SourceFigures.Of> figure) {
        Map<String, Long> counts = new HashMap<>();
        bySource.forEach((source, of) -> {
            if (of.listed() > 0) {
                counts.put(source, figure.applyAsLong(of));
            }
        });
        return Map.copyOf(counts);
    }
}
