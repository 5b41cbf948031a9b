package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.port.Exports.Order;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Exports by a server that owns its database. Its methods block; they end early where the command is told to. */
final class ExportDesk {
    private static final String PATH = "/api/v1/exports";
    private static final int PIECE = 64 << 10;
    private static final Executor LATER = CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServerClient server;
    private final Interruption interruption;
    private final ExportLine line;

    ExportDesk(ServerClient server, Interruption interruption, ExportLine line) {
        this.server = server;
        this.interruption = interruption;
        this.line = line;
    }

    /**
     * What an export left out, for people.
     *
     * @param complete false when the command was told to end before
     */
    record Done(boolean complete, String leftOut) {
        static final Done EARLY = new Done(false, "");
    }

    /** Writes what is alive, as the server has it in memory. */
    Done alive(Order order, OutputStream out) throws IOException, InterruptedException {
        StringBuilder path = new StringBuilder(PATH)
                .append('/')
                .append(order.format().text())
                .append("?credentials=")
                .append(order.credentials() ? '1' : '0');
        new TreeMap<>(order.filters())
                .forEach((name, value) ->
                        path.append('&').append(name).append('=').append(encoded(value)));
        HttpResponse<InputStream> response = server.open(path.toString());
        String leftOut = response.headers().firstValue("x-sluice-left-out").orElse("");
        return copy(response, out) ? new Done(true, leftOut) : Done.EARLY;
    }

    /** Has the server export its store into a file, and writes that. */
    Done stored(Order order, OutputStream out) throws Exception {
        ObjectNode body = JSON.createObjectNode()
                .put("format", order.format().text())
                .put("scope", order.scope().text())
                .put("credentials", order.credentials());
        ObjectNode filters = body.putObject("filters");
        order.filters().forEach(filters::put);
        ServerClient.Answer ordered = server.ask("POST", PATH, BodyPublishers.ofString(body.toString()));
        ordered.require(202);
        String id = ordered.text("id");
        JsonNode export = ordered.json();
        while (!export.path("state").asText().equals("completed")) {
            String state = export.path("state").asText();
            if (state.equals("failed") || state.equals("cancelled")) {
                throw new IOException("export " + id + " is " + state + ": "
                        + export.path("error").asText("no reason was told"));
            }
            if (!interruption.await(CompletableFuture.runAsync(() -> {}, LATER))) {
                return Done.EARLY;
            }
            ServerClient.Answer answer = server.ask("GET", PATH + '/' + id, BodyPublishers.noBody());
            answer.require(200);
            export = answer.json();
            JsonNode progress = export.path("progress");
            line.show(
                    progress.path("read").asLong(),
                    progress.path("total").asLong(),
                    progress.path("bytes").asLong());
        }
        long leftOut = 0;
        for (JsonNode count : export.path("progress").path("left_out")) {
            leftOut += count.asLong();
        }
        if (leftOut == 0 && export.path("progress").path("written").asLong() == 0) {
            throw new IOException("no proxy matches (expected: filters that leave some)");
        }
        boolean complete = copy(server.open(PATH + '/' + id + "/content"), out);
        return complete ? new Done(true, Long.toString(leftOut)) : Done.EARLY;
    }

    private boolean copy(HttpResponse<InputStream> response, OutputStream out) throws IOException {
        byte[] piece = new byte[PIECE];
        long bytes = 0;
        try (InputStream in = response.body()) {
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                if (interruption.isAsked()) {
                    return false;
                }
                out.write(piece, 0, length);
                bytes += length;
                line.show(0, 0, bytes);
            }
        }
        return true;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
