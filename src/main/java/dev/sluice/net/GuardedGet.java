package dev.sluice.net;

import dev.sluice.net.HttpFetchException.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** One request of {@link GuardedHttp} with its redirects. Confined to its context. */
final class GuardedGet {
    static final int MAX_REDIRECTS = 3;
    /** Unpacked bytes from which on {@link #MAX_RATIO} holds. */
    static final long RATIO_FREE_BYTES = 1L << 20;
    /** Most unpacked bytes for each byte sent. Lists pack 3 to 10 times. */
    static final long MAX_RATIO = 100;

    private static final int MAX_CONNECT_MILLIS = 10_000;
    private static final int MAX_ADDRESSES = 3;
    private static final int PIECE = 64 * 1024;
    /**
     * Received bytes that wait for a slow sink. Only beyond it the connection is paused: when a server closes a connection
     * that is paused, Vert.x 5.0.10 throws away what it has read of it, so that a list would seem to end early.
     */
    private static final long QUEUE_HIGH = 16L << 20;

    private static final long QUEUE_LOW = 4L << 20;
    private static final Duration MAX_RETRY_AFTER = Duration.ofDays(1);

    private final Context context;
    private final HttpClientAgent client;
    private final GuardedResolver resolver;
    private final HttpFetch fetch;
    private final BodySink sink;
    private final Promise<HttpFetched> promise;
    private final byte[] piece = new byte[PIECE];

    private long timer;
    private int redirects;
    private boolean done;
    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private @Nullable ContentDecoder decoder;
    private String shown = "";
    private final ArrayDeque<Buffer> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean paused;
    private boolean busy;
    private boolean ended;
    private @Nullable Throwable broken;
    private long wireBytes;
    private long bodyBytes;

    GuardedGet(
            Context context,
            HttpClientAgent client,
            GuardedResolver resolver,
            HttpFetch fetch,
            BodySink sink,
            Promise<HttpFetched> promise) {
        this.context = context;
        this.client = client;
        this.resolver = resolver;
        this.fetch = fetch;
        this.sink = sink;
        this.promise = promise;
    }

    void start() {
        timer = context.owner()
                .setTimer(
                        Math.max(1, fetch.timeout().toMillis()),
                        id -> fail(
                                Kind.TIMEOUT,
                                "not done after " + fetch.timeout().toMillis() + " ms, " + wireBytes
                                        + " bytes received"));
        visit(fetch.url());
    }

    /** Ends it, unless it has ended. On its context. */
    void abandon() {
        fail(Kind.ABANDONED, "no longer wanted, " + wireBytes + " bytes received");
    }

    private void visit(URI url) {
        shown = redirects == 0 ? show(url) : show(fetch.url()) + " -> " + show(url);
        String refusal = refusal(url);
        if (refusal != null) {
            fail(Kind.REFUSED, refusal);
            return;
        }
        String host = unbracketed(url.getHost());
        resolver.resolve(host)
                .onComplete(
                        addresses -> context.runOnContext(v -> connect(url, host, addresses, 0)),
                        failure -> context.runOnContext(v -> fail(
                                failure instanceof ForbiddenAddressException ? Kind.REFUSED : Kind.UNREACHABLE,
                                message(failure),
                                failure)));
    }

    /** What is wrong with an address before anything is asked; null when nothing is. */
    static @Nullable String refusal(URI url) {
        String scheme = url.getScheme();
        if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
            return "scheme: " + scheme + " (expected: http or https)";
        }
        if (url.getHost() == null) {
            return "no host (expected: an absolute address)";
        }
        if (url.getRawUserInfo() != null) {
            return "user information in the address (expected: none, headers can carry it)";
        }
        if (url.getPort() == 0 || url.getPort() > 65535) {
            return "port: " + url.getPort() + " (expected: 1..65535)";
        }
        return null;
    }

    private void connect(URI url, String host, List<InetAddress> addresses, int index) {
        if (done) {
            return;
        }
        boolean tls = isTls(url);
        int port = portOf(url);
        InetAddress address = addresses.get(index);
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port)))
                .setHost(host)
                .setPort(port)
                .setSsl(tls)
                .setURI(target(url))
                .setFollowRedirects(false)
                .setConnectTimeout(
                        Math.min(MAX_CONNECT_MILLIS, Math.max(1, fetch.timeout().toMillis())));
        client.request(options).onComplete(fresh -> send(url, fresh), failure -> {
            if (!done && index + 1 < Math.min(MAX_ADDRESSES, addresses.size())) {
                connect(url, host, addresses, index + 1);
            } else {
                fail(Kind.UNREACHABLE, message(failure), failure);
            }
        });
    }

    private void send(URI url, HttpClientRequest fresh) {
        if (done) {
            fresh.connection().close();
            return;
        }
        request = fresh;
        // Failures come with the future; without a handler Vert.x would log closing on purpose as an error.
        fresh.exceptionHandler(failure -> {});
        fresh.putHeader("accept-encoding", "gzip, deflate")
                .putHeader("user-agent", "sluice")
                .putHeader("accept", "*/*");
        if (sameOrigin(url, fetch.url())) {
            for (Map.Entry<String, String> header : fetch.headers().entrySet()) {
                try {
                    fresh.putHeader(header.getKey(), header.getValue());
                } catch (IllegalArgumentException e) {
                    fail(
                            Kind.REFUSED,
                            "headers: " + header.getKey() + " (expected: a header name and a printable value)");
                    return;
                }
            }
        }
        String etag = fetch.validators().etag();
        if (etag != null) {
            fresh.putHeader("if-none-match", etag);
        }
        String lastModified = fetch.validators().lastModified();
        if (lastModified != null) {
            fresh.putHeader("if-modified-since", lastModified);
        }
        fresh.send()
                .onComplete(
                        answer -> answered(url, answer), failure -> fail(Kind.UNREACHABLE, message(failure), failure));
    }

    private void answered(URI url, HttpClientResponse answer) {
        if (done) {
            return;
        }
        answer.exceptionHandler(failure -> {});
        int status = answer.statusCode();
        if (status == 304 && fetch.validators().present()) {
            succeed(new HttpFetched(true, fetch.validators(), 0, 0));
        } else if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) {
            redirect(url, answer);
        } else if (status != 200 && status != 203) {
            fail(new HttpFetchException(
                    Kind.STATUS,
                    shown + ": status " + status + " (expected: 200)",
                    status,
                    retryAfter(answer.getHeader("retry-after")),
                    null));
        } else {
            body(answer);
        }
    }

    private void redirect(URI url, HttpClientResponse answer) {
        String location = answer.getHeader("location");
        if (location == null) {
            fail(Kind.STATUS, "status " + answer.statusCode() + " without a location");
            return;
        }
        if (++redirects > MAX_REDIRECTS) {
            fail(Kind.REFUSED, "more than " + MAX_REDIRECTS + " redirects");
            return;
        }
        URI next;
        try {
            next = url.resolve(new URI(location));
        } catch (URISyntaxException e) {
            fail(Kind.REFUSED, "redirected to something that is no address");
            return;
        }
        if (isTls(url) && !isTls(next)) {
            fail(Kind.REFUSED, "redirected from https to " + show(next) + " (expected: https)");
            return;
        }
        if (!fetch.plainElsewhere() && !isTls(next) && next.getHost() != null && !sameOrigin(next, fetch.url())) {
            fail(Kind.REFUSED, "redirected to " + show(next) + " (expected: https, or the same origin)");
            return;
        }
        dropConnection();
        visit(next);
    }

    private void body(HttpClientResponse answer) {
        String declared = answer.getHeader("content-length");
        if (declared != null && exceeds(declared, fetch.maxBytes())) {
            fail(Kind.TOO_LARGE, "content-length: " + declared + " (expected: at most " + fetch.maxBytes() + " bytes)");
            return;
        }
        try {
            decoder = ContentDecoder.of(answer.getHeader("content-encoding"));
            sink.begin(mediaType(answer.getHeader("content-type")));
        } catch (ZipException e) {
            fail(Kind.BROKEN, message(e));
            return;
        } catch (IOException e) {
            fail(Kind.REFUSED, message(e));
            return;
        }
        response = answer;
        answer.exceptionHandler(failure -> {
            broken = failure;
            end();
        });
        answer.endHandler(v -> end());
        answer.handler(this::received);
    }

    private void end() {
        ended = true;
        if (!busy) {
            pump();
        }
    }

    private void received(Buffer bytes) {
        HttpClientResponse from = response;
        if (done || from == null) {
            return;
        }
        wireBytes += bytes.length();
        if (wireBytes > fetch.maxBytes()) {
            fail(Kind.TOO_LARGE, "more than " + fetch.maxBytes() + " bytes");
            return;
        }
        queue.add(bytes);
        queuedBytes += bytes.length();
        if (queuedBytes > QUEUE_HIGH && !paused) {
            paused = true;
            from.pause();
        }
        if (!busy) {
            pump();
        }
    }

    /** Hands over unpacked bytes until more are needed from the connection, or the sink wants to be waited for. */
    private void pump() {
        busy = true;
        while (!done) {
            ContentDecoder current = decoder;
            if (current == null) {
                return;
            }
            int length;
            try {
                length = current.read(piece);
            } catch (ZipException e) {
                fail(Kind.BROKEN, message(e), e);
                return;
            }
            if (length == 0) {
                Buffer next = queue.poll();
                if (next == null) {
                    drained(current);
                    return;
                }
                queuedBytes -= next.length();
                current.input(next.getBytes());
                continue;
            }
            bodyBytes += length;
            if (bodyBytes > fetch.maxBytes()) {
                fail(Kind.TOO_LARGE, "unpacks to more than " + fetch.maxBytes() + " bytes");
                return;
            }
            if (bodyBytes > RATIO_FREE_BYTES && bodyBytes / MAX_RATIO > wireBytes) {
                fail(Kind.TOO_LARGE, "unpacks to more than " + MAX_RATIO + " times its size");
                return;
            }
            Future<Void> taken = sink.accept(piece, 0, length);
            if (!taken.isComplete()) {
                taken.onComplete(
                        v -> context.runOnContext(w -> pump()), failure -> context.runOnContext(w -> fail(failure)));
                return;
            }
            if (taken.failed()) {
                fail(taken.cause());
                return;
            }
            resumeWhenLow();
        }
    }

    private void resumeWhenLow() {
        if (paused && queuedBytes < QUEUE_LOW && response != null) {
            paused = false;
            response.resume();
        }
    }

    /** Everything received has been handed over. */
    private void drained(ContentDecoder current) {
        busy = false;
        HttpClientResponse from = response;
        Throwable failure = broken;
        if (failure != null) {
            fail(Kind.BROKEN, "the body ends early, after " + wireBytes + " bytes: " + message(failure), failure);
            return;
        }
        if (!ended || from == null) {
            resumeWhenLow();
            return;
        }
        try {
            current.end();
        } catch (ZipException e) {
            fail(Kind.BROKEN, message(e), e);
            return;
        }
        succeed(new HttpFetched(
                false, new Validators(from.getHeader("etag"), from.getHeader("last-modified")), wireBytes, bodyBytes));
    }

    private void succeed(HttpFetched fetched) {
        if (!done) {
            finish();
            promise.tryComplete(fetched);
        }
    }

    private void fail(Kind kind, String what) {
        fail(new HttpFetchException(kind, shown + ": " + what));
    }

    private void fail(Kind kind, String what, Throwable cause) {
        fail(new HttpFetchException(kind, shown + ": " + what, cause));
    }

    private void fail(Throwable failure) {
        if (!done) {
            finish();
            promise.tryFail(failure);
        }
    }

    private void finish() {
        done = true;
        queue.clear();
        context.owner().cancelTimer(timer);
        dropConnection();
        // While a sink works on a piece nothing else reads from the decoder, so it can go at once.
        if (decoder != null) {
            decoder.close();
            decoder = null;
        }
    }

    /** Connections serve one request; closing also ends a body that was not read. */
    private void dropConnection() {
        HttpClientRequest last = request;
        HttpClientResponse from = response;
        request = null;
        response = null;
        if (last == null) {
            return;
        }
        if (from == null) {
            last.connection().close();
            return;
        }
        // What a paused connection holds would never be released (Vert.x 5.0.10): let it flow off, then close.
        from.resume();
        context.runOnContext(v -> last.connection().close());
    }

    private static @Nullable String mediaType(@Nullable String contentType) {
        if (contentType == null) {
            return null;
        }
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .trim()
                .toLowerCase(Locale.ROOT);
    }

    private static boolean exceeds(String digits, long limit) {
        try {
            return Long.parseLong(digits.trim()) > limit;
        } catch (NumberFormatException e) {
            return true;
        }
    }

    /** Seconds or a date (RFC 9110, section 10.2.3). */
    static @Nullable Duration retryAfter(@Nullable String value) {
        if (value == null) {
            return null;
        }
        Duration wait;
        try {
            wait = value.matches("[0-9]{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(Instant.now(), ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeParseException e) {
            return null;
        }
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait;
    }

    private static boolean sameOrigin(URI a, URI b) {
        return isTls(a) == isTls(b)
                && portOf(a) == portOf(b)
                && unbracketed(a.getHost()).equalsIgnoreCase(unbracketed(b.getHost()));
    }

    private static boolean isTls(URI url) {
        return "https".equalsIgnoreCase(url.getScheme());
    }

    private static int portOf(URI url) {
        return url.getPort() > 0 ? url.getPort() : isTls(url) ? 443 : 80;
    }

    private static String target(URI url) {
        String path = url.getRawPath();
        String query = url.getRawQuery();
        return (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : '?' + query);
    }

    static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** For messages: without query and user information, which may hold keys. */
    static String show(URI url) {
        StringBuilder text = new StringBuilder();
        text.append(url.getScheme()).append("://").append(url.getHost());
        if (url.getPort() >= 0) {
            text.append(':').append(url.getPort());
        }
        return text.append(url.getRawPath() == null ? "" : url.getRawPath()).toString();
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isEmpty() ? failure.getClass().getSimpleName() : message;
    }
}
