package dev.sluice.main;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.config.ByteSize;
import dev.sluice.config.ServerConfig;
import dev.sluice.proxy.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that plays its part: to each request it has answers ready, the last of which it repeats. */
final class PlayedServer implements AutoCloseable {
    static final String KEY = "root";

    /** Method, target, key and body of every request, in turn. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    private final Map<String, Queue<Answer>> answers = new ConcurrentHashMap<>();
    private final HttpServer server;

    private record Answer(int status, String body) {}

    PlayedServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::play);
        server.start();
    }

    /** One more answer to {@code request}, a method and a path. */
    PlayedServer answers(String request, int status, String body) {
        answers.computeIfAbsent(request, first -> new ConcurrentLinkedQueue<>()).add(new Answer(status, body));
        return this;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Who asks it. */
    ServerClient client() {
        ServerConfig config = new ServerConfig(
                "127.0.0.1",
                port(),
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                new ByteSize(4_096),
                Duration.ZERO,
                Duration.ZERO);
        return new ServerClient(config, Secret.of(KEY));
    }

    private void play(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String request =
                exchange.getRequestMethod() + ' ' + exchange.getRequestURI().getPath();
        asked.add(exchange.getRequestMethod()
                + ' '
                + exchange.getRequestURI()
                + ' '
                + exchange.getRequestHeaders().getFirst("X-API-Key")
                + ' '
                + body);
        Queue<Answer> ready = answers.getOrDefault(request, new ConcurrentLinkedQueue<>());
        Answer answer = ready.size() > 1 ? ready.remove() : ready.peek();
        if (answer == null) {
            answer = new Answer(500, "{\"detail\":\"nothing to answer to " + request + "\"}");
        }
        byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
