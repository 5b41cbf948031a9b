package dev.sluice.message;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import java.util.Objects;

/**
 * A proxy that is due, with the state it was taken with.
 *
 * @param id the store's number for it
 * @param key identity
 * @param health state when taken; the outcome brings it back, the store compares its version
 * @param kind how thorough the check shall be
 */
public record DueProxy(long id, ProxyKey key, Health health, CheckKind kind) {
    public DueProxy {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(kind, "kind");
    }
}
