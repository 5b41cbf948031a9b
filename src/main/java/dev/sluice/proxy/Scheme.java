package dev.sluice.proxy;

import java.util.Locale;
import java.util.Optional;

/** How to talk to a proxy. What it can reach is its {@linkplain Capability capabilities}. */
public enum Scheme {
    /** Plain HTTP proxy: absolute-form requests, and CONNECT where {@link Capability#HTTPS} is proven. */
    HTTP,
    /** HTTP proxy that is itself reached over TLS. */
    HTTPS,
    SOCKS4,
    SOCKS5,
    /** Listed without a protocol; a check finds out which it speaks. Never served. */
    UNKNOWN;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The URL scheme in lower case, for example {@code socks5}. */
    public String text() {
        return text;
    }

    /** The scheme with this {@link #text()}, in any case; empty when there is none. */
    public static Optional<Scheme> of(String text) {
        for (Scheme scheme : values()) {
            if (scheme.text.equalsIgnoreCase(text)) {
                return Optional.of(scheme);
            }
        }
        return Optional.empty();
    }
}
