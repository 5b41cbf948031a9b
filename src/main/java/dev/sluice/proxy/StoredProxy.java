package dev.sluice.proxy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as the store holds it.
 *
 * @param id the store's number for it, above 0, never reused
 * @param key identity
 * @param claimedCapabilities what lists say it can do, {@link Capability} bits
 * @param health what checks say
 * @param location where its address is
 * @param exit where its exit address is; {@link Location#UNKNOWN} while that address or its place is not known
 * @param lists names of the sources that list it now, sorted
 * @param firstSeenAtMillis when it was stored
 * @param archived dead and unused for long; still queryable
 * @param override what the administrator ordered, also where it has ended; null for nothing
 */
public record StoredProxy(
        long id,
        ProxyKey key,
        int claimedCapabilities,
        Health health,
        Location location,
        Location exit,
        List<String> lists,
        long firstSeenAtMillis,
        boolean archived,
        @Nullable ManualOverride override) {
    public StoredProxy {
        lists = List.copyOf(lists);
    }

    /** An entry of which it is not known where its exit is. */
    public StoredProxy(
            long id,
            ProxyKey key,
            int claimedCapabilities,
            Health health,
            Location location,
            List<String> lists,
            long firstSeenAtMillis,
            boolean archived,
            @Nullable ManualOverride override) {
        this(
                id,
                key,
                claimedCapabilities,
                health,
                location,
                Location.UNKNOWN,
                lists,
                firstSeenAtMillis,
                archived,
                override);
    }

    /** An entry nobody ordered anything for. */
    public StoredProxy(
            long id,
            ProxyKey key,
            int claimedCapabilities,
            Health health,
            Location location,
            List<String> lists,
            long firstSeenAtMillis,
            boolean archived) {
        this(id, key, claimedCapabilities, health, location, lists, firstSeenAtMillis, archived, null);
    }

    /**
     * Where it counts as being, for filters and for who looks: where its exit is, as targets see it, when the country of
     * that is known, else where its address is; in the type of network that is ordered for it, while the order holds.
     */
    public Location place(long nowMillis) {
        return place(location, exit, override, nowMillis);
    }

    /** As {@link #place(long)}, of an entry at {@code address} with its exit at {@code exit}. */
    public static Location place(Location address, Location exit, @Nullable ManualOverride override, long nowMillis) {
        Location seen = exit.country() == null ? address : exit;
        NetworkType ordered = override != null && override.holds(nowMillis) ? override.type() : null;
        return ordered == null ? seen : seen.withType(ordered);
    }

    /** The same entry, known to be elsewhere. */
    public StoredProxy located(Location address, Location exitAt) {
        return new StoredProxy(
                id, key, claimedCapabilities, health, address, exitAt, lists, firstSeenAtMillis, archived, override);
    }

    /** The same entry in another state, with other orders. */
    public StoredProxy with(Health changed, @Nullable ManualOverride ordered) {
        return new StoredProxy(
                id, key, claimedCapabilities, changed, location, exit, lists, firstSeenAtMillis, archived, ordered);
    }
}
