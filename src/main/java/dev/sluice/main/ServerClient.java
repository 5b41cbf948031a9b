package dev.sluice.main;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.ServerConfig;
import dev.sluice.proxy.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The API of a running server at the address that the configuration names. Nothing else is ever asked: redirects are not
 * followed, and no proxy stands between. Blocks.
 */
final class ServerClient {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int LARGEST_ANSWER = 64 << 20;

    private final String base;
    private final @Nullable Secret key;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .proxy(HttpClient.Builder.NO_PROXY)
            .build();

    /**
     * A client of a server.
     *
     * @param key what to send; null while the server wants none
     */
    ServerClient(ServerConfig server, @Nullable Secret key) {
        if (server.port() == 0) {
            throw new UsageException(
                    "server.port: 0 (expected: the port of the running server, which owns the database and has to be asked)");
        }
        this.base = "http://" + host(server.host()) + ':' + server.port();
        this.key = key;
    }

    /** Where to reach a server that listens on {@code host}. */
    private static String host(String host) {
        String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return switch (plain) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "[::1]";
            default -> plain.indexOf(':') >= 0 ? '[' + plain + ']' : plain;
        };
    }

    /** Where it asks. */
    String address() {
        return base;
    }

    /** Asks and reads the answer as JSON, an empty object where it is none. */
    Answer ask(String method, String path, BodyPublisher body) throws IOException, InterruptedException {
        return send(request(path).timeout(ANSWER).method(method, body).build());
    }

    /** Asks without a body. */
    Answer ask(String method, String path) throws IOException, InterruptedException {
        return ask(method, path, BodyPublishers.noBody());
    }

    /** Whether anything that speaks HTTP listens there. */
    boolean answers() throws InterruptedException {
        try {
            return ask("GET", "/health").status() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends JSON. */
    Answer post(String path, String json) throws IOException, InterruptedException {
        return send(request(path)
                .timeout(ANSWER)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build());
    }

    /** Sends what takes its time: only a server that says nothing to all of it is given up, after {@code patience}. */
    Answer upload(String path, BodyPublisher body, Duration patience) throws IOException, InterruptedException {
        return send(request(path)
                .timeout(patience)
                .header("Content-Type", "application/octet-stream")
                .POST(body)
                .build());
    }

    /** Saves an answer of 200 as a file; whatever else it is, is returned. */
    Answer download(String path, Path file) throws IOException, InterruptedException {
        HttpRequest request = request(path).timeout(ANSWER).GET().build();
        HttpResponse<InputStream> response = exchange(request);
        try (InputStream in = response.body()) {
            if (response.statusCode() != 200) {
                return new Answer(base + path, response.statusCode(), json(in.readNBytes(LARGEST_ANSWER)));
            }
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            return new Answer(base + path, 200, JSON.createObjectNode());
        }
    }

    /** What is at {@code path}, to be read as it comes, however long it is; throws what the server said instead of it. */
    HttpResponse<InputStream> open(String path) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                exchange(request(path).timeout(ANSWER).GET().build());
        if (response.statusCode() != 200) {
            try (InputStream in = response.body()) {
                new Answer(base + path, response.statusCode(), json(in.readNBytes(LARGEST_ANSWER))).require(200);
            }
        }
        return response;
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        if (key != null) {
            try {
                request.header("X-API-Key", key.reveal());
            } catch (IllegalArgumentException e) {
                throw new UsageException(
                        "the key for the server: characters that no header can hold (expected: a key)");
            }
        }
        return request;
    }

    private Answer send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = exchange(request);
        try (InputStream in = response.body()) {
            return new Answer(request.uri().toString(), response.statusCode(), json(in.readNBytes(LARGEST_ANSWER)));
        }
    }

    private HttpResponse<InputStream> exchange(HttpRequest request) throws IOException, InterruptedException {
        try {
            return client.send(request, BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            throw new IOException(
                    base + ": nobody answers (expected: the server that owns the database, at server.host"
                            + " and server.port of this configuration)",
                    e);
        } catch (HttpTimeoutException e) {
            throw new IOException(base + ": no answer in time", e);
        }
    }

    private static JsonNode json(byte[] body) throws IOException {
        if (body.length == 0) {
            return JSON.createObjectNode();
        }
        try {
            JsonNode read = JSON.readTree(body);
            return read == null ? JSON.createObjectNode() : read;
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }

    /**
     * What a server said.
     *
     * @param json an empty object where it said nothing that is JSON
     */
    record Answer(String url, int status, JsonNode json) {
        /** Throws unless the server did what it was asked for. */
        void require(int expected) throws IOException {
            if (status == expected) {
                return;
            }
            StringBuilder text = new StringBuilder(url).append(" answered ").append(status);
            String detail = json.path("detail").asText();
            if (!detail.isEmpty()) {
                text.append(": ").append(detail);
            }
            for (JsonNode error : json.path("errors")) {
                text.append("; ")
                        .append(error.path("pointer").asText())
                        .append(' ')
                        .append(error.path("detail").asText());
            }
            if (status == 401) {
                text.append("; give a key with the role admin as SLUICE_ADMIN_KEY or --key");
            } else if (detail.isEmpty()) {
                text.append(" (expected: ").append(expected).append(" from a Sluice of this version)");
            }
            throw new IOException(text.toString());
        }

        String text(String member) throws IOException {
            JsonNode value = json.path(member);
            if (!value.isTextual()) {
                throw new IOException(url + ": no " + member + " in the answer (expected: a Sluice of this version)");
            }
            return value.asText();
        }
    }
}
