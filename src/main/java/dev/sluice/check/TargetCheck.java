package dev.sluice.check;

import dev.sluice.config.TargetConfig;
import dev.sluice.judge.HeaderField;
import dev.sluice.net.Exchange;
import dev.sluice.net.Request;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A check of the operator's own: a page, and what it must be like. A redirect is a status like any other, it is not
 * followed. Immutable, thread-safe.
 *
 * @param name as configured
 * @param request as it is sent; over TLS the certificate must be valid for its name
 * @param statuses that pass
 * @param contains what the body must contain, byte for byte in UTF-8; null for no such rule
 * @param containsNot what it must not contain
 * @param member what it must have as JSON
 */
record TargetCheck(
        String name,
        Request request,
        List<Integer> statuses,
        @Nullable String contains,
        @Nullable String containsNot,
        @Nullable JsonPath member) {

    TargetCheck {
        statuses = List.copyOf(statuses);
    }

    /**
     * Reads {@code check.targets.NAME}.
     *
     * @throws IllegalArgumentException naming the target and what is wrong with it
     */
    static TargetCheck of(String name, TargetConfig config) {
        try {
            return new TargetCheck(
                    name,
                    request(config.url()),
                    config.status(),
                    asBytes(config.contains()),
                    asBytes(config.containsNot()),
                    config.jsonPath() == null ? null : JsonPath.parse(config.jsonPath()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("check.targets." + name + ": " + e.getMessage(), e);
        }
    }

    private static Request request(String url) {
        URI uri;
        try {
            uri = new URI(new URI(url).toASCIIString());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(refusal(url), e);
        }
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        String host = uri.getHost();
        if (host == null || !tls && !"http".equalsIgnoreCase(uri.getScheme()) || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException(refusal(url));
        }
        int usual = tls ? 443 : 80;
        int port = uri.getPort() < 0 ? usual : uri.getPort();
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(refusal(url));
        }
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : '?' + uri.getRawQuery();
        List<HeaderField> headers = List.of(
                new HeaderField("Host", port == usual ? host : host + ':' + port),
                new HeaderField("User-Agent", "Mozilla/5.0 (compatible; Sluice)"),
                new HeaderField("Accept", "*/*"),
                new HeaderField("Accept-Encoding", "identity"),
                new HeaderField("Connection", "close"));
        return new Request(tls, host.replace("[", "").replace("]", ""), port, path + query, headers, null);
    }

    private static String refusal(String url) {
        return "url: " + url.length() + " characters (expected: http://HOST[:PORT][/PATH][?QUERY] or https://…)";
    }

    /** Texts are compared by their bytes, each held as one character. */
    private static @Nullable String asBytes(@Nullable String text) {
        return text == null ? null : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** What is wrong with what came, for logs; null when it passes. */
    @Nullable
    String fault(Exchange exchange) {
        if (exchange instanceof Exchange.Failed failed) {
            return failed.reason().text();
        }
        if (!(exchange instanceof Exchange.Reached reached)) {
            return "no answer";
        }
        if (!statuses.contains(reached.status())) {
            return "status " + reached.status();
        }
        String body = new String(reached.body(), StandardCharsets.ISO_8859_1);
        if (contains != null && !body.contains(contains)) {
            return "a text is missing";
        }
        if (containsNot != null && body.contains(containsNot)) {
            return "a text that must not be there";
        }
        return member == null || member.isIn(reached.body()) ? null : "a JSON member is missing, or has another value";
    }
}
