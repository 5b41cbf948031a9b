package dev.sluice.pool;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Scheme;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How clients name a proxy: {@code host:port}, or the URL under which it was served, with or without credentials.
 *
 * @param scheme null when not told
 * @param credentials null when not told
 * @param host in lower case, IPv6 without brackets
 * @param ipv4 the host as a number; -1 where it is none
 * @param port 1..65535
 */
public record ServedName(@Nullable Scheme scheme, @Nullable Credentials credentials, String host, long ipv4, int port) {
    private static final int MAX_LENGTH = 2_000;

    /** Reads a name; null when {@code text} is none. */
    public static @Nullable ServedName parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        Scheme scheme = null;
        String rest = text;
        int separator = text.indexOf("://");
        if (separator >= 0) {
            scheme = Scheme.of(text.substring(0, separator)).orElse(Scheme.UNKNOWN);
            if (scheme == Scheme.UNKNOWN) {
                return null;
            }
            rest = text.substring(separator + 3);
        }
        if (rest.endsWith("/")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        Credentials credentials = null;
        int at = rest.lastIndexOf('@');
        if (at >= 0) {
            credentials = credentials(rest.substring(0, at));
            if (credentials == null) {
                return null;
            }
            rest = rest.substring(at + 1);
        }
        String address = rest.toLowerCase(Locale.ROOT);
        if (!isAddress(address)) {
            return null;
        }
        int colon = address.lastIndexOf(':');
        boolean bracketed = address.charAt(0) == '[';
        String host = bracketed ? address.substring(1, colon - 1) : address.substring(0, colon);
        return new ServedName(
                scheme, credentials, host, Row.ipv4(host), Integer.parseInt(address.substring(colon + 1)));
    }

    /** {@code host:port}, IPv6 in brackets. */
    String address() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }

    /** Whether {@code proxy} goes by this name. */
    boolean names(Served proxy) {
        return port == proxy.port()
                && (scheme == null || scheme == proxy.scheme())
                && (credentials == null || credentials.equals(proxy.credentials()))
                && (proxy.isIpv4() ? ipv4 == proxy.ipv4() : host.equals(proxy.host()));
    }

    private static @Nullable Credentials credentials(String text) {
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        String password = colon < 0 ? "" : text.substring(colon + 1);
        try {
            return Credentials.of(decode(user), decode(password));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static boolean isAddress(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || colon == text.length() - 1 || text.length() - colon > 6) {
            return false;
        }
        int port = 0;
        for (int i = colon + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
            port = port * 10 + (c - '0');
        }
        for (int i = 0; i < colon; i++) {
            char c = text.charAt(i);
            boolean legal = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "-._:[]".indexOf(c) >= 0;
            if (!legal) {
                return false;
            }
        }
        boolean bracketed = text.charAt(0) == '[' && text.charAt(colon - 1) == ']';
        return port >= 1 && port <= 65_535 && (bracketed || text.indexOf(':') == colon);
    }
}
