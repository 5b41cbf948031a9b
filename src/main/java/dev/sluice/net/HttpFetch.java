package dev.sluice.net;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * A GET request for {@link GuardedHttp}.
 *
 * @param url absolute, http or https, without user information
 * @param headers of the operator; they may hold keys, so they are only sent to the origin of {@code url}
 * @param validators make the request conditional
 * @param timeout for all of it: names, connections, redirects, body and whoever reads it
 * @param maxBytes most body bytes, both as sent and unpacked; at least 1
 * @param plainElsewhere whether a redirect may lead to http at another origin, if {@code url} is http itself
 */
public record HttpFetch(
        URI url,
        Map<String, String> headers,
        Validators validators,
        Duration timeout,
        long maxBytes,
        boolean plainElsewhere) {
    /** A request that may be redirected as {@link GuardedHttp} allows. */
    public HttpFetch(URI url, Map<String, String> headers, Validators validators, Duration timeout, long maxBytes) {
        this(url, headers, validators, timeout, maxBytes, true);
    }

    public HttpFetch {
        headers = Map.copyOf(headers);
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: >= 1)");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
        }
    }
}
