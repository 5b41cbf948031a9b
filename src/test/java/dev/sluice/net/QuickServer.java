package dev.sluice.net;

import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server with a quick lane, for tests. {@code /quick…} is answered quickly where that is allowed, with {@code quick:} and the
 * target; everything else by Vert.x, with {@code usual:} and the target: {@code /later…} after a timer, {@code /chunked…} in
 * chunks, {@code /held…} when {@link #held} is completed, a POST with its body after it.
 */
final class QuickServer implements AutoCloseable {
    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
    final BlockingQueue<Channel> channels = new LinkedBlockingQueue<>();
    final BlockingQueue<String> usual = new LinkedBlockingQueue<>();
    final AtomicInteger quick = new AtomicInteger();
    final CompletableFuture<Void> held = new CompletableFuture<>();
    final HttpServer server;

    /** Added to every quick answer. */
    volatile String padding = "";

    QuickServer(Duration headTimeout, HttpServerOptions options) throws Exception {
        options.setHost("127.0.0.1").setPort(0).setMaxInitialLineLength(4_096).setMaxHeaderSize(8_192);
        QuickLane lane = new QuickLane(new Quick(), options, headTimeout);
        server = vertx.createHttpServer(options)
                .requestHandler(this::serve)
                .invalidRequestHandler(this::refuse)
                .webSocketHandler(socket -> socket.textMessageHandler(text -> socket.writeTextMessage("got " + text)))
                .connectionHandler(connection -> {
                    lane.install(connection);
                    channels.add(((Http1xServerConnection) connection).channel());
                });
        server.listen().await(10, TimeUnit.SECONDS);
    }

    QuickServer() throws Exception {
        this(Duration.ofMinutes(1), usualOptions());
    }

    static HttpServerOptions usualOptions() {
        return new HttpServerOptions().setHttp2ClearTextEnabled(false).setIdleTimeout(60);
    }

    int port() {
        return server.actualPort();
    }

    /** Also {@code POST /body…}: quickly when its body does not begin with {@code no}. */
    private final class Quick implements QuickHandler {
        @Override
        public boolean wantsBody(RequestHead head) {
            return head.uri().startsWith("/body");
        }

        @Override
        public boolean answer(RequestHead head, byte[] sent, AnswerBytes answer) {
            String text = new String(sent, StandardCharsets.US_ASCII);
            if (text.startsWith("break")) {
                throw new IllegalStateException("broken");
            }
            return !text.startsWith("no") && quickly(head.uri() + text, answer);
        }

        @Override
        public boolean answer(RequestHead head, AnswerBytes answer) {
            if (head.uri().startsWith("/quick/broken")) {
                answer.add("half an ans");
                throw new IllegalStateException("broken");
            }
            if (!head.uri().startsWith("/quick")) {
                answer.add("HTTP/1.1 500 Not Looked At\r\n\r\n");
                return false;
            }
            return quickly(head.uri() + padding, answer);
        }

        private boolean quickly(String what, AnswerBytes answer) {
            quick.incrementAndGet();
            String body = "quick:" + what;
            answer.add("HTTP/1.1 200 OK\r\ncontent-length: ")
                    .addNumber(body.length())
                    .add("\r\n\r\n")
                    .add(body);
            return true;
        }
    }

    private void serve(HttpServerRequest request) {
        String body = "usual:" + request.uri();
        usual.add(body);
        if (HttpMethod.POST.equals(request.method())) {
            request.body().onSuccess(sent -> request.response().end(body + sent));
        } else if (request.uri().startsWith("/later")) {
            vertx.setTimer(1, id -> request.response().end(body));
        } else if (request.uri().startsWith("/chunked")) {
            request.response().setChunked(true).write(body.substring(0, 3));
            vertx.runOnContext(nothing -> request.response().end(body.substring(3)));
        } else if (request.uri().startsWith("/held")) {
            Context context = vertx.getOrCreateContext();
            held.thenRun(
                    () -> context.runOnContext(nothing -> request.response().end(body)));
        } else {
            request.response().end(body);
        }
    }

    private void refuse(HttpServerRequest request) {
        request.response()
                .setStatusCode(InvalidRequest.status(request))
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .end()
                .onComplete(done -> request.connection().close());
    }

    @Override
    public void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }
}
