package dev.sluice.store;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.List;

/**
 * A new state of a proxy.
 *
 * @param id the store's number for it
 * @param key identity as it was checked
 * @param expectedVersion version the state was derived from; {@code after.version()} is one above it
 * @param after the new state
 * @param spoken for an entry of unknown scheme that turned out to speak something: the first becomes its scheme, each
 *     further one an entry of its own that is due at once. Where an entry of the first scheme exists already, this one
 *     is archived instead. Empty otherwise.
 */
public record HealthChange(long id, ProxyKey key, int expectedVersion, Health after, List<Scheme> spoken) {
    public HealthChange {
        spoken = List.copyOf(spoken);
    }
}
