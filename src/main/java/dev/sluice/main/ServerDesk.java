package dev.sluice.main;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.config.ServerConfig;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.NewKey;
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
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys, and what else is asked, of a server that owns its database, by its API at the address that the configuration
 * names. Nothing else is ever asked: redirects are not followed, and no proxy stands between.
 */
final class ServerDesk implements KeyDesk {
    private static final String PATH = "/api/v1/keys";
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int LARGEST_ANSWER = 64 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String base;
    private final @Nullable Secret key;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .proxy(HttpClient.Builder.NO_PROXY)
            .build();

    /**
     * The desk of a server.
     *
     * @param key what to send; null while the server wants none
     */
    ServerDesk(ServerConfig server, @Nullable Secret key) {
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

    @Override
    public Made create(NewKey wanted) throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("label", wanted.label()).put("credentials", wanted.credentials());
        var roles = body.putArray("roles");
        wanted.roles().stream().sorted().map(Role::text).forEach(roles::add);
        if (wanted.expiresAtMillis() != 0) {
            body.put(
                    "expires_at", Instant.ofEpochMilli(wanted.expiresAtMillis()).toString());
        }
        if (wanted.requestsPerSecond() != 0) {
            body.put("requests_per_second", wanted.requestsPerSecond());
        }
        Answer answer = ask("POST", PATH, BodyPublishers.ofString(body.toString()));
        answer.require(201);
        return new Made(answer.text("id"), answer.text("key"));
    }

    @Override
    public List<Row> list() throws IOException, InterruptedException {
        Answer answer = ask("GET", PATH, BodyPublishers.noBody());
        answer.require(200);
        List<Row> rows = new ArrayList<>();
        for (JsonNode key : answer.json.path("keys")) {
            List<String> roles = new ArrayList<>();
            key.path("roles").forEach(role -> roles.add(role.asText()));
            rows.add(new Row(
                    key.path("id").asText(),
                    key.path("label").asText(),
                    String.join(",", roles),
                    key.path("credentials").asBoolean(),
                    key.path("requests_per_second").asText(Row.NONE),
                    time(key.path("created_at")),
                    time(key.path("expires_at")),
                    time(key.path("last_used_at")),
                    key.path("state").asText()));
        }
        return rows;
    }

    @Override
    public boolean revoke(String id) throws IOException, InterruptedException {
        Answer answer = ask("DELETE", PATH + '/' + id, BodyPublishers.noBody());
        if (answer.status == 404 && answer.json.path("type").asText().endsWith(":no-key")) {
            return false;
        }
        answer.require(204);
        return true;
    }

    Answer ask(String method, String path, BodyPublisher body) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = send(method, path, body);
        try (InputStream in = response.body()) {
            return new Answer(base + path, response.statusCode(), json(in.readNBytes(LARGEST_ANSWER)));
        }
    }

    /** What is at {@code path}, to be read as it comes, however long it is; throws what the server said instead of it. */
    HttpResponse<InputStream> open(String path) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = send("GET", path, BodyPublishers.noBody());
        if (response.statusCode() != 200) {
            try (InputStream in = response.body()) {
                new Answer(base + path, response.statusCode(), json(in.readNBytes(LARGEST_ANSWER))).require(200);
            }
        }
        return response;
    }

    private HttpResponse<InputStream> send(String method, String path, BodyPublisher body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(ANSWER).method(method, body);
        if (key != null) {
            try {
                request.header("X-API-Key", key.reveal());
            } catch (IllegalArgumentException e) {
                throw new UsageException(
                        "the key for the server: characters that no header can hold (expected: a key)");
            }
        }
        try {
            return client.send(request.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            throw new IOException(
                    base + ": nobody answers (expected: the server that owns the database, at server.host"
                            + " and server.port of this configuration)",
                    e);
        } catch (HttpTimeoutException e) {
            throw new IOException(base + ": no answer within " + ANSWER.toSeconds() + " s", e);
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

    private static String time(JsonNode value) {
        if (!value.isTextual()) {
            return Row.NONE;
        }
        try {
            return Instant.parse(value.asText()).truncatedTo(ChronoUnit.SECONDS).toString();
        } catch (DateTimeParseException e) {
            return Row.NONE;
        }
    }

    /** What a server said. */
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
                text.append(" (expected: ").append(expected).append(" from a Sluice that has keys)");
            }
            throw new IOException(text.toString());
        }

        String text(String member) throws IOException {
            JsonNode value = json.path(member);
            if (!value.isTextual()) {
                throw new IOException(url + ": no " + member + " in the answer (expected: a Sluice that has keys)");
            }
            return value.asText();
        }
    }
}
