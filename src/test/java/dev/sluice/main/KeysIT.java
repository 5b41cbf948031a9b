package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.pool.Entries;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What belongs to the operator and outlasts a process: keys, reports of applications, the last good set, the strategy. */
class KeysIT {
    private static final Pattern KEY = Pattern.compile("(?m)^(sluice_([0-9A-Za-z]+)_\\S+)$");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int PROXIES = 3;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private int port;

    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void choosePort() throws IOException {
        port = SluiceProcess.freePort();
    }

    // Keys.

    @Test
    void keysMadeOfflineAndBesideTheServerOpenWhatTheirRolesAllowUntilTheyAreRevoked() throws Exception {
        Matcher admin = made(keys("create", "--label=ops", "--role=admin,read,feedback"));
        store(store -> alive(store));
        try (SluiceProcess server = serving()) {
            assertThat(get("/get-proxy", null).statusCode()).isEqualTo(401);
            assertThat(get("/get-proxy", "sluice_4fTq0ZkXw1Ab_nobody").statusCode())
                    .isEqualTo(401);
            assertThat(get("/get-proxy", admin.group(1)).statusCode()).isEqualTo(200);
            assertThat(get("/health", null).statusCode()).isEqualTo(200);

            SluiceProcess unknown = keys("list");
            assertThat(unknown.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(unknown.output()).contains("401", "SLUICE_ADMIN_KEY");

            Matcher reader = made(keys("create", "--label=crawler", "--role=read", "--key=" + admin.group(1)));
            assertThat(get("/get-proxy", reader.group(1)).statusCode()).isEqualTo(200);
            assertThat(report(reader.group(1)).statusCode()).isEqualTo(403);
            assertThat(get("/api/v1/keys", reader.group(1)).statusCode()).isEqualTo(403);
            assertThat(report(admin.group(1)).statusCode()).isEqualTo(200);

            SluiceProcess listed = keys("list", "--key=" + admin.group(1));
            assertThat(listed.output())
                    .contains("ops", "crawler", admin.group(2), reader.group(2))
                    .doesNotContain(admin.group(1), reader.group(1));

            SluiceProcess revoked = keys("revoke", reader.group(2), "--key=" + admin.group(1));
            assertThat(revoked.exitCode()).isEqualTo(ExitCode.DONE);
            assertThat(get("/get-proxy", reader.group(1)).statusCode())
                    .as("the next request")
                    .isEqualTo(401);
            assertThat(get("/get-proxy", admin.group(1)).statusCode()).isEqualTo(200);
            assertThat(server.output()).as("no key is logged").doesNotContain(admin.group(1), reader.group(1));
        }
    }

    @Test
    void whoeverListensToOthersWithoutAKeyIsRefused() throws Exception {
        SluiceProcess open = SluiceProcess.run(folder, words("serve", "--set", "server.host=0.0.0.0"));

        assertThat(open.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(open.output()).contains("0.0.0.0", "SLUICE_ADMIN_KEY");
    }

    /** Runs {@code keys} with {@code arguments} to its end. */
    private SluiceProcess keys(String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("keys"));
        words.addAll(List.of(arguments));
        Settings.add(words, "server.port=" + port);
        return SluiceProcess.run(folder, words.toArray(String[]::new));
    }

    /** The key that was made, and its id. */
    private static Matcher made(SluiceProcess create) throws InterruptedException {
        assertThat(create.exitCode()).as(create.output()).isEqualTo(ExitCode.DONE);
        Matcher key = KEY.matcher(create.output());
        assertThat(key.find()).as(create.output()).isTrue();
        return key;
    }

    // What outlasts a restart.

    @Test
    void reportsAndTheStrategyOutlastARestart() throws Exception {
        store(store -> alive(store));
        try (SluiceProcess server = serving()) {
            assertThat(report(null).statusCode()).isEqualTo(200);
            assertThat(put("/api/v1/strategy", "{\"strategy\":\"round-robin\"}").statusCode())
                    .isEqualTo(200);
            assertThat(server.terminate()).isIn(0, 143);
        }
        try (SluiceProcess again = serving()) {
            assertThat(detail()).contains("\"shop\":{", "\"failures\":1");
            assertThat(get("/api/v1/strategy", null).body())
                    .contains("\"strategy\":\"round-robin\"", "\"changed_by_api\":true");
            assertThat(again.terminate()).isIn(0, 143);
        }

        Path snapshot = folder.resolve("data").resolve("feedback.snapshot");
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length / 2] ^= 0x10;
        Files.write(snapshot, bytes);
        try (SluiceProcess third = serving()) {
            assertThat(third.output())
                    .contains("feedback.snapshot is refused")
                    .contains("a snapshot is restored")
                    .contains("feedback.snapshot.1");
            assertThat(detail()).contains("\"shop\":{", "\"failures\":1");
        }
    }

    @Test
    void theLastGoodSetIsServedAsStaleWhenEverythingHasDiedMeanwhile() throws Exception {
        store(store -> alive(store));
        try (SluiceProcess server = serving()) {
            HttpResponse<String> fresh = get("/get-proxy?limit=10", null);
            assertThat(fresh.body().lines()).hasSize(PROXIES);
            assertThat(fresh.headers().firstValue("x-sluice-stale")).isEmpty();
            assertThat(server.terminate()).isIn(0, 143);
        }
        store(KeysIT::dead);
        try (SluiceProcess again = serving()) {
            HttpResponse<String> stale = get("/get-proxy?limit=10", null);
            assertThat(stale.statusCode()).isEqualTo(200);
            assertThat(stale.headers().firstValue("x-sluice-stale")).contains("true");
            assertThat(stale.body().lines())
                    .containsExactlyInAnyOrderElementsOf(
                            proxies().map(proxy -> proxy.key().url()).toList());
            assertThat(again.terminate()).isIn(0, 143);
        }
    }

    // The server.

    private String[] words(String... first) {
        List<String> words = new ArrayList<>(List.of(first));
        Settings.add(words, "server.port=" + port);
        Settings.add(words, "judge.tls-listen=127.0.0.1:0");
        Settings.add(words, "fetch.enabled=false");
        Settings.add(words, "schedule.enabled=false");
        return words.toArray(String[]::new);
    }

    /** One that has started, with nothing that changes the pool. */
    private SluiceProcess serving() throws IOException, InterruptedException {
        SluiceProcess server = SluiceProcess.start(folder, words("serve"));
        server.until("readiness", () -> !SluiceProcess.get(port, "/ready").isEmpty());
        return server;
    }

    private String detail() throws IOException, InterruptedException {
        return get("/api/v1/proxies/1", null).body();
    }

    private HttpResponse<String> get(String path, @Nullable String key) throws IOException, InterruptedException {
        return send(request(path, key).GET());
    }

    private HttpResponse<String> report(@Nullable String key) throws IOException, InterruptedException {
        return send(request("/feedback", key)
                .POST(BodyPublishers.ofString("{\"source\":\"shop\",\"proxy\":\""
                        + Entries.entry(1).pooled().key().url() + "\",\"success\":false}")));
    }

    private HttpResponse<String> put(String path, String json) throws IOException, InterruptedException {
        return send(request(path, null).PUT(BodyPublishers.ofString(json)));
    }

    private HttpRequest.Builder request(String path, @Nullable String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("Accept", "text/plain");
        return key == null ? request : request.header("X-API-Key", key);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    // The database.

    private static Stream<PooledProxy> proxies() {
        return LongStream.rangeClosed(1, PROXIES)
                .mapToObj(id -> Entries.entry(id).pooled());
    }

    /** Works on the database of the server, while there is none. */
    private void store(Function<ProxyStore, Future<Integer>> work) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Path file = folder.resolve("data").resolve("sluice.db");
            ProxyStore store = await(Stores.open(
                    vertx,
                    new StoreConfig(
                            "sqlite:" + file,
                            PATIENCE,
                            Duration.ofMillis(250),
                            10_000,
                            Duration.ofDays(7),
                            Duration.ofDays(30),
                            400,
                            1),
                    TestVaults.usual()));
            try {
                assertThat(await(work.apply(store))).isEqualTo(PROXIES);
            } finally {
                await(store.close());
            }
        } finally {
            await(vertx.close());
        }
    }

    private static Future<Integer> alive(ProxyStore store) {
        List<Candidate> candidates =
                proxies().map(proxy -> new Candidate(proxy.key(), 0, null)).toList();
        return store.keep(new CandidatesFound("list", Entries.NOW, candidates), Merge.UPDATE)
                .compose(kept -> store.write(proxies()
                        .map(proxy -> new HealthChange(proxy.id(), proxy.key(), 0, proxy.health(), List.of()))
                        .toList()));
    }

    private static Future<Integer> dead(ProxyStore store) {
        return store.get(proxies().map(PooledProxy::id).toList())
                .compose(
                        stored -> store.write(stored.stream().map(KeysIT::death).toList()));
    }

    private static HealthChange death(StoredProxy stored) {
        Health was = stored.health();
        Health now = new Health(
                false,
                was.active(),
                was.verified(),
                was.capabilities(),
                was.anonymity(),
                was.tampering(),
                was.exitAddress(),
                was.tier(),
                was.risk(),
                was.priority(),
                was.nextCheckAtMillis(),
                was.checkEveryMillis(),
                Entries.NOW + 1,
                was.lastCheckedAtMillis(),
                was.lastAliveAtMillis(),
                was.successRate(),
                was.latencyMillis(),
                3,
                was.checks(),
                was.successes(),
                was.uses(),
                was.lastReason(),
                was.version() + 1);
        return new HealthChange(stored.id(), stored.key(), was.version(), now, List.of());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
