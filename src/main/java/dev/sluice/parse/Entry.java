package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * One entry as a list has it, before it is given an identity.
 *
 * @param protocol claimed protocol: {@code http}, {@code https}, {@code socks4}, {@code socks5}; null when the entry
 *     names none
 * @param host canonical: see {@link dev.sluice.proxy.ProxyKey#host()}
 * @param port 1..65535
 * @param credentials null when it has none
 * @param country as the list says it: ISO code or name; null when unknown
 */
public record Entry(
        @Nullable String protocol,
        String host,
        int port,
        @Nullable Credentials credentials,
        @Nullable String country) {}
