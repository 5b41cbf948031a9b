package dev.sluice.farm;

import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the farm serves over HTTP: the target page, lists, metadata, truth, hostile sources. Confined to the verticle's event
 * loop; documents are made on a worker thread and kept until the listing changes.
 */
final class FarmSite implements Handler<HttpServerRequest> {
    private static final int MAX_BYTES = 64 << 20;
    private static final String LIST = "/list/";
    private static final String HOSTILE = "/hostile/";
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final Vertx vertx;
    private final Farm farm;
    private final HostileSite hostile;
    private final Map<String, Future<Document>> documents = new HashMap<>();
    private Farm.@Nullable Listing listing;

    FarmSite(Vertx vertx, Farm farm) {
        this.vertx = vertx;
        this.farm = farm;
        this.hostile = new HostileSite(vertx);
    }

    /** The same behind the farm's outages: meanwhile lists and truth answer, a target does not. */
    Handler<HttpServerRequest> outages() {
        return request -> {
            if (farm.isCutOff() && isTarget(path(request))) {
                request.connection().close();
            } else {
                handle(request);
            }
        };
    }

    private static boolean isTarget(String path) {
        return path.equals("/") || path.equals("/echo") || path.equals("/bytes") || path.startsWith(HOSTILE);
    }

    private static String path(HttpServerRequest request) {
        return Optional.ofNullable(request.path()).orElse("/");
    }

    @Override
    public void handle(HttpServerRequest request) {
        String path = path(request);
        HttpServerResponse response = request.response();
        if (path.equals("/echo")) {
            echo(request);
            return;
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            response.setStatusCode(405)
                    .putHeader(HttpHeaders.ALLOW, "GET, HEAD")
                    .end();
        } else if (path.equals("/")) {
            send(request, "text/html; charset=utf-8", page(request));
        } else if (path.equals("/bytes")) {
            bytes(request);
        } else if (path.equals("/truth.ndjson")) {
            vertx.executeBlocking(farm::truth, false)
                    .onSuccess(truth -> send(request, "application/x-ndjson", truth))
                    .onFailure(failure -> response.setStatusCode(500).end());
        } else if (path.equals("/truth")) {
            vertx.executeBlocking(farm::truthSummary, false)
                    .onSuccess(truth -> send(request, "application/json", truth))
                    .onFailure(failure -> response.setStatusCode(500).end());
        } else if (path.equals("/meta") || path.startsWith(LIST)) {
            document(request, path);
        } else if (!path.startsWith(HOSTILE) || !hostile.serve(path.substring(HOSTILE.length()), request)) {
            notFound(response);
        }
    }

    private static void notFound(HttpServerResponse response) {
        response.setStatusCode(404)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain")
                .end("no such page on the farm\n");
    }

    private static void send(HttpServerRequest request, String type, String body) {
        HttpServerResponse response = request.response().putHeader(HttpHeaders.CONTENT_TYPE, type);
        Buffer bytes = Buffer.buffer(body);
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(bytes.length()))
                    .end();
        } else {
            response.end(bytes);
        }
    }

    private String page(HttpServerRequest request) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html><html><head><title>The farm</title></head><body>\n")
                .append("<h1>The farm</h1>\n<p>A simulated loopback internet of ")
                .append(farm.proxies().size())
                .append(" proxies. You come from <b id=\"client\">")
                .append(escaped(request.remoteAddress().host()))
                .append("</b> with</p>\n<pre>\n");
        request.headers()
                .forEach((name, value) -> page.append(escaped(name))
                        .append(": ")
                        .append(escaped(value))
                        .append('\n'));
        return page.append("</pre>\n</body></html>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    /** Says what arrived, the body by its length. */
    private static void echo(HttpServerRequest request) {
        AtomicLong length = new AtomicLong();
        request.handler(piece -> length.addAndGet(piece.length()));
        request.endHandler(end -> {
            List<List<String>> headers = new ArrayList<>();
            request.headers().forEach((name, value) -> headers.add(List.of(name, value)));
            Map<String, Object> seen = new LinkedHashMap<>();
            seen.put("client_address", request.remoteAddress().host());
            seen.put("method", request.method().name());
            seen.put("uri", request.uri());
            seen.put("headers", headers);
            seen.put("body_bytes", length.get());
            send(request, "application/json", Json.write(seen));
        });
    }

    private static void bytes(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        String n = Optional.ofNullable(request.getParam("n")).orElse("1024");
        if (!n.matches("\\d{1,8}") || Integer.parseInt(n) > MAX_BYTES) {
            response.setStatusCode(400).end("n: " + n.length() + " characters (expected: 0.." + MAX_BYTES + ")\n");
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
                .putHeader(HttpHeaders.CONTENT_LENGTH, n);
        HostileSite.pour(response, request.method().equals(HttpMethod.HEAD) ? 0 : Integer.parseInt(n));
    }

    private void document(HttpServerRequest request, String path) {
        Farm.Listing now = farm.listing();
        if (now != listing) {
            listing = now;
            documents.clear();
        }
        Future<Document> document = documents.get(path);
        if (document == null) {
            String name = path.startsWith(LIST) ? path.substring(LIST.length()) : path;
            if (!Document.NAMES.contains(name)) {
                notFound(request.response());
                return;
            }
            document = vertx.executeBlocking(() -> Document.of(name, now), false);
            documents.put(path, document);
        }
        document.onSuccess(found -> answer(request, found, now.changedAt()))
                .onFailure(failure -> request.response().setStatusCode(500).end());
    }

    private static void answer(HttpServerRequest request, Document document, Instant changedAt) {
        HttpServerResponse response = request.response()
                .putHeader(HttpHeaders.ETAG, document.tag)
                .putHeader(HttpHeaders.LAST_MODIFIED, HTTP_DATE.format(changedAt));
        if (isCurrent(request, document, changedAt)) {
            response.setStatusCode(304).end();
        } else {
            send(request, document.type, document.body);
        }
    }

    /** RFC 9110 13.2.2: with If-None-Match the date does not count. */
    private static boolean isCurrent(HttpServerRequest request, Document document, Instant changedAt) {
        String tags = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        if (tags != null) {
            return tags.equals("*") || List.of(tags.split("\\s*,\\s*", -1)).contains(document.tag);
        }
        String since = request.getHeader(HttpHeaders.IF_MODIFIED_SINCE);
        if (since == null) {
            return false;
        }
        try {
            return !changedAt.truncatedTo(ChronoUnit.SECONDS).isAfter(Instant.from(HTTP_DATE.parse(since)));
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /** A finished body with its entity tag. */
    private record Document(String type, String body, String tag) {
        static final List<String> NAMES = List.of(
                "all.txt",
                "all.json",
                "all.csv",
                "table.html",
                "http.txt",
                "https.txt",
                "socks4.txt",
                "socks5.txt",
                "unknown.txt",
                "/meta");

        static Document of(String name, Farm.Listing listing) {
            List<FarmProxy> proxies = listing.proxies();
            return switch (name) {
                case "all.txt" -> of("text/plain", Lists.urls(proxies));
                case "all.json" -> of("application/json", Lists.json(proxies));
                case "all.csv" -> of("text/csv", Lists.csv(proxies));
                case "table.html" -> of("text/html; charset=utf-8", Lists.table(proxies));
                case "/meta" -> of("application/json", meta(listing));
                default -> of("text/plain", Lists.bare(proxies, scheme(name.substring(0, name.indexOf('.')))));
            };
        }

        private static Scheme scheme(String text) {
            return Scheme.of(text).orElse(Scheme.UNKNOWN);
        }

        private static String meta(Farm.Listing listing) {
            Map<String, Object> meta = new LinkedHashMap<>();
            meta.put("name", "farm");
            meta.put("timestamp", listing.changedAt().toString());
            meta.put("total", listing.proxies().size());
            meta.put("protocols", Lists.counts(listing.proxies()));
            return Json.write(meta);
        }

        private static Document of(String type, String body) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
                return new Document(type, body, '"' + HexFormat.of().formatHex(digest, 0, 8) + '"');
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }
}
