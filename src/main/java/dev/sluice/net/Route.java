package dev.sluice.net;

import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import org.jspecify.annotations.Nullable;

/**
 * The way to a target.
 *
 * @param proxy the proxy between, null for none
 * @param tunnel through a tunnel (CONNECT for an HTTP proxy) instead of an absolute-form request; SOCKS always tunnels
 */
public record Route(@Nullable ProxyKey proxy, boolean tunnel) {
    /** Without a proxy. */
    public static final Route DIRECT = new Route(null, false);

    public Route {
        if (proxy != null && proxy.scheme() == Scheme.UNKNOWN) {
            throw new IllegalArgumentException("scheme: unknown (expected: one to speak)");
        }
        tunnel |= proxy != null && (proxy.scheme() == Scheme.SOCKS4 || proxy.scheme() == Scheme.SOCKS5);
    }

    /** An absolute-form request to an HTTP proxy; a tunnel through SOCKS. */
    public static Route through(ProxyKey proxy) {
        return new Route(proxy, false);
    }

    /** A tunnel, CONNECT for an HTTP proxy. */
    public static Route tunnelling(ProxyKey proxy) {
        return new Route(proxy, true);
    }
}
