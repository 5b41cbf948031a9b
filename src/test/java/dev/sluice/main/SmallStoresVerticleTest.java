package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole server on a store in a JSON file. */
class SmallStoresVerticleTest {
    @TempDir
    private Path folder;

    private @Nullable Vertx vertx;
    private @Nullable Telemetry telemetry;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    @AfterEach
    void stop() throws Exception {
        if (vertx != null) {
            await(vertx.close());
        }
        if (telemetry != null) {
            telemetry.close();
        }
    }

    private LoadedConfig load() {
        return ConfigLoader.load(Inputs.of(Map.of())
                .withSettings(List.of(
                        "server.port=0",
                        "net.allowed-networks=127.0.0.0/8",
                        "fetch.enabled=false",
                        "schedule.enabled=false",
                        "check.public-judges=[]",
                        "check.outage-guard=false",
                        "store.url=file:" + folder.resolve("data/pool.json"))));
    }

    private Server start(Path... imports) throws Exception {
        stop();
        vertx = Vertx.vertx();
        telemetry = new Telemetry();
        return await(Server.start(vertx, telemetry, load(), this::load, List.of(imports)));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private JsonNode get(Server server, String path) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        return new ObjectMapper().readTree(answer.body());
    }

    @Test
    void whatWasImportedIsThereAfterARestart() throws Exception {
        Path list = Files.writeString(
                folder.resolve("list.txt"), "http://127.0.0.2:9\nsocks5://ann:hush-4711@127.0.0.3:9\n127.0.0.4:9\n");

        Server first = start(list);
        assertThat(get(first, "/ready").path("status").asText()).isEqualTo("ready");
        JsonNode store = get(first, "/api/v1/status").path("store");
        assertThat(store.path("kind").asText()).isEqualTo("file");
        assertThat(store.path("answers").asBoolean()).isTrue();
        await(first.stop());

        Server second = start();
        JsonNode status = get(second, "/api/v1/status");
        assertThat(status.path("entries").path("total").asInt()).isEqualTo(3);
        assertThat(get(second, "/ready").path("status").asText()).isEqualTo("ready");
        assertThat(get(second, "/api/v1/proxies?state=all").path("proxies")).hasSize(3);
        await(second.stop());

        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("hush-4711");
            }
        }
    }
}
