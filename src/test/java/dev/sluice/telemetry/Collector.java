package dev.sluice.telemetry;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/** A collector on loopback that remembers what was sent to it. Texts stand in spans as they are, so they can be looked for. */
public final class Collector implements AutoCloseable {
    private final HttpServer server;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    /** Listens on a free port. */
    public Collector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/v1/traces", exchange -> {
            boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            try (InputStream body =
                    packed ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
                byte[] spans = body.readAllBytes();
                synchronized (received) {
                    received.write(spans);
                }
            }
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    /** Where it listens. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    /** All that was received, each byte a character. */
    public String text() {
        synchronized (received) {
            return received.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** How often {@code part} was received. */
    public int count(String part) {
        String text = text();
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
