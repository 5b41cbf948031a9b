package dev.sluice.store;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import org.jspecify.annotations.Nullable;

/**
 * An entry taken for checking.
 *
 * @param override what the administrator ordered, also where it has ended; null for nothing
 */
public record TakenProxy(
        long id, ProxyKey key, Health health, @Nullable ManualOverride override) {
    /** An entry nobody ordered anything for. */
    public TakenProxy(long id, ProxyKey key, Health health) {
        this(id, key, health, null);
    }
}
