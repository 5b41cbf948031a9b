package dev.sluice.proxy;

import java.util.List;

/**
 * A proxy as the store holds it.
 *
 * @param id the store's number for it, above 0, never reused
 * @param key identity
 * @param claimedCapabilities what lists say it can do, {@link Capability} bits
 * @param health what checks say
 * @param location where it is
 * @param lists names of the sources that list it now, sorted
 * @param firstSeenAtMillis when it was stored
 * @param archived dead and unused for long; still queryable
 */
public record StoredProxy(
        long id,
        ProxyKey key,
        int claimedCapabilities,
        Health health,
        Location location,
        List<String> lists,
        long firstSeenAtMillis,
        boolean archived) {
    public StoredProxy {
        lists = List.copyOf(lists);
    }
}
