package dev.sluice.proxy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identity of a proxy. Two lists that name the same key name the same proxy.
 *
 * @param scheme how to talk to it
 * @param host an IPv4 address in dotted form, an IPv6 address in RFC 5952 form without brackets, or a lower-case host
 *     name without a trailing dot
 * @param port 1..65535
 * @param credentials null when it asks for none
 */
public record ProxyKey(
        Scheme scheme, String host, int port, @Nullable Credentials credentials) {
    public ProxyKey {
        Objects.requireNonNull(scheme, "scheme");
        if (host.isEmpty() || host.length() > 253) {
            throw new IllegalArgumentException("host: " + host.length() + " characters (expected: 1..253)");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
        }
    }

    /** A key without credentials. */
    public static ProxyKey of(Scheme scheme, String host, int port) {
        return new ProxyKey(scheme, host, port, null);
    }

    /** Whether it can be spoken to: it asks for no credentials, or they can be had. */
    public boolean usable() {
        return credentials == null || credentials.available();
    }

    /** The same proxy under another scheme. */
    public ProxyKey withScheme(Scheme other) {
        return new ProxyKey(other, host, port, credentials);
    }

    /** {@code host:port}, IPv6 in brackets. */
    public String address() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }

    /** {@code scheme://host:port}, never with credentials. */
    public String url() {
        return scheme.text() + "://" + address();
    }

    /**
     * {@code scheme://user:password@host:port}, percent-encoded; equal to {@link #url()} without credentials.
     *
     * @throws CredentialUnavailableException when the password cannot be had
     */
    public String urlWithCredentials() {
        if (credentials == null) {
            return url();
        }
        return scheme.text() + "://" + encode(credentials.user()) + ':'
                + encode(credentials.password().reveal()) + '@' + address();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
