package dev.sluice.net;

import dev.sluice.judge.HeaderField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A GET request.
 *
 * @param tls whether the target speaks TLS; through a proxy this needs a tunnel
 * @param host the target's name or address, IPv6 without brackets
 * @param port the target's
 * @param path with query, begins with a slash
 * @param headers sent as they are, in this order, {@code Host} included
 * @param pin the {@link SpkiPin} the target's certificate must have; null: it must be valid for {@code host}
 */
public record Request(
        boolean tls,
        String host,
        int port,
        String path,
        List<HeaderField> headers,
        @Nullable String pin) {
    public Request {
        headers = List.copyOf(headers);
        if (!path.startsWith("/") || hasBreak(path)) {
            throw new IllegalArgumentException("path: " + path.length() + " characters (expected: /… on one line)");
        }
        for (HeaderField header : headers) {
            if (hasBreak(header.name())
                    || header.value().indexOf('\n') >= 0
                    || header.value().indexOf('\r') >= 0) {
                throw new IllegalArgumentException("header: line break (expected: none)");
            }
        }
    }

    private static boolean hasBreak(String text) {
        return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0 || text.indexOf(' ') >= 0;
    }

    /** {@code host:port}, IPv6 in brackets. */
    String authority() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }
}
