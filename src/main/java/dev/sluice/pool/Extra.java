package dev.sluice.pool;

import dev.sluice.proxy.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * What only some proxies have and no row has room for.
 *
 * @param host where it is no IPv4 address
 * @param exitAddress where it is no IPv4 address
 */
record Extra(
        @Nullable String host,
        @Nullable Credentials credentials,
        @Nullable String exitAddress) {}
