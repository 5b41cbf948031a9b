package dev.sluice.check;

import dev.sluice.judge.EchoPage;
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
 * @param path of the echo, begins with a slash; a public page's may end with one and have a query
 */
public record JudgeUrl(boolean tls, String host, int port, String path) {
    private static final String DEFAULT_PATH = "/judge";

    private static final String USER_AGENT = "Mozilla/5.0 (compatible; Sluice)";

    /** Asks httpbin for the headers it hides otherwise, {@code Via} among them; others don't mind. */
    private static final String SHOW_ALL = "?show_env=1";

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
        JudgeUrl read = read(url);
        String path = read.path.equals("/") ? DEFAULT_PATH : read.path;
        path = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return new JudgeUrl(read.tls, read.host, read.port, path);
    }

    /**
     * Reads the same for a public page: the path is {@code /} when absent, and is kept as it is.
     *
     * @throws IllegalArgumentException when {@code url} is neither
     */
    public static JudgeUrl parsePublic(String url) {
        JudgeUrl read = read(url);
        return new JudgeUrl(read.tls, read.host, read.port, read.path + SHOW_ALL);
    }

    private static JudgeUrl read(String url) {
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
        return new JudgeUrl(
                tls, host.replace("[", "").replace("]", ""), port, path == null || path.isEmpty() ? "/" : path);
    }

    private static String refusal(String url) {
        return "judge: " + url + " (expected: http://HOST[:PORT][/PATH] or https://…)";
    }

    /** As configured, the usual port and the query left out. */
    String text() {
        return (tls ? "https://" : "http://") + authority() + withoutQuery();
    }

    /** {@code host:port}, IPv6 in brackets. */
    String address() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }

    private String withoutQuery() {
        int query = path.indexOf('?');
        return query < 0 ? path : path.substring(0, query);
    }

    private String authority() {
        boolean usual = port == (tls ? 443 : 80);
        return usual ? address().substring(0, address().lastIndexOf(':')) : address();
    }

    /**
     * The request that is echoed. Its headers are an ordinary client's, but for the canary: what a proxy strips, adds or
     * rewrites shows up.
     */
    Request echo(String nonce, @Nullable String pin) {
        String query = (path.indexOf('?') < 0 ? "?" : "&") + EchoPage.PARAMETER + '=' + nonce;
        return new Request(
                tls,
                host,
                port,
                path + query,
                List.of(
                        new HeaderField("Host", authority()),
                        new HeaderField("User-Agent", USER_AGENT),
                        new HeaderField("Accept", "*/*"),
                        new HeaderField("Accept-Language", "en-US,en;q=0.8"),
                        new HeaderField("Accept-Encoding", "identity"),
                        new HeaderField("DNT", "1"),
                        new HeaderField(EchoPage.CANARY, nonce),
                        new HeaderField("Cookie", "lang=en; theme=light"),
                        new HeaderField("Connection", "close")),
                tls ? pin : null);
    }

    /** The request for a page that invites tampering. */
    Request page(String token, @Nullable String pin) {
        String base = withoutQuery();
        return new Request(
                tls,
                host,
                port,
                (base.endsWith("/") ? base : base + '/') + "page/" + token,
                List.of(
                        new HeaderField("Host", authority()),
                        new HeaderField("User-Agent", USER_AGENT),
                        new HeaderField("Accept", "*/*"),
                        new HeaderField("Accept-Encoding", "identity"),
                        new HeaderField("Connection", "close")),
                tls ? pin : null);
    }
}
