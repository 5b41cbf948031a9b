package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.secret.NewKey;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Keys of a server that owns its database, by its API. */
final class ServerDesk implements KeyDesk {
    private static final String PATH = "/api/v1/keys";

    private final ServerClient server;

    ServerDesk(ServerClient server) {
        this.server = server;
    }

    @Override
    public Made create(NewKey wanted) throws IOException, InterruptedException {
        ObjectNode body = ServerClient.JSON
                .createObjectNode()
                .put("label", wanted.label())
                .put("credentials", wanted.credentials());
        var roles = body.putArray("roles");
        wanted.roles().stream().sorted().map(Role::text).forEach(roles::add);
        if (wanted.expiresAtMillis() != 0) {
            body.put(
                    "expires_at", Instant.ofEpochMilli(wanted.expiresAtMillis()).toString());
        }
        if (wanted.requestsPerSecond() != 0) {
            body.put("requests_per_second", wanted.requestsPerSecond());
        }
        ServerClient.Answer answer = server.post(PATH, body.toString());
        answer.require(201);
        return new Made(answer.text("id"), answer.text("key"));
    }

    @Override
    public List<Row> list() throws IOException, InterruptedException {
        ServerClient.Answer answer = server.ask("GET", PATH);
        answer.require(200);
        List<Row> rows = new ArrayList<>();
        for (JsonNode key : answer.json().path("keys")) {
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
        ServerClient.Answer answer = server.ask("DELETE", PATH + '/' + id);
        if (answer.status() == 404 && answer.json().path("type").asText().endsWith(":no-key")) {
            return false;
        }
        answer.require(204);
        return true;
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
}
