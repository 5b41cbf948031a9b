package dev.sluice.api;

import dev.sluice.judge.HeaderField;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.judge.Nonce;
import dev.sluice.judge.Tripwire;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The judge: tells a checker what arrived. {@code GET /judge?nonce=TOKEN} echoes the request, signed;
 * {@code GET /judge/page/TOKEN} gives a page that invites tampering. No body is read. Thread-safe.
 */
public final class JudgeEndpoint implements Handler<HttpServerRequest> {
    /** Where the echo stands; pages stand below it. */
    public static final String PATH = "/judge";

    private static final String PAGES = PATH + "/page/";
    private static final String METHODS = "GET, HEAD";

    private final JudgeSigner signer;
    private final Tripwire tripwire;
    private final InstantSource clock;

    /** A judge whose answers are signed by {@code signer}. */
    public JudgeEndpoint(JudgeSigner signer) {
        this(signer, InstantSource.system());
    }

    JudgeEndpoint(JudgeSigner signer, InstantSource clock) {
        this.signer = signer;
        this.tripwire = new Tripwire(signer);
        this.clock = clock;
    }

    @Override
    public void handle(HttpServerRequest request) {
        String path = String.valueOf(request.path());
        boolean page = path.startsWith(PAGES);
        if (!page && !path.equals(PATH)) {
            refuse(request, Problems.notFound(path));
        } else if (!HttpMethod.GET.equals(request.method()) && !HttpMethod.HEAD.equals(request.method())) {
            request.response().putHeader(HttpHeaders.ALLOW, METHODS);
            refuse(request, Problems.methodNotAllowed(request.method().name(), METHODS));
        } else if (page) {
            page(request, path.substring(PAGES.length()));
        } else {
            echo(request);
        }
    }

    private void echo(HttpServerRequest request) {
        String nonce = nonce(request);
        if (nonce == null || !Nonce.isNonce(nonce)) {
            refuse(request, Problems.invalidParameter("nonce", noToken("nonce")));
            return;
        }
        List<HeaderField> headers = new ArrayList<>();
        for (Map.Entry<String, String> header : request.headers()) {
            headers.add(new HeaderField(header.getKey(), header.getValue()));
        }
        String requestLine = request.method().name() + ' ' + request.uri() + ' ' + version(request.version());
        JudgeAnswer answer =
                new JudgeAnswer(nonce, request.remoteAddress().hostAddress(), clock.millis(), requestLine, headers);
        answer(request, 200, "text/plain; charset=ISO-8859-1", Buffer.buffer(answer.write(signer)));
    }

    private static @Nullable String nonce(HttpServerRequest request) {
        try {
            return request.getParam("nonce");
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void page(HttpServerRequest request, String token) {
        if (Nonce.isNonce(token)) {
            answer(request, 200, "text/html; charset=utf-8", Buffer.buffer(tripwire.page(token)));
        } else {
            refuse(request, Problems.invalidParameter("token", noToken("token")));
        }
    }

    private static String noToken(String name) {
        return name + ": none (expected: 1.." + Nonce.MAX_LENGTH
                + " characters of a token, such as letters and digits)";
    }

    private static void refuse(HttpServerRequest request, Problem problem) {
        answer(request, problem.status(), Problem.MEDIA_TYPE, problem.json().toBuffer());
    }

    private static void answer(HttpServerRequest request, int status, String type, Buffer body) {
        var response = request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        if (HttpMethod.HEAD.equals(request.method())) {
            response.end();
        } else {
            response.end(body);
        }
    }

    private static String version(HttpVersion version) {
        return version == HttpVersion.HTTP_1_0 ? "HTTP/1.0" : version == HttpVersion.HTTP_1_1 ? "HTTP/1.1" : "HTTP/2";
    }
}
