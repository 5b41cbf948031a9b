package dev.sluice.api;

import dev.sluice.config.SecurityConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Secret;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask. Without a key: who reaches loopback, by a loopback name and not from a page of another origin, so that no web
 * page can have a browser ask on its behalf (DNS rebinding). With a key: who sends it.
 */
final class Guard {
    private static final CharSequence X_API_KEY = HttpHeaders.createOptimized("x-api-key");
    private static final String BEARER = "bearer ";

    private final byte @Nullable [] keyDigest;

    Guard(SecurityConfig security) {
        Secret key = security.adminKey();
        this.keyDigest = key == null ? null : digest(key.reveal());
    }

    /** Why a server must not start this way; null when it may. */
    static @Nullable String refusal(ServerConfig server, SecurityConfig security) {
        Secret key = security.adminKey();
        if (key != null && key.reveal().isBlank()) {
            return "security.admin-key: empty (expected: a key, or none at all)";
        }
        if (key == null && !isLoopback(server.host())) {
            return "server.host: " + server.host()
                    + " (expected: a loopback address such as 127.0.0.1, because no key is set: SLUICE_ADMIN_KEY or security.admin-key)";
        }
        return null;
    }

    /** Why no request like this is answered, whatever it asks for; null when it may go on. */
    @Nullable
    Problem refuseAny(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_1)) {
            return Problems.malformed("Host: " + hosts.size() + " headers (expected: one)");
        }
        String uri = request.uri();
        if (uri == null || !uri.startsWith("/")) {
            return Problems.malformed("request target: " + uri + " (expected: a path; this port is no proxy)");
        }
        if (keyDigest != null) {
            return null;
        }
        String host = hosts.isEmpty() ? null : hosts.get(0);
        if (host != null && !isLoopbackAuthority(host)) {
            return Problems.foreignHost(host);
        }
        for (String origin : request.headers().getAll(HttpHeaders.ORIGIN)) {
            if (!isOwnOrigin(origin, host)) {
                return Problems.foreignOrigin(origin);
            }
        }
        return null;
    }

    /** Why a request without the right key is not answered; null when it has it, or none is needed. */
    @Nullable
    Problem refuseStranger(HttpServerRequest request) {
        if (keyDigest == null) {
            return null;
        }
        String given = key(request);
        boolean known = given != null && MessageDigest.isEqual(keyDigest, digest(given));
        return known ? null : Problems.unauthorized(given != null);
    }

    private static @Nullable String key(HttpServerRequest request) {
        String header = request.getHeader(X_API_KEY);
        if (header != null) {
            return header;
        }
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length()).trim();
        }
        String query = request.query();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (pair.startsWith(Query.API_KEY + "=")) {
                    return decoded(pair.substring(Query.API_KEY.length() + 1));
                }
            }
        }
        return null;
    }

    private static String decoded(String text) {
        try {
            return Query.decode(text);
        } catch (Refused e) {
            return text;
        }
    }

    private static boolean isOwnOrigin(String origin, @Nullable String host) {
        return host != null && origin.equalsIgnoreCase("http://" + host);
    }

    private static boolean isLoopbackAuthority(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean port = colon > authority.lastIndexOf(']');
        if (port && !authority.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9')) {
            return false;
        }
        String host = port ? authority.substring(0, colon) : authority;
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return bracketed == host.contains(":") && isLoopback(host);
    }

    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        byte[] address = IpAddress.parse(name);
        return address == null ? name.equals("localhost") : AddressKind.of(address) == AddressKind.LOOPBACK;
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
