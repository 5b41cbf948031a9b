package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.pool.Strategy;
import dev.sluice.port.Census;
import dev.sluice.port.Readiness;
import dev.sluice.port.Reload;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every endpoint of a server without keys, by ordinary clients and by bad ones. */
final class ApiVerticleTest {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final BlockingQueue<FeedbackReceived> PUBLISHED = new LinkedBlockingQueue<>();

    private static Vertx vertx;
    private static Surroundings around;
    private static int port;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        Bus bus = new Bus(vertx);
        bus.subscribe(Channels.FEEDBACK_RECEIVED, PUBLISHED::add);
        around = new Surroundings();
        port = Surroundings.deploy(vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), bus))
                .port();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    @BeforeEach
    void fill() {
        for (int id = 1; id <= 3_000; id++) {
            around.pool.remove(id);
        }
        around.pool.put(entry(1).latency(30).pooled());
        around.pool.put(entry(2).scheme(Scheme.SOCKS5)
                .latency(10.04)
                .credentials("me", "p:w")
                .location(new Location("NA", "US", "Reno", 64500, "Example", "test"))
                .lists("alpha", "beta")
                .pooled());
        around.pool.put(entry(3).scheme(Scheme.SOCKS4)
                .latency(20)
                .location(Location.UNKNOWN)
                .pooled());
        around.now.addAndGet(10);
        around.strategy.switchTo(Strategy.WEIGHTED_RANDOM);
        around.readiness = Readiness.State.READY;
        around.figures = Census.Figures.NONE;
        around.states = List.of(
                Surroundings.source("alpha", NOW, null), Surroundings.source("two words", 0, "connect timed out"));
        around.fetches.clear();
        PUBLISHED.clear();
    }

    private static HttpResponse<String> send(String method, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
        assertThat(response.headers().firstValue("cache-control"))
                .contains(path.equals("/openapi.yaml") ? "private, max-age=3600" : "no-store");
        return response;
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, "", headers);
    }

    private static JsonObject json(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        return new JsonObject(response.body());
    }

    private static JsonObject problem(HttpResponse<String> response, int status, String type) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return problem(response.headers().firstValue("content-type").orElse(""), response.body(), status, type);
    }

    private static JsonObject problem(Wire.Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return problem(answer.headers().getOrDefault("content-type", ""), answer.body(), status, type);
    }

    private static JsonObject problem(String contentType, String body, int status, String type) {
        assertThat(contentType).isEqualTo("application/problem+json");
        JsonObject problem = new JsonObject(body);
        assertThat(problem.getString("type")).isEqualTo("urn:sluice:problem:" + type);
        assertThat(problem.getInteger("status")).isEqualTo(status);
        assertThat(problem.getString("title")).isNotBlank();
        assertThat(problem.getString("detail")).isNotBlank().doesNotContain("Exception", "io.vertx", "dev.sluice");
        return problem;
    }

    private static List<String> urls(JsonObject answer) {
        return answer.getJsonArray("proxies").stream()
                .map(proxy -> ((JsonObject) proxy).getString("url"))
                .toList();
    }

    // --- reading ---

    @Test
    void getProxyAnswersOneLineOfText() throws Exception {
        HttpResponse<String> response = get("/get-proxy");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
        assertThat(response.body())
                .isIn("http://127.0.0.1:8080\n", "socks5://me:p%3Aw@127.0.0.2:8080\n", "socks4://127.0.0.3:8080\n");
    }

    @Test
    void listIsSortedFastestFirst() throws Exception {
        assertThat(get("/list").body())
                .isEqualTo("socks5://me:p%3Aw@127.0.0.2:8080\nsocks4://127.0.0.3:8080\nhttp://127.0.0.1:8080\n");
        assertThat(get("/list?limit=1").body()).isEqualTo("socks5://me:p%3Aw@127.0.0.2:8080\n");
        assertThat(get("/get-proxy?all=1").body()).isEqualTo(get("/list").body());
    }

    @Test
    void jsonTellsEverythingThatIsKnown() throws Exception {
        // One that no other test reports on.
        around.pool.put(entry(4).scheme(Scheme.SOCKS5)
                .latency(10.04)
                .credentials("me", "p:w")
                .location(new Location("NA", "US", "Reno", 64500, "Example", "test"))
                .lists("alpha", "gamma")
                .pooled());
        around.now.addAndGet(10);
        JsonObject answer = json(get("/list?format=json&list=gamma"), 200);
        assertThat(answer.fieldNames()).containsExactly("proxies");
        assertThat(answer.getJsonArray("proxies").getJsonObject(0))
                .isEqualTo(new JsonObject()
                        .put("id", 4)
                        .put("url", "socks5://me:p%3Aw@127.0.0.4:8080")
                        .put("protocol", "socks5")
                        .put("host", "127.0.0.4")
                        .put("port", 8080)
                        .put("capabilities", new JsonArray().add("http").add("https"))
                        .put("verified", "full")
                        .put("country", "US")
                        .put("region", "NA")
                        .put("city", "Reno")
                        .put("asn", 64500)
                        .put("organisation", "Example")
                        .putNull("type")
                        .put("location_origin", "test")
                        .put("anonymity", "elite")
                        .put("tier", 1)
                        .put("reputation", 95.0)
                        .put("latency_ms", 10.0)
                        .putNull("latency_p50_ms")
                        .putNull("latency_p95_ms")
                        .putNull("latency_p99_ms")
                        .put("success_rate", 1.0)
                        .putNull("deep")
                        .putNull("exit_address")
                        .put("rotating", false)
                        .put("last_checked_at", "2025-06-15T15:06:40Z")
                        .put("alive_since", "2025-06-15T15:06:40Z")
                        .put("lists", new JsonArray().add("alpha").add("gamma"))
                        .put("username", "me")
                        .put("password", "p:w"));
        JsonObject unlocated = json(get("/random?format=json&protocol=socks4"), 200)
                .getJsonArray("proxies")
                .getJsonObject(0);
        assertThat(unlocated.getMap()).containsEntry("country", null).containsEntry("asn", null);
        assertThat(unlocated.fieldNames()).doesNotContain("username", "password");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json|true",
                "application/json, text/plain;q=0.5|true",
                "text/plain, application/json;q=0.9|false",
                "*/*|false",
                "text/html|false",
                "application/json;q=0|false",
            })
    void acceptDecidesWhereFormatIsSilent(String accept, boolean expected) throws Exception {
        assertThat(get("/get-proxy", "Accept", accept).body().startsWith("{")).isEqualTo(expected);
        assertThat(get("/get-proxy?format=text", "Accept", accept).body()).doesNotStartWith("{");
    }

    @Test
    void limitGivesThatManyDifferentOnes() throws Exception {
        for (String path : List.of("/get-proxy", "/random")) {
            for (Strategy strategy : Strategy.values()) {
                String body = get(path + "?limit=3&strategy=" + strategy.text()).body();
                assertThat(body.lines()).as(strategy.text()).hasSize(3).doesNotHaveDuplicates();
            }
            assertThat(get(path + "?limit=2").body().lines()).hasSize(2);
            assertThat(get(path + "?limit=1000").body().lines()).hasSize(3);
        }
    }

    @Test
    void filtersNarrowTheChoice() throws Exception {
        assertThat(get("/get-proxy?country=us&protocol=socks5,http&tier=1&min_reputation=90&exclude=127.0.0.9:1")
                        .body())
                .isEqualTo("socks5://me:p%3Aw@127.0.0.2:8080\n");
        assertThat(get("/list?list=!beta").body().lines()).hasSize(2);
        assertThat(get("/list?exclude=http%3A%2F%2F127.0.0.1%3A8080").body().lines())
                .hasSize(2);
        assertThat(get("/list?city=Reno&source=my+app").body().lines()).hasSize(1);
    }

    @Test
    void nothingMatchingIsExplained() throws Exception {
        JsonObject problem = problem(get("/get-proxy?protocol=socks5&country=DE&format=text"), 404, "no-proxy");
        assertThat(problem.getString("detail")).endsWith("pool=3 verified=3 protocol=1 country=0");
        assertThat(problem.getJsonArray("filters").getJsonObject(3))
                .isEqualTo(new JsonObject().put("filter", "country").put("left", 0));
        problem(get("/list?type=residential"), 404, "no-proxy");
        problem(get("/random?limit=5&max_latency_ms=1"), 404, "no-proxy");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/get-proxy?contry=DE|unknown-parameter|contry",
                "/stat?x=1|unknown-parameter|x",
                "/health?x=1|unknown-parameter|x",
                "/get-proxy?country=DEU|invalid-parameter|country",
                "/get-proxy?country=|invalid-parameter|country",
                "/get-proxy?country|invalid-parameter|country",
                "/get-proxy?country=DE&country=US|invalid-parameter|country",
                "/get-proxy?limit=0|invalid-parameter|limit",
                "/get-proxy?limit=1001|invalid-parameter|limit",
                "/get-proxy?limit=-1|invalid-parameter|limit",
                "/get-proxy?limit=1.5|invalid-parameter|limit",
                "/get-proxy?limit=99999999999|invalid-parameter|limit",
                "/list?all=1&limit=5|invalid-parameter|limit",
                "/list?all=yes|invalid-parameter|all",
                "/list?format=xml|invalid-parameter|format",
                "/random?strategy=luck|invalid-parameter|strategy",
                "/random?tier=9|invalid-parameter|tier",
                "/random?exclude=x|invalid-parameter|exclude",
                "/get-proxy?country=%zz|malformed-request|",
                "/get-proxy?country=%4|malformed-request|",
                "/get-proxy?country=%ff|malformed-request|",
                "/get-proxy?city=%00|malformed-request|",
            })
    void aBadParameterIsNamed(String path, String type, String parameter) throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(problem(answer, 400, type).getString("parameter")).isEqualTo(parameter);
    }

    @Test
    void refusalsListWhatIsKnown() throws Exception {
        assertThat(problem(get("/get-proxy?foo=1"), 400, "unknown-parameter").getJsonArray("known"))
                .contains("country", "strategy", "exclude", "all");
        assertThat(problem(get("/random?strategy=luck"), 400, "invalid-parameter")
                        .getString("detail"))
                .contains("weighted-random", "fastest-half");
        problem(get("/get-proxy?source=" + "a".repeat(101)), 400, "invalid-parameter");
    }

    @Test
    void aManyEntriesListIsStreamedWholeInBothForms() throws Exception {
        for (int id = 4; id <= 3_000; id++) {
            around.pool.put(entry(id).latency(id).pooled());
        }
        around.now.addAndGet(10);
        assertThat(get("/list?all=1").body().lines()).hasSize(3_000).doesNotHaveDuplicates();
        assertThat(get("/list").body().lines()).hasSize(1_000);
        List<String> urls = urls(json(get("/get-proxy?all=true&format=json"), 200));
        assertThat(urls).hasSize(3_000).doesNotHaveDuplicates();
        Wire.Answer old = Wire.untilClosed(port, "GET /list?all=1 HTTP/1.0\r\n\r\n");
        assertThat(old.headers()).doesNotContainKey("transfer-encoding");
        assertThat(old.body().lines()).hasSize(3_000);
        HttpResponse<String> head = send("HEAD", "/list?all=1", "");
        assertThat(head.statusCode()).isEqualTo(200);
    }

    @Test
    void aSlowReaderGetsEverything() throws Exception {
        int size = 20_000;
        try {
            for (int id = 4; id <= size; id++) {
                around.pool.put(entry(id).pooled());
            }
            around.now.addAndGet(10);
            Wire.Answer answer = Wire.inSips(
                    port, "GET /list?all=1&format=json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body().split("\"url\"", -1)).hasSize(size + 1);
            assertThat(answer.body()).endsWith("0\r\n\r\n");
        } finally {
            for (int id = 4; id <= size; id++) {
                around.pool.remove(id);
            }
        }
    }

    @Test
    void theStrategyInForceIsUsed() throws Exception {
        around.pool.put(entry(1).latency(30).successRate(0).failures(20).pooled());
        around.now.addAndGet(10);
        Set<String> seen = new HashSet<>();
        around.strategy.switchTo(Strategy.RANDOM);
        for (int i = 0; i < 200; i++) {
            seen.add(get("/get-proxy?protocol=http,socks4").body());
        }
        assertThat(seen).as("random takes the bad one as well").hasSize(2);
        assertThat(json(get("/stat"), 200).getString("strategy")).isEqualTo("random");
    }

    @Test
    void aProxyThatDiedIsNotServedAgain() throws Exception {
        get("/list");
        around.pool.put(entry(1).alive(false).pooled());
        assertThat(get("/list").body().lines()).hasSize(2);
    }

    // --- feedback ---

    private static JsonObject report(String proxy, boolean success) {
        return new JsonObject().put("source", "my_app").put("proxy", proxy).put("success", success);
    }

    @Test
    void feedbackCountsAtOnceAndIsPublishedAsOneBatch() throws Exception {
        JsonArray reports = new JsonArray()
                .add(report("http://127.0.0.1:8080", false)
                        .put("latency_ms", 12.5)
                        .put("reason", "banned")
                        .put("target", "example.com"))
                .add(report("socks5://me:p%3Aw@127.0.0.2:8080", true))
                .add(report("127.0.0.3:8080", true).putNull("reason"))
                .add(report("127.0.0.77:8080", true));
        JsonObject answer = json(send("POST", "/feedback", reports.encode()), 200);
        assertThat(answer).isEqualTo(new JsonObject().put("accepted", 3).put("unknown", 1));
        assertThat(Objects.requireNonNull(around.feedback.get("my_app", 1)).failures())
                .isPositive();
        FeedbackReceived batch = Objects.requireNonNull(PUBLISHED.poll(10, TimeUnit.SECONDS));
        assertThat(batch.reports()).hasSize(3);
        FeedbackReceived.Report first = batch.reports().get(0);
        assertThat(first)
                .isEqualTo(new FeedbackReceived.Report(
                        "my_app", 1, false, 12.5, "banned", "example.com", first.atMillis(), true));
        assertThat(batch.reports().get(2).latencyMillis()).isNaN();
    }

    @Test
    void oneReportNeedsNoArray() throws Exception {
        JsonObject answer =
                json(send("POST", "/feedback", report("127.0.0.1:8080", true).encode()), 200);
        assertThat(answer).isEqualTo(new JsonObject().put("accepted", 1).put("unknown", 0));
    }

    @Test
    void nothingIsPublishedWhenNothingIsKnown() throws Exception {
        json(send("POST", "/feedback", report("127.0.0.77:1", true).encode()), 200);
        json(send("POST", "/feedback", report("127.0.0.1:8080", true).encode()), 200);
        assertThat(Objects.requireNonNull(PUBLISHED.poll(10, TimeUnit.SECONDS)).reports())
                .hasSize(1);
        assertThat(PUBLISHED).isEmpty();
    }

    @Test
    void theNextGetProxyFollowsTheFeedback() throws Exception {
        for (int i = 0; i < 20; i++) {
            JsonArray reports = new JsonArray()
                    .add(report("127.0.0.1:8080", true).put("source", "picky"))
                    .add(report("127.0.0.2:8080", false).put("source", "picky"))
                    .add(report("127.0.0.3:8080", false).put("source", "picky"));
            json(send("POST", "/feedback", reports.encode()), 200);
        }
        int good = 0;
        for (int i = 0; i < 200; i++) {
            good += get("/get-proxy?source=picky").body().equals("http://127.0.0.1:8080\n") ? 1 : 0;
        }
        assertThat(good).isGreaterThan(180);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\"}|/success",
                "{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":\"true\"}|/success",
                "{\"proxy\":\"127.0.0.1:8080\",\"success\":true}|/source",
                "{\"source\":\"\",\"proxy\":\"127.0.0.1:8080\",\"success\":true}|/source",
                "{\"source\":\"a\",\"success\":true}|/proxy",
                "{\"source\":\"a\",\"proxy\":5,\"success\":true}|/proxy",
                "{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":true,\"latency_ms\":-1}|/latency_ms",
                "{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":true,\"latency_ms\":\"1\"}|/latency_ms",
                "{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":true,\"sucess\":true}|/sucess",
                "{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":true,\"a/b\":1}|/a~1b",
                "[{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":true},7]|/1",
                "[{\"source\":\"a\",\"proxy\":\"127.0.0.1:8080\",\"success\":true},{}]|/1/source",
                "7|~~",
                "null|~~",
            })
    void aBadReportIsPointedAtAndNothingIsTaken(String body, String pointer) throws Exception {
        JsonObject problem = problem(send("POST", "/feedback", body), 400, "invalid-body");
        assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("pointer"))
                .isEqualTo(pointer);
        assertThat(around.feedback.get("a", 1)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", "[]", "{} {}", "nonsense"})
    void aBodyThatIsNoReportIsRefused(String body) throws Exception {
        problem(send("POST", "/feedback", body), 400, "invalid-body");
    }

    @Test
    void tooManyReportsAndErrorsAreBounded() throws Exception {
        String tooMany = IntStream.range(0, 1_001).mapToObj(i -> "{}").collect(Collectors.joining(",", "[", "]"));
        problem(send("POST", "/feedback", tooMany), 400, "invalid-body");
        String many = IntStream.range(0, 900).mapToObj(i -> "{}").collect(Collectors.joining(",", "[", "]"));
        assertThat(problem(send("POST", "/feedback", many), 400, "invalid-body").getJsonArray("errors"))
                .hasSize(10);
    }

    @Test
    void aDeepBodyIsNoTrouble() throws Exception {
        problem(send("POST", "/feedback", "[".repeat(4_000)), 400, "invalid-body");
    }

    @Test
    void aLargeBodyIsRefused() throws Exception {
        problem(send("POST", "/feedback", " ".repeat(4_097)), 413, "body-too-large");
        String chunk = "1000\r\n" + "x".repeat(4_096) + "\r\n";
        Wire.Answer chunked = Wire.untilClosed(
                port,
                "POST /feedback HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk);
        problem(chunked, 413, "body-too-large");
    }

    @Test
    void aSlowBodyIsRefusedAndTheConnectionClosed() throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "POST /feedback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
        problem(answer, 408, "body-too-slow");
        assertThat(answer.headers()).containsEntry("connection", "close");
    }

    @Test
    void aBodyNobodyAskedForEndsTheConnection() throws Exception {
        Wire.Answer answer = Wire.untilClosed(
                port, "GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).containsEntry("connection", "close");
    }

    // --- state ---

    @Test
    void statAndStatsTellCounts() throws Exception {
        around.figures = new Census.Figures(
                100,
                30,
                20,
                5,
                Surroundings.count("socks5", 100),
                Surroundings.count("active", 30),
                Surroundings.count("alpha", 90),
                Surroundings.count("alpha", 28),
                0);
        JsonObject stat = json(get("/stat"), 200);
        assertThat(stat.getMap())
                .containsEntry("total", 100)
                .containsEntry("alive", 30)
                .containsEntry("dead", 50)
                .containsEntry("never_checked", 20)
                .containsEntry("total_proxies", 100)
                .containsEntry("working_proxies", 30)
                .containsEntry("failed_proxies", 50)
                .containsEntry("strategy", "weighted-random")
                .containsEntry("last_meta_update", "2025-06-15T15:06:40Z");
        assertThat(stat.getJsonObject("by_protocol")).isEqualTo(new JsonObject().put("socks5", 100));
        assertThat(stat.getJsonObject("by_tier")).isEqualTo(new JsonObject().put("active", 30));
        assertThat(stat.getJsonObject("sources").getJsonObject("alpha"))
                .isEqualTo(new JsonObject()
                        .put("listed", 90)
                        .put("alive", 28)
                        .put("last_fetch_at", "2025-06-15T15:05:40Z")
                        .putNull("last_error"));
        assertThat(stat.getJsonObject("sources").getJsonObject("two words").getString("last_error"))
                .isEqualTo("connect timed out");
        assertThat(json(get("/stats"), 200)).isEqualTo(stat);
    }

    @Test
    void healthAndReadinessAreTold() throws Exception {
        assertThat(json(get("/health"), 200)).isEqualTo(new JsonObject().put("status", "ok"));
        assertThat(json(get("/ready"), 200)).isEqualTo(new JsonObject().put("status", "ready"));
        around.readiness = Readiness.State.DEGRADED;
        assertThat(json(get("/ready"), 200)).isEqualTo(new JsonObject().put("status", "degraded"));
        for (Readiness.State state : List.of(Readiness.State.STARTING, Readiness.State.STOPPING)) {
            around.readiness = state;
            HttpResponse<String> response = get("/ready");
            problem(response, 503, "not-ready");
            assertThat(response.headers().firstValue("retry-after")).contains("1");
        }
        assertThat(json(get("/health"), 200).getString("status")).isEqualTo("ok");
    }

    @Test
    void metricsAreInPrometheusForm() throws Exception {
        get("/health");
        HttpResponse<String> response = get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/plain; version=0.0.4");
        assertThat(response.body())
                .contains("jvm_memory_used_bytes")
                .contains("sluice_api_request_duration_seconds_count{endpoint=\"/health\",status=\"2xx\"}");
    }

    @Test
    void reloadTellsWhatBecameOfIt() throws Exception {
        around.reloaded =
                Future.succeededFuture(new Reload.Result(List.of("pool.strategy"), List.of("server.port"), List.of()));
        assertThat(json(send("POST", "/reload", ""), 200))
                .isEqualTo(new JsonObject()
                        .put("applied", new JsonArray().add("pool.strategy"))
                        .put("restart", new JsonArray().add("server.port")));
        around.reloaded = Future.succeededFuture(
                new Reload.Result(List.of(), List.of(), List.of("server.port: x (expected: 0..65535)")));
        assertThat(problem(send("POST", "/reload", ""), 422, "configuration-refused")
                        .getJsonArray("problems"))
                .containsExactly("server.port: x (expected: 0..65535)");
        around.reloaded = Future.failedFuture("secret path /etc/x");
        assertThat(problem(send("POST", "/reload", ""), 500, "internal").encode())
                .doesNotContain("secret path");
    }

    @Test
    void sourcesAreListedAndFetched() throws Exception {
        JsonArray sources = json(get("/api/v1/sources"), 200).getJsonArray("sources");
        assertThat(sources).hasSize(2);
        assertThat(sources.getJsonObject(0).getMap())
                .containsEntry("name", "alpha")
                .containsEntry("kind", "text")
                .containsEntry("entries", 10)
                .containsEntry("last_error", null);
        assertThat(json(send("POST", "/api/v1/sources/fetch", ""), 202).getJsonArray("fetching"))
                .containsExactly("alpha", "two words");
        assertThat(around.fetches.poll(10, TimeUnit.SECONDS)).isEqualTo("*");
        json(send("POST", "/api/v1/sources/fetch?name=two+words", ""), 202);
        assertThat(around.fetches.poll(10, TimeUnit.SECONDS)).isEqualTo("two words");
        json(send("POST", "/api/v1/sources/two%20words/fetch", ""), 202);
        assertThat(around.fetches.poll(10, TimeUnit.SECONDS)).isEqualTo("two words");
        assertThat(problem(send("POST", "/api/v1/sources/beta/fetch", ""), 404, "no-source")
                        .getJsonArray("known"))
                .containsExactly("alpha", "two words");
        problem(send("POST", "/api/v1/sources/%ff/fetch", ""), 400, "malformed-request");
        assertThat(around.fetches).isEmpty();
    }

    @Test
    void theIndexNamesTheEndpoints() throws Exception {
        assertThat(get("/").body()).contains("/get-proxy").contains("/api/v1/sources/{name}/fetch");
        HttpResponse<String> page = get("/", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
        assertThat(page.body()).contains("<a href=\"/list\">");
    }

    @Test
    void theJudgeGetsItsRequests() throws Exception {
        for (String path : List.of("/judge", "/judge?n=1", "/judge/deep/er")) {
            Wire.Answer answer =
                    Wire.untilClosed(port, "PUT " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(answer.body()).isEqualTo("judged " + path);
        }
        problem(get("/judgement"), 404, "not-found");
    }

    // --- methods and paths ---

    @Test
    void headGetsTheHeadOfTheAnswer() throws Exception {
        for (String path : List.of("/list", "/stat", "/health", "/openapi.yaml", "/", "/get-proxy?protocol=socks4")) {
            HttpResponse<String> whole = get(path);
            HttpResponse<String> head = send("HEAD", path, "");
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            for (String header : List.of("content-type", "content-length")) {
                assertThat(head.headers().firstValue(header))
                        .as(path)
                        .isEqualTo(whole.headers().firstValue(header));
            }
        }
        assertThat(send("HEAD", "/get-proxy?country=XX", "").statusCode()).isEqualTo(404);
    }

    @Test
    void aWrongMethodIsToldTheRightOnes() throws Exception {
        for (Map.Entry<String, String> wrong : Map.of(
                        "POST /list", "GET, HEAD",
                        "GET /feedback", "POST",
                        "HEAD /reload", "POST",
                        "DELETE /api/v1/sources", "GET, HEAD",
                        "OPTIONS /get-proxy", "GET, HEAD",
                        "GET /api/v1/sources/alpha/fetch", "POST")
                .entrySet()) {
            String[] request = wrong.getKey().split(" ", -1);
            HttpResponse<String> response = send(request[0], request[1], "");
            assertThat(response.statusCode()).as(wrong.getKey()).isEqualTo(405);
            assertThat(response.headers().firstValue("allow")).contains(wrong.getValue());
            if (!request[0].equals("HEAD")) {
                problem(response, 405, "method-not-allowed");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/list/", "//list", "/api/v1/sources//fetch", "/api/v1", "/LIST"})
    void whatIsNotThereIsNotFound(String path) throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        problem(answer, 404, "not-found");
    }

    // --- bytes on the wire ---

    @Test
    void anOldClientIsServed() throws Exception {
        Wire.Answer answer = Wire.untilClosed(port, "GET /list HTTP/1.0\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().lines()).hasSize(3);
    }

    @Test
    void aRequestWithoutHostOrWithTwoIsMalformed() throws Exception {
        problem(Wire.untilClosed(port, "GET /list HTTP/1.1\r\nConnection: close\r\n\r\n"), 400, "malformed-request");
        problem(
                Wire.untilClosed(
                        port, "GET /list HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                400,
                "malformed-request");
    }

    @Test
    void oversizedHeadsAreRefused() throws Exception {
        problem(
                Wire.untilClosed(port, "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                414,
                "uri-too-long");
        problem(
                Wire.untilClosed(
                        port, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(9_000) + "\r\n\r\n"),
                431,
                "headers-too-large");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NONSENSE\r\n\r\n",
                "GET http://127.0.0.1/list HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /list HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\nConnection: close\r\n\r\n",
            })
    void whatIsNoRequestToThisServerIsMalformed(String request) throws Exception {
        problem(Wire.untilClosed(port, request), 400, "malformed-request");
    }

    @Test
    void anUpgradeToHttp2IsNotTaken() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                .version(HttpClient.Version.HTTP_2)
                .timeout(Duration.ofSeconds(20))
                .build();
        HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }

    // --- who may ask ---

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "127.9.9.9", "[::1]", "[::1]:8080"})
    void loopbackHostsAreServed(String host) throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "GET /list HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "10.0.0.1",
                "0.0.0.0",
                "localhost:80@evil.example",
                "::1",
                "[::2]",
                "2130706433",
            })
    void foreignHostsAreRefused(String host) throws Exception {
        for (String path : List.of("/list", "/health", "/judge", "/nothing")) {
            Wire.Answer answer = Wire.untilClosed(
                    port, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
            problem(answer, 403, "foreign-host");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example, 403",
        "null, 403",
        "http://localhost:1, 403",
        "https://localhost, 403",
        "http://localhost, 200",
    })
    void onlyPagesOfItsOwnOriginAreServed(String origin, int status) throws Exception {
        Wire.Answer answer = Wire.untilClosed(
                port, "GET /list HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin + "\r\nConnection: close\r\n\r\n");
        assertThat(answer.status()).isEqualTo(status);
        if (status == 403) {
            problem(answer, 403, "foreign-origin");
        }
    }
}
