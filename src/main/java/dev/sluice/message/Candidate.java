package dev.sluice.message;

import dev.sluice.proxy.ProxyKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a list, admitted by the address rules.
 *
 * @param key identity
 * @param claimedCapabilities {@link dev.sluice.proxy.Capability} bits the list claims
 * @param claimedCountry ISO 3166-1 alpha-2 in upper case as the list claims, or null
 */
public record Candidate(
        ProxyKey key, int claimedCapabilities, @Nullable String claimedCountry) {
    public Candidate {
        Objects.requireNonNull(key, "key");
    }
}
