package dev.sluice.check;

import dev.sluice.judge.HeaderField;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeForm;
import dev.sluice.judge.JudgeSigner;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A judge on a loopback address of its own that counts what it is asked, and whose answers can be spoilt. */
final class EchoSite {
    private final HttpServer server;
    private final String address;
    private final JudgeForm form;
    private final JudgeSigner signer;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int status = 200;
    private volatile boolean foreign;

    private EchoSite(Vertx vertx, String address, JudgeForm form, JudgeSigner signer) {
        this.server = vertx.createHttpServer();
        this.address = address;
        this.form = form;
        this.signer = signer;
    }

    static EchoSite start(Vertx vertx, String address, JudgeForm form, JudgeSigner signer) {
        EchoSite site = new EchoSite(vertx, address, form, signer);
        site.server.requestHandler(site::answer).listen(0, address).await();
        return site;
    }

    Judge judge() {
        return new Judge(new JudgeUrl(false, address, server.actualPort(), "/get"), form, null, signer);
    }

    int asked() {
        return asked.get();
    }

    /** Answers with this status from now on. */
    void refuse(int with) {
        status = with;
    }

    /** Answers with a page of somebody else from now on. */
    void spoil() {
        foreign = true;
    }

    private void answer(HttpServerRequest request) {
        asked.incrementAndGet();
        String nonce = String.valueOf(request.getParam("nonce"));
        byte[] body = foreign ? "welcome".getBytes(StandardCharsets.US_ASCII) : echo(request, nonce);
        request.response().setStatusCode(status).end(Buffer.buffer(body));
    }

    /** As httpbin has it where the judge is read so, else in Sluice's own form. */
    private byte[] echo(HttpServerRequest request, String nonce) {
        String peer = request.remoteAddress().hostAddress();
        List<HeaderField> headers = request.headers().entries().stream()
                .map(header -> new HeaderField(header.getKey(), header.getValue()))
                .toList();
        if (form == JudgeForm.JSON) {
            byte[] json = json(request, nonce, peer);
            if (judge().read(json, nonce) instanceof JudgeAnswer.Genuine) {
                return json;
            }
        }
        return new JudgeAnswer(nonce, peer, 0, "GET " + request.uri() + " HTTP/1.1", headers).write(signer);
    }

    private static byte[] json(HttpServerRequest request, String nonce, String peer) {
        String fields = request.headers().entries().stream()
                .map(header -> quoted(header.getKey()) + ": " + quoted(header.getValue()))
                .collect(Collectors.joining(", "));
        Map<String, String> members = Map.of(
                "args",
                "{\"nonce\": " + quoted(nonce) + "}",
                "headers",
                "{" + fields + "}",
                "origin",
                quoted(peer),
                "url",
                quoted(request.absoluteURI()));
        return members.entrySet().stream()
                .map(member -> quoted(member.getKey()) + ": " + member.getValue())
                .collect(Collectors.joining(", ", "{", "}"))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
