package dev.sluice.message;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that is due, with the state it was taken with.
 *
 * @param id the store's number for it
 * @param key identity
 * @param health state when taken; the outcome brings it back, the store compares its version
 * @param kind how thorough the check shall be
 * @param override what the administrator ordered, also where it has ended; null for nothing
 */
public record DueProxy(
        long id,
        ProxyKey key,
        Health health,
        CheckKind kind,
        @Nullable ManualOverride override) {
    public DueProxy {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(kind, "kind");
    }

    /** A proxy nobody ordered anything for. */
    public DueProxy(long id, ProxyKey key, Health health, CheckKind kind) {
        this(id, key, health, kind, null);
    }
}
