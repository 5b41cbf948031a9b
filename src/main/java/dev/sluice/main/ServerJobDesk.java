package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Jobs of a running server, by its API. */
final class ServerJobDesk implements JobDesk {
    private static final String PATH = "/api/v1/jobs";

    private final ServerClient server;

    ServerJobDesk(ServerClient server) {
        this.server = server;
    }

    @Override
    public boolean attended() {
        return true;
    }

    @Override
    public List<JsonNode> list(JobFilter filter, int limit) throws IOException, InterruptedException {
        StringBuilder query = new StringBuilder("?limit=").append(limit);
        if (!filter.kinds().isEmpty()) {
            query.append("&kind=")
                    .append(filter.kinds().stream().sorted().map(JobKind::text).collect(Collectors.joining(",")));
        }
        if (!filter.states().isEmpty()) {
            query.append("&state=")
                    .append(filter.states().stream()
                            .sorted()
                            .map(JobState::text)
                            .collect(Collectors.joining(",")));
        }
        if (filter.type() != null) {
            query.append("&type=").append(encoded(filter.type()));
        }
        if (filter.beforeId() != null) {
            query.append("&before=").append(encoded(filter.beforeId()));
        }
        ServerClient.Answer answer = server.ask("GET", PATH + query);
        answer.require(200);
        List<JsonNode> jobs = new ArrayList<>();
        answer.json().path("jobs").forEach(jobs::add);
        return jobs;
    }

    @Override
    public @Nullable JsonNode show(String id) throws IOException, InterruptedException {
        return known(server.ask("GET", PATH + '/' + encoded(id)), 200, 200);
    }

    @Override
    public @Nullable JsonNode cancel(String id) throws IOException, InterruptedException {
        return changed(id, server.ask("POST", PATH + '/' + encoded(id) + "/cancel"));
    }

    @Override
    public @Nullable JsonNode retry(String id) throws IOException, InterruptedException {
        return changed(id, server.ask("POST", PATH + '/' + encoded(id) + "/retry"));
    }

    @Override
    public int retryFailed(@Nullable JobKind kind) throws IOException, InterruptedException {
        ServerClient.Answer answer = server.ask("POST", PATH + "/retry" + (kind == null ? "" : "?kind=" + kind.text()));
        answer.require(202);
        return answer.json().path("retried").asInt();
    }

    @Override
    public @Nullable JsonNode drop(String id) throws IOException, InterruptedException {
        JsonNode before = show(id);
        if (before == null) {
            return null;
        }
        ServerClient.Answer answer = server.ask("DELETE", PATH + '/' + encoded(id));
        return answer.status() == 204 ? before : changed(id, answer);
    }

    /** The job after a change; where its state forbade that, as it is. */
    private @Nullable JsonNode changed(String id, ServerClient.Answer answer) throws IOException, InterruptedException {
        return answer.status() == 409 ? show(id) : known(answer, 200, 202);
    }

    private static @Nullable JsonNode known(ServerClient.Answer answer, int expected, int orElse) throws IOException {
        if (answer.status() == 404 && answer.json().path("type").asText().endsWith(":no-job")) {
            return null;
        }
        answer.require(answer.status() == orElse ? orElse : expected);
        return answer.json();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
