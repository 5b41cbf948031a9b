package dev.sluice.check;

import dev.sluice.judge.HeaderField;
import dev.sluice.net.Request;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a judge answers.
 *
 * @param tls whether it speaks TLS
 * @param host name or address, IPv6 without brackets
 * @param port 1..65535
 * @param path of the echo, begins with a slash and ends without
 */
public record JudgeUrl(boolean tls, String host, int port, String path) {
    private static final String DEFAULT_PATH = "/judge";

    public JudgeUrl {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
        }
    }

    /**
     * Reads {@code http://HOST[:PORT][/PATH]} or the same with {@code https}; the path is {@code /judge} when absent.
     *
     * @throws IllegalArgumentException when {@code url} is neither
     */
    public static JudgeUrl parse(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(refusal(url), e);
        }
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        String host = uri.getHost();
        if (!tls && !"http".equalsIgnoreCase(uri.getScheme())
                || host == null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException(refusal(url));
        }
        int port = uri.getPort() < 0 ? tls ? 443 : 80 : uri.getPort();
        String path = uri.getRawPath();
        path = path == null || path.isEmpty() || path.equals("/") ? DEFAULT_PATH : path;
        path = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return new JudgeUrl(tls, host.replace("[", "").replace("]", ""), port, path);
    }

    private static String refusal(String url) {
        return "judge: " + url + " (expected: http://HOST[:PORT][/PATH] or https://…)";
    }

    /** The request that is echoed. */
    Request echo(String nonce, @Nullable String pin) {
        return request(path + "?nonce=" + nonce, pin);
    }

    /** The request for a page that invites tampering. */
    Request page(String token, @Nullable String pin) {
        return request(path + "/page/" + token, pin);
    }

    private Request request(String target, @Nullable String pin) {
        boolean usual = port == (tls ? 443 : 80);
        String name = host.indexOf(':') >= 0 ? '[' + host + ']' : host;
        List<HeaderField> headers = List.of(
                new HeaderField("Host", usual ? name : name + ':' + port),
                new HeaderField("User-Agent", "Mozilla/5.0 (compatible; Sluice)"),
                new HeaderField("Accept", "*/*"),
                new HeaderField("Accept-Encoding", "identity"),
                new HeaderField("Connection", "close"));
        return new Request(tls, host, port, target, headers, tls ? pin : null);
    }
}
