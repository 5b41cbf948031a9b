package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigDiff;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole server whose configuration changes while it runs. */
class ServerReloadVerticleTest {
    private static final List<String> QUIET = List.of(
            "server.port=0",
            "net.allowed-networks=127.0.0.0/8",
            "fetch.enabled=false",
            "check.public-judges=[]",
            "check.outage-guard=false");

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Telemetry telemetry = new Telemetry();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private Path file = Path.of("");
    private @Nullable Server server;

    @BeforeEach
    void nothingYet() {
        file = folder.resolve("sluice.yaml");
    }

    @AfterEach
    void stop() throws Exception {
        Server started = server;
        if (started != null) {
            await(started.stop());
        }
        await(vertx.close());
        telemetry.close();
    }

    private LoadedConfig load() {
        List<String> settings = new ArrayList<>(QUIET);
        settings.add("store.url=sqlite:" + folder.resolve("data/sluice.db"));
        return ConfigLoader.load(Inputs.of(Map.of()).withFile(file).withSettings(settings));
    }

    private void start(String yaml, Path... imports) throws Exception {
        Files.writeString(file, yaml);
        server = await(Server.start(vertx, telemetry, load(), this::load, List.of(imports)));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private Server running() {
        return Objects.requireNonNull(server);
    }

    private HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + running().port() + path))
                .timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private String get(String path) throws Exception {
        HttpResponse<String> answer = send(at(path));
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        return answer.body();
    }

    private HttpResponse<String> reload(String yaml) throws Exception {
        Files.writeString(file, yaml);
        return send(at("/reload").POST(BodyPublishers.noBody()));
    }

    private void applied(String yaml) throws Exception {
        HttpResponse<String> answer = reload(yaml);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void everyLiveKeyBelongsToARoomAndNoRoomClaimsAnother() throws Exception {
        start("");

        Set<String> claimed = new TreeSet<>();
        running().rooms().forEach(room -> claimed.addAll(room.liveKeys()));

        assertThat(claimed).isEqualTo(new TreeSet<>(ConfigDiff.liveKeys()));
    }

    @Test
    void whatSchedulesAndLimitsChecksChangesWithoutARestart() throws Exception {
        start("check: {rate: 500, concurrency: 50}\n");
        assertThat(get("/api/v1/status")).contains("500").contains("50");

        applied("""
                check: {rate: 777, concurrency: 33, mode: connect, adaptive: false}
                schedule:
                  preset: fresh
                  active: 13m
                  alive-factor: 0.25
                  confirm: 11s
                  deep-every: 3d
                """);

        until("another limit", () -> get("/api/v1/status").contains("777"));
        assertThat(get("/api/v1/status")).contains(":33");
        assertThat(get("/api/v1/tiers"))
                .contains("\"preset\":\"fresh\"")
                .contains("\"longest_s\":780")
                .contains("\"alive\":0.25")
                .contains("\"confirm_s\":11")
                .contains("\"deep_every_s\":259200")
                .contains("\"connect_only\":true");
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    /** Asks the server again and again; each answer is an event of its own. */
    private static void until(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
        }
    }

    @Test
    void keysLimitsAndSizesOfRequestsChangeWithoutARestart() throws Exception {
        start("");
        byte[] large = new byte[2_000];
        assertThat(send(at("/feedback").POST(BodyPublishers.ofByteArray(large))).statusCode())
                .isNotEqualTo(413);

        applied("server: {max-body: 1KiB}\nsecurity: {admin-key: first-key-of-this-test, requests-per-key: 1}\n");

        assertThat(send(at("/stat")).statusCode()).as("without a key").isEqualTo(401);
        assertThat(send(at("/feedback")
                                .header("X-API-Key", "first-key-of-this-test")
                                .POST(BodyPublishers.ofByteArray(large)))
                        .statusCode())
                .isIn(413, 429);
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            statuses.add(send(at("/stat").header("X-API-Key", "first-key-of-this-test"))
                    .statusCode());
        }
        assertThat(statuses).as("one a second").contains(429);

        Files.writeString(
                file,
                "security: {admin-key: second-key-of-this-test, failed-keys-per-minute: 3, requests-per-address: 100}\n");
        await(running().reload());

        assertThat(send(at("/stat").header("X-API-Key", "first-key-of-this-test"))
                        .statusCode())
                .isEqualTo(401);
        HttpResponse<String> limited = send(at("/stat").header("X-API-Key", "second-key-of-this-test"));
        assertThat(limited.statusCode()).isEqualTo(200);
        assertThat(limited.headers().firstValue("ratelimit-policy"))
                .hasValueSatisfying(policy -> assertThat(policy).contains("100"));
        int wrong = 0;
        for (int i = 0; i < 5; i++) {
            wrong = send(at("/stat").header("X-API-Key", "wrong-" + i)).statusCode();
        }
        assertThat(wrong).as("three wrong keys a minute").isEqualTo(429);
    }

    @Test
    void aChoiceByApiStandsBeforeAReloadOfTheFile() throws Exception {
        start("pool: {strategy: random}\n");
        HttpRequest.Builder choose = at("/api/v1/strategy")
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"strategy\":\"round-robin\"}"));
        assertThat(send(choose).statusCode()).isEqualTo(200);

        applied("pool: {strategy: fastest-response}\n");

        assertThat(get("/api/v1/strategy"))
                .contains("\"strategy\":\"round-robin\"")
                .contains("fastest-response");
        assertThat(send(at("/api/v1/strategy").DELETE()).statusCode()).isEqualTo(200);
        assertThat(get("/stat")).contains("\"strategy\":\"fastest-response\"");
    }

    @Test
    void whatWaitsForARestartIsToldEachTimeAndNotInForce() throws Exception {
        start("");

        HttpResponse<String> first = reload("store: {connections: 9}\npool: {warm-up: 7}\n");
        assertThat(first.body())
                .contains("\"applied\":[\"pool.warm-up\"]")
                .contains("\"restart\":[\"store.connections\"]");

        HttpResponse<String> second = reload("store: {connections: 9}\npool: {warm-up: 7}\n");
        assertThat(second.body()).contains("\"applied\":[]").contains("\"restart\":[\"store.connections\"]");
        assertThat(running().reloading().pending()).containsExactly("store.connections");
        assertThat(running().reloading().inForce().store().connections()).isEqualTo(8);
        assertThat(running().reloading().read().config().store().connections()).isEqualTo(9);
    }

    @Test
    void aRoomThatRefusesLeavesEveryRoomAsItWas() throws Exception {
        start("security: {admin-key: key-of-this-test-1}\n");
        String target = "check: {rate: 123, targets: {shop: {url: 'http://127.0.0.1/', json-path: 'items['}}}\n"
                + "security: {admin-key: key-of-this-test-1}\n";

        Files.writeString(file, target);
        assertThat(await(running().reload()).problems())
                .singleElement()
                .asString()
                .contains("check.targets", "items[");

        assertThat(running().reloading().inForce().check().rate()).isEqualTo(20_000);
        assertThat(running().reloading().pending()).isEmpty();
    }

    @Test
    void noRequestFailsWhileTheConfigurationChangesTwoHundredTimes() throws Exception {
        try (ServerSocket one = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Path list = Files.writeString(
                    folder.resolve("list.txt"),
                    "http://127.0.0.1:" + one.getLocalPort() + "\nhttp://127.0.0.1:" + two.getLocalPort() + "\n");
            start("check: {mode: connect}\nschedule: {tick: 50ms}\n", list);
            until("a proxy", () -> send(at("/get-proxy")).statusCode() == 200);
            Set<String> known = Set.of(
                    "http://127.0.0.1:" + one.getLocalPort() + '\n', "http://127.0.0.1:" + two.getLocalPort() + '\n');
            Map<String, Integer> wrong = new ConcurrentHashMap<>();
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            CountDownLatch ended = new CountDownLatch(3);
            for (int i = 0; i < 3; i++) {
                new Thread(
                                () -> {
                                    try {
                                        while (!over.get()) {
                                            HttpResponse<String> answer = send(at("/get-proxy"));
                                            answered.incrementAndGet();
                                            if (answer.statusCode() != 200 || !known.contains(answer.body())) {
                                                wrong.merge(answer.statusCode() + " " + answer.body(), 1, Integer::sum);
                                            }
                                        }
                                    } catch (IOException | InterruptedException e) {
                                        wrong.merge(e.toString(), 1, Integer::sum);
                                    } finally {
                                        ended.countDown();
                                    }
                                },
                                "hammer-" + i)
                        .start();
            }
            String[] strategies = {"random", "round-robin", "fastest-response", "weighted-random"};
            for (int i = 0; i < 200; i++) {
                applied("check: {mode: connect, rate: " + (1_000 + i) + ", retries: " + i % 3 + ", connect-timeout: "
                        + (1 + i % 5) + "s}\nschedule: {tick: 50ms, active: " + (10 + i) + "m, batch: " + (100 + i)
                        + "}\npool: {strategy: " + strategies[i % 4] + "}\nsecurity: {requests-per-address: "
                        + (i % 2 == 0 ? 0 : 1_000_000) + "}\nserver: {max-body: " + (10 + i)
                        + "KiB}\nfeatures: {fast-lane: {percent: " + i % 101 + "}}\nlog: {format: "
                        + (i % 2 == 0 ? "text" : "json") + "}\n");
            }
            over.set(true);
            assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();

            assertThat(wrong).isEmpty();
            assertThat(answered.get()).isPositive();
            assertThat(running().reloading().inForce().check().rate()).isEqualTo(1_199);
        }
    }
}
