package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has the last word about a key, on a server that is told by reloads and by restarts on the same database. */
class PrecedenceVerticleTest {
    private static final String KEY = "pool.strategy";

    @TempDir
    private Path folder = Path.of(".");

    private final Map<String, String> environment = new HashMap<>();
    private final List<String> settings = new ArrayList<>(List.of(
            "server.port=0",
            "server.drain-timeout=1s",
            "net.allowed-networks=127.0.0.0/8",
            "fetch.enabled=false",
            "check.public-judges=[]",
            "check.outage-guard=false",
            "log.level=info"));
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private @Nullable String preset;
    private @Nullable Started started;

    /** What a restart makes anew. */
    private record Started(Vertx vertx, Telemetry telemetry, Server server) {}

    private LoadedConfig load() {
        return ConfigLoader.load(Inputs.of(environment)
                .in(folder)
                .withFile(Path.of("sluice.yaml"))
                .withPreset(preset)
                .withSettings(settings));
    }

    private void start() throws Exception {
        Vertx vertx = Vertx.vertx();
        Telemetry telemetry = new Telemetry();
        try {
            started =
                    new Started(vertx, telemetry, await(Server.start(vertx, telemetry, load(), this::load, List.of())));
        } finally {
            if (started == null) {
                await(vertx.close());
            }
        }
    }

    @AfterEach
    void stop() throws Exception {
        Started running = started;
        started = null;
        if (running != null) {
            await(running.server().stop());
            await(running.vertx().close());
            running.telemetry().close();
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private Server running() {
        return Objects.requireNonNull(started).server();
    }

    private String send(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + running().port() + path))
                        .timeout(Duration.ofSeconds(30))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    /** Value and origin of the key as administrators see them, and the strategy that is in force. */
    private void says(String strategy, String origin) throws Exception {
        JsonObject entry = new JsonObject(send("GET", "/api/v1/config", ""))
                .getJsonArray("settings").stream()
                        .map(JsonObject.class::cast)
                        .filter(setting -> setting.getString("key").equals(KEY))
                        .findFirst()
                        .orElseThrow();
        assertThat(entry.getString("value") + " by " + entry.getString("origin"))
                .isEqualTo(strategy + " by " + origin);
        assertThat(entry.getString("default")).isEqualTo("weighted-random");
        assertThat(entry.getString("pending")).isNull();
        assertThat(new JsonObject(send("GET", "/stat", "")).getString("strategy"))
                .isEqualTo(strategy);
    }

    /** After a reload, and after a restart. */
    private void reloadedAndRestarted(String strategy, String origin) throws Exception {
        assertThat(await(running().reload()).problems()).isEmpty();
        says(strategy, origin);
        stop();
        start();
        says(strategy, origin);
    }

    private void file(String text) throws Exception {
        Files.writeString(folder.resolve("sluice.yaml"), "# as the operator wrote it\n" + text);
    }

    @Test
    void eachLayerStandsBeforeThoseBelowItAndTheApiBeforeAll() throws Exception {
        settings.add("store.url=sqlite:" + folder.resolve("data/sluice.db"));
        file("");
        start();
        says("weighted-random", "default");

        preset = "development";
        reloadedAndRestarted("round-robin", "preset development:8");

        file("pool: {strategy: random}\n");
        reloadedAndRestarted("random", "sluice.yaml:2");

        environment.put("SLUICE_POOL_STRATEGY", "fastest-response");
        reloadedAndRestarted("fastest-response", "SLUICE_POOL_STRATEGY");

        settings.add("pool.strategy=fastest-half");
        reloadedAndRestarted("fastest-half", "--set");

        send("PUT", "/api/v1/strategy", "{\"strategy\":\"weighted-random\"}");
        says("weighted-random", "API");
        reloadedAndRestarted("weighted-random", "API");

        send("DELETE", "/api/v1/strategy", "");
        says("fastest-half", "--set");
        settings.remove("pool.strategy=fastest-half");
        reloadedAndRestarted("fastest-response", "SLUICE_POOL_STRATEGY");
        environment.clear();
        reloadedAndRestarted("random", "sluice.yaml:2");
        file("");
        reloadedAndRestarted("round-robin", "preset development:8");
        preset = null;
        reloadedAndRestarted("weighted-random", "default");
    }

    @Test
    void aChoiceOutlivesARestartWithEveryLayerChanged() throws Exception {
        settings.add("store.url=sqlite:" + folder.resolve("data/sluice.db"));
        file("pool: {strategy: random}\n");
        start();
        send("PUT", "/api/v1/strategy", "{\"strategy\":\"fastest-half\"}");
        stop();

        preset = "development";
        file("pool: {strategy: round-robin}\n");
        environment.put("SLUICE_POOL_STRATEGY", "fastest-response");
        settings.add("pool.strategy=random");
        start();

        says("fastest-half", "API");
        send("DELETE", "/api/v1/strategy", "");
        says("random", "--set");
    }
}
