package dev.sluice.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/** {@code /}, which names what there is, and {@code /openapi.yaml}, which describes it. */
final class IndexEndpoints {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String YAML = "application/yaml";
    private static final String DOCUMENT = "openapi.yaml";

    /** How long a client may keep the document: it changes with a release. */
    private static final int DOCUMENT_SECONDS = 3_600;

    private final Supplier<List<Route>> routes;
    private final Buffer document;
    private final String tag;

    /**
     * An index.
     *
     * @param routes asked at each request
     * @param document the description, as {@link #document} read it
     */
    IndexEndpoints(Supplier<List<Route>> routes, Buffer document) {
        this.routes = routes;
        this.document = document;
        this.tag = EntityTag.of(document);
    }

    /** The document as packaged. Reads the class path: not for an event loop. */
    static Buffer document() {
        try (InputStream in = IndexEndpoints.class.getResourceAsStream(DOCUMENT)) {
            if (in == null) {
                throw new IllegalStateException(DOCUMENT + ": not packaged (expected: beside this class)");
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void index(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        String accept = exchange.request().getHeader(HttpHeaders.ACCEPT);
        if (Accept.prefers(accept, "text/html", "text/plain")) {
            exchange.request().response().putHeader("content-security-policy", "default-src 'none'");
            exchange.send(200, HTML, Buffer.buffer(html().getBytes(StandardCharsets.UTF_8)));
        } else {
            exchange.text(text());
        }
    }

    void openapi(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.sendLasting(YAML, document, tag, DOCUMENT_SECONDS);
    }

    private String text() {
        StringBuilder text = new StringBuilder("Sluice: a reservoir of working proxies\n\n");
        for (Route route : routes.get()) {
            text.append(String.format("%-6s %-32s %s%n", route.method(), route.template(), route.summary()));
        }
        return text.toString();
    }

    private String html() {
        StringBuilder html = new StringBuilder("""
                <!doctype html>
                <html lang="en"><meta charset="utf-8"><title>Sluice</title>
                <h1>Sluice</h1>
                <p>A reservoir of working proxies.</p>
                <table>
                """);
        for (Route route : routes.get()) {
            boolean link = route.method().equals("GET") && !route.template().contains("{");
            String path = link ? "<a href=\"" + route.template() + "\">" + route.template() + "</a>" : route.template();
            html.append("<tr><td>")
                    .append(route.method())
                    .append("<td>")
                    .append(path)
                    .append("<td>")
                    .append(route.summary())
                    .append('\n');
        }
        return html.append("</table>\n</html>\n").toString();
    }
}
