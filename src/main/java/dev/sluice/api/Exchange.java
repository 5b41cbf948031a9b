package dev.sluice.api;

import dev.sluice.port.Download;
import dev.sluice.telemetry.RequestTimer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request on its way to its answer. Confined to its event loop; answered exactly once. */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    static final String JSON = "application/json";
    static final String TEXT = "text/plain; charset=utf-8";

    /** Value of the header WWW-Authenticate. */
    static final String CHALLENGE = "Bearer realm=\"sluice\"";

    /** How long a client that still sends may read our answer before the connection is cut. */
    private static final long LINGER_MILLIS = 500;

    private static final CharSequence RATE_LIMIT = HttpHeaders.createOptimized("ratelimit");
    private static final CharSequence RATE_LIMIT_POLICY = HttpHeaders.createOptimized("ratelimit-policy");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("x-content-type-options");

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final RequestTimer timer;
    private final Map<String, String> segments;
    private final Admission admission;
    private final @Nullable RequestTrace trace;
    private final long startNanos = System.nanoTime();
    private @Nullable String id;

    /**
     * A request that begins.
     *
     * @param named whether it gets a name even where its client gave none
     * @param trace tells of it when it is over; null where it is not traced
     */
    Exchange(
            Vertx vertx,
            HttpServerRequest request,
            RequestTimer timer,
            Map<String, String> segments,
            Admission admission,
            boolean named,
            @Nullable RequestTrace trace) {
        this.vertx = vertx;
        this.request = request;
        this.timer = timer;
        this.segments = segments;
        this.admission = admission;
        this.trace = trace;
        String given = RequestId.given(request);
        this.id = given == null && named ? RequestId.next() : given;
    }

    HttpServerRequest request() {
        return request;
    }

    Vertx vertx() {
        return vertx;
    }

    /** Whether the caller may see passwords of proxies. */
    boolean maySeeCredentials() {
        return admission.credentials();
    }

    /** Who asks. */
    Caller caller() {
        return admission.caller();
    }

    /** What the request is called in log lines and in the header X-Request-Id: as the client called it, or a new name. */
    String id() {
        String known = id;
        if (known == null) {
            known = RequestId.next();
            id = known;
        }
        return known;
    }

    /** The part of the path that stands for {@code name} in the route's template. */
    String segment(String name) {
        String value = segments.get(name);
        if (value == null) {
            throw new IllegalStateException("segment: " + name + " (expected: one of " + segments.keySet() + ")");
        }
        return value;
    }

    /** The same future, completing on this exchange's event loop whatever thread the other one completes on. */
    <T> Future<T> here(Future<T> other) {
        Context context = vertx.getOrCreateContext();
        Promise<T> here = Promise.promise();
        other.onComplete(result -> context.runOnContext(hopped -> here.complete(result.result(), result.cause())));
        return here.future();
    }

    void json(int status, JsonObject body) {
        send(status, JSON, body.toBuffer());
    }

    /** Answers 200 with what is JSON already. */
    void json(Buffer body) {
        send(200, JSON, body);
    }

    void text(String body) {
        send(200, TEXT, Buffer.buffer(body));
    }

    void problem(Problem problem) {
        if (problem.status() == 401) {
            request.response().putHeader("WWW-Authenticate", CHALLENGE);
        }
        String later = problem.retryAfter();
        if (later != null) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, later);
        }
        send(problem.status(), Problem.MEDIA_TYPE, problem.json().toBuffer());
    }

    /** Runs what answers later; whatever it throws becomes an answer as well. */
    void guarded(Runnable answering) {
        try {
            answering.run();
        } catch (Refused e) {
            problem(e.problem());
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /** Answers what ended in {@code failure}: with its problem where it has one; not at all when the client has left. */
    void refuse(Throwable failure) {
        if (failure instanceof Refused refused) {
            problem(refused.problem());
        } else if (!gone()) {
            failed(failure);
        }
    }

    /** Answers a fault of our own, which the log tells about. */
    void failed(Throwable failure) {
        LOG.atError()
                .addKeyValue("method", request.method())
                .addKeyValue("path", request.path())
                .addKeyValue("request", id())
                .setCause(failure)
                .log("a request could not be answered");
        problem(Problems.internal());
    }

    /** Answers as a whole; a HEAD request gets the head of it. */
    void send(int status, String contentType, Buffer body) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        head(status, contentType);
        end(status, body);
    }

    /**
     * Answers with what changes with the version of this program only: a client may keep it for a while, and is told when
     * the one it has still holds (RFC 9110, 13.1.2).
     *
     * @param tag entity tag, in quotes
     * @param maxAgeSeconds how long it may be kept without asking
     */
    void sendLasting(String contentType, Buffer body, String tag, int maxAgeSeconds) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        head(200, contentType);
        response.putHeader(HttpHeaders.CACHE_CONTROL, "private, max-age=" + maxAgeSeconds)
                .putHeader(HttpHeaders.ETAG, tag);
        if (EntityTag.matches(request.headers().getAll(HttpHeaders.IF_NONE_MATCH), tag)) {
            response.setStatusCode(304).headers().remove(HttpHeaders.CONTENT_TYPE);
            response.end();
            ended(304);
        } else {
            end(200, body);
        }
    }

    private void end(int status, Buffer body) {
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        boolean cut = bodyIsComing();
        if (cut) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        var sent = HttpMethod.HEAD.equals(request.method()) ? response.end() : response.end(body);
        ended(status);
        if (cut) {
            sent.onComplete(done ->
                    vertx.setTimer(LINGER_MILLIS, id -> request.connection().close()));
        }
    }

    /** Answers that it was done, and nothing else. */
    void noContent() {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        name(204);
        limits(response.setStatusCode(204)).putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
        response.end();
        ended(204);
    }

    /** Lets a client that asked before (RFC 9110, 10.1.1) send its body. */
    void awaitBody() {
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
    }

    /** Whether the client has left. */
    boolean gone() {
        return request.response().closed();
    }

    /** Whether a body can be sent in parts. */
    boolean canStream() {
        return request.version() != HttpVersion.HTTP_1_0 && !HttpMethod.HEAD.equals(request.method());
    }

    /** Whether only the head of the answer is wanted. */
    boolean wantsHeadOnly() {
        return HttpMethod.HEAD.equals(request.method());
    }

    /** Answers with the head of what would be sent in parts. */
    void streamHead(int status, String contentType) {
        stream(status, contentType);
        streamed();
    }

    /**
     * Answers with a part of a file; a HEAD request gets the head of it.
     *
     * @return fails when the file cannot be read, before anything was sent, or when the client leaves
     */
    Future<Void> sendFile(int status, String contentType, Path file, long from, long length) {
        head(status, contentType);
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
        Future<Void> sent =
                wantsHeadOnly() || length == 0 ? response.end() : response.sendFile(file.toString(), from, length);
        return sent.onSuccess(done -> ended(status));
    }

    /** Begins an answer of unknown length; {@link #streamed} ends it. */
    HttpServerResponse stream(int status, String contentType) {
        head(status, contentType);
        return request.response().setChunked(true);
    }

    /** Answers with a file as it is now; the client is told to keep it under its name. */
    void file(Download file) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        head(200, file.type());
        response.putHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + file.name() + '"');
        if (HttpMethod.HEAD.equals(request.method())) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(file.bytes()));
            response.end();
            ended(200);
            return;
        }
        response.sendFile(file.file().toString(), 0, file.bytes())
                .onSuccess(sent -> ended(200))
                .onFailure(failure -> {
                    if (response.headWritten()) {
                        request.connection().close();
                    } else {
                        response.headers().remove(HttpHeaders.CONTENT_DISPOSITION);
                        refuse(failure);
                    }
                });
    }

    void streamed() {
        HttpServerResponse response = request.response();
        response.end();
        ended(response.getStatusCode());
    }

    private void ended(int status) {
        long nowNanos = System.nanoTime();
        timer.record(status, nowNanos - startNanos);
        if (trace != null) {
            trace.ended(status, startNanos, nowNanos, id);
        }
    }

    /** Tells the name of a request that has one, or needs one because the fault is ours. */
    private void name(int status) {
        if (id != null || status >= 500) {
            request.response().putHeader(RequestId.HEADER, id());
        }
    }

    private void head(int status, String contentType) {
        name(status);
        limits(request.response().setStatusCode(status))
                .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF);
    }

    /** Tells what is left of a limit, where one applies. */
    private HttpServerResponse limits(HttpServerResponse response) {
        String left = admission.rateLimit();
        String policy = admission.rateLimitPolicy();
        if (left != null && policy != null) {
            response.putHeader(RATE_LIMIT, left).putHeader(RATE_LIMIT_POLICY, policy);
        }
        return response;
    }

    /** Whether the client goes on sending a body that nobody reads: it might never end. */
    private boolean bodyIsComing() {
        if (request.isEnded()) {
            return false;
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
    }
}
