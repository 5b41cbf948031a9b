package dev.sluice.export;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as it is exported. Times are milliseconds since 1970-01-01T00:00Z, 0 for never.
 *
 * @param id the store's number for it
 * @param key identity; its credentials are shown only by writers that may
 * @param location where it is
 * @param lists names of the sources that list it, sorted
 * @param alive the last confirmed verdict
 * @param archived dead and unused for long
 * @param verified by what kind of check
 * @param capabilities proven {@link dev.sluice.proxy.Capability} bits
 * @param anonymity as judged
 * @param tier attention class
 * @param reputation 0..100
 * @param successRate moving average, 0..1; {@code Double.NaN} before the first observation
 * @param latencyMillis moving average; {@code Double.NaN} before the first success
 * @param latencies how latencies are spread
 * @param deep what the latest deep check measured; null before the first
 * @param exitAddress address from which targets see it; null when not known
 * @param rotating whether that address changes from request to request
 * @param lastCheckedAtMillis last verdict
 * @param aliveSinceMillis since when it is alive; 0 while it is not
 */
public record ExportEntry(
        long id,
        ProxyKey key,
        Location location,
        List<String> lists,
        boolean alive,
        boolean archived,
        Verified verified,
        int capabilities,
        Anonymity anonymity,
        Tier tier,
        double reputation,
        double successRate,
        double latencyMillis,
        Latencies latencies,
        Health.@Nullable Deep deep,
        @Nullable String exitAddress,
        boolean rotating,
        long lastCheckedAtMillis,
        long aliveSinceMillis) {
    public ExportEntry {
        lists = List.copyOf(lists);
    }

    /**
     * Of an entry of the store.
     *
     * @param reputation which the store does not keep
     * @param nowMillis what is ordered for it then counts
     */
    public static ExportEntry of(StoredProxy stored, double reputation, long nowMillis) {
        Health health = stored.health();
        return new ExportEntry(
                stored.id(),
                stored.key(),
                stored.place(nowMillis),
                stored.lists(),
                health.alive(),
                stored.archived(),
                health.verified(),
                health.capabilities(),
                health.anonymity(),
                health.tier(),
                reputation,
                health.successRate(),
                health.latencyMillis(),
                health.latencies(),
                health.deep(),
                health.exitAddress(),
                health.rotation().rotates(),
                health.lastCheckedAtMillis(),
                health.alive() ? health.stateSinceMillis() : 0);
    }
}
