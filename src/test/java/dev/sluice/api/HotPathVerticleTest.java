package dev.sluice.api;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.SecurityConfig;
import dev.sluice.pool.Strategy;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.NewKey;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.core.spi.observability.HttpRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is answered in front of Vert.x is answered with the very bytes of the usual way, and what cannot be goes that way. An
 * option of {@code Connection} that nobody knows changes no answer and sends a request the usual way.
 */
final class HotPathVerticleTest {
    private static final String USUAL = "Connection: usual";
    private static final long SECOND = 1_000_000_000;

    /** Requests that Vert.x has seen. */
    private final AtomicInteger seen = new AtomicInteger();

    private Vertx vertx;
    private Surroundings around;

    @BeforeEach
    void start() {
        vertx = Vertx.builder()
                .with(new VertxOptions().setMetricsOptions(new MetricsOptions().setEnabled(true)))
                .withMetrics(options -> new Seeing())
                .build();
        around = new Surroundings();
        around.pool.put(entry(1).lists("v4").pooled());
        around.pool.put(entry(2).scheme(Scheme.SOCKS5)
                .host("2001:db8::7")
                .port(1)
                .lists("v6")
                .pooled());
        around.pool.put(entry(3).scheme(Scheme.SOCKS4)
                .host("proxy.example")
                .port(65_535)
                .location(Location.UNKNOWN)
                .lists("name")
                .pooled());
        around.pool.put(entry(4).host("255.0.10.100")
                .credentials("m\u00e9", "p:w \u540d")
                .lists("secret")
                .pooled());
        around.pool.put(entry(5).scheme(Scheme.HTTPS)
                .host("2001:db8::8")
                .credentials("me", "pw")
                .latency(12.345)
                .successRate(0.5)
                .lists("secret6", "two words")
                .pooled());
        around.now.addAndGet(10);
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private int serve(SecurityConfig security) {
        return Surroundings.deploy(vertx, around.verticle(Surroundings.server(0, null), security, new Bus(vertx)))
                .port();
    }

    private String key(boolean credentials, int rate, Role... roles) {
        return around.keys
                .create(new NewKey("test", EnumSet.copyOf(List.of(roles)), credentials, 0, rate))
                .await()
                .text()
                .reveal();
    }

    /** Counts the requests that come as far as Vert.x. */
    private final class Seeing implements VertxMetrics {
        @Override
        public HttpServerMetrics<?, ?, ?> createHttpServerMetrics(HttpServerOptions options, SocketAddress address) {
            return new HttpServerMetrics<Integer, Object, Object>() {
                @Override
                public Integer requestBegin(Object socket, HttpRequest request) {
                    return seen.incrementAndGet();
                }
            };
        }
    }

    /** An answer as it came: names of headers in lower case, and no order among them. */
    private record Whole(String statusLine, List<String> headers, String body) {
        static Whole of(String head, Wire.Answer answer) {
            List<String> lines = List.of(head.trim().split("\r\n", -1));
            List<String> headers = new ArrayList<>();
            for (String line : lines.subList(1, lines.size())) {
                int colon = line.indexOf(':');
                headers.add(line.substring(0, colon).toLowerCase(Locale.ROOT)
                        + ": "
                        + line.substring(colon + 1).trim());
            }
            headers.sort(null);
            return new Whole(lines.get(0), headers, answer.body());
        }
    }

    private static Whole next(KeptAlive connection, boolean bare) throws IOException {
        Wire.Answer answer = connection.next(bare);
        return Whole.of(connection.head(), answer);
    }

    private static Whole whole(KeptAlive connection, String method, String target, String... headers)
            throws IOException {
        connection.send(KeptAlive.request(method, target, headers));
        return next(connection, method.equals("HEAD"));
    }

    private Whole quick(KeptAlive connection, String method, String target, String... headers) throws IOException {
        int before = seen.get();
        Whole quick = whole(connection, method, target, headers);
        assertThat(seen.get()).as("%s %s is seen by Vert.x", method, target).isEqualTo(before);
        return quick;
    }

    private Whole usual(KeptAlive connection, String method, String target, String... headers) throws IOException {
        int before = seen.get();
        String[] more = Stream.concat(Stream.of(USUAL), Stream.of(headers)).toArray(String[]::new);
        Whole usual = whole(connection, method, target, more);
        assertThat(seen.get()).as("%s %s is seen by Vert.x", method, target).isEqualTo(before + 1);
        return usual;
    }

    /** Asks both ways, each with quotas that are whole, and returns what both answer. */
    private Whole same(KeptAlive connection, String method, String target, String... headers) throws IOException {
        around.nanos.addAndGet(SECOND);
        Whole quick = quick(connection, method, target, headers);
        around.nanos.addAndGet(SECOND);
        Whole usual = usual(connection, method, target, headers);
        assertThat(quick).as("%s %s %s", method, target, List.of(headers)).isEqualTo(usual);
        return quick;
    }

    private static List<String> targets() {
        List<String> targets = new ArrayList<>();
        for (String list : List.of("v4", "v6", "name", "secret", "secret6")) {
            for (String path : List.of("/get-proxy", "/random")) {
                targets.add(path + "?list=" + list);
                targets.add(path + "?list=" + list + "&format=json");
            }
        }
        for (Strategy strategy : Strategy.values()) {
            targets.add("/get-proxy?list=v4&strategy=" + strategy.text());
        }
        targets.addAll(List.of(
                "/get-proxy?list=v4&format=text",
                "/get-proxy?list=v4&limit=1",
                "/get-proxy?list=v4&limit=0001",
                "/get-proxy?list=v4&all=0",
                "/get-proxy?&&list=v4&",
                "/get-proxy?list=%764",
                "/get-proxy?list=two+words&format=json",
                "/get-proxy?list=two%20words",
                "/get-proxy?source=my_app&list=v4",
                "/get-proxy?country=DE,fr&list=v4&tier=1&max_age_s=600&min_reputation=1"));
        return targets;
    }

    @Test
    void aRequestForOneProxyGetsTheSameBytesInFrontOfVertx() throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            for (String target : targets()) {
                for (String method : List.of("GET", "HEAD")) {
                    Whole both = same(connection, method, target);
                    assertThat(both.statusLine).isEqualTo("HTTP/1.1 200 OK");
                    assertThat(both.body.isEmpty()).isEqualTo(method.equals("HEAD"));
                }
            }
            assertThat(same(connection, "GET", "/random?list=secret").body)
                    .isEqualTo("http://m%C3%A9:p%3Aw%20%E5%90%8D@255.0.10.100:8080\n");
            assertThat(same(connection, "GET", "/random?list=v6").body).isEqualTo("socks5://[2001:db8::7]:1\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "application/json",
                "APPLICATION/JSON",
                "application/*",
                "text/plain",
                "text/html",
                "application/json, */*",
                "text/plain;q=0.5, application/json;q=0.4",
                "application/json;q=0",
                "application/json;q=nonsense",
                "image/png",
                "",
                ",",
                "\u00a7"
            })
    void acceptCountsTheSame(String accept) throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            for (String target : List.of(
                    "/get-proxy?list=v4",
                    "/random?list=v4",
                    "/get-proxy?list=v4&format=json",
                    "/get-proxy?list=v4&format=text")) {
                same(connection, "GET", target, "Accept: " + accept);
                same(connection, "HEAD", target, "Accept: " + accept);
                same(connection, "GET", target, "Accept: " + accept, "Accept: application/json");
            }
        }
    }

    @Test
    void withoutAQueryTheWholePoolIsAsked() throws Exception {
        for (int id = 2; id <= 5; id++) {
            around.pool.remove(id);
        }
        around.now.addAndGet(10);
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            for (String target : List.of("/get-proxy", "/random", "/get-proxy?", "/random?&")) {
                assertThat(same(connection, "GET", target).body).isEqualTo("http://127.0.0.1:8080\n");
            }
        }
    }

    /** What an option of Connection changes nothing about takes the quick way too. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: keep-alive",
                "Connection: Keep-Alive",
                "Content-Length: 0",
                "User-Agent: \u00ff",
                "If-None-Match: *",
                "Range: bytes=0-1",
                "Cookie: a=b",
                "Host: 127.0.0.1:8080",
                "Origin: http://localhost"
            })
    void otherHeadersChangeNothing(String header) throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            Whole plain = quick(connection, "GET", "/get-proxy?list=v4");
            assertThat(quick(connection, "GET", "/get-proxy?list=v4", header)).isEqualTo(plain);
            assertThat(usual(connection, "GET", "/get-proxy?list=v4", header)).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Host: example.com                                 | 403",
                "Host: localhost.example.com:80                    | 403",
                "Host: \u00e9\"                                    | 403",
                "Origin: http://example.com                        | 403",
                "Origin: null                                      | 403",
                "Host: localhost;Host: localhost                   | 400",
                "Host: localhost;Origin: http://localhost;Origin: x | 403"
            })
    void strangersAreRefusedWithTheSameBytes(String headers, int status) throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            String[] lines = headers.split(";", -1);
            assertThat(same(connection, "GET", "/get-proxy?list=v4", lines).statusLine)
                    .contains(" " + status + " ");
            same(connection, "HEAD", "/random?list=v4", lines);
        }
    }

    @Test
    void aRequestWithoutHostIsRefusedWithTheSameBytes() throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            connection.send("GET /get-proxy?list=v4 HTTP/1.1\r\n\r\n");
            Whole quick = next(connection, false);
            assertThat(seen.get()).isZero();
            connection.send("GET /get-proxy?list=v4 HTTP/1.1\r\n" + USUAL + "\r\n\r\n");
            Whole usual = next(connection, false);
            assertThat(seen.get()).isEqualTo(1);
            assertThat(quick).isEqualTo(usual);
            assertThat(quick.statusLine).isEqualTo("HTTP/1.1 400 Bad Request");
        }
    }

    // --- keys ---

    @Test
    void aKeyCountsTheSameInEachOfItsPlaces() throws Exception {
        String blind = key(false, 0, Role.READ);
        String seeing = key(true, 0, Role.READ);
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.withKey()))) {
            for (String key : List.of(blind, seeing, Surroundings.KEY)) {
                for (String target : targets()) {
                    char separator = target.contains("?") ? '&' : '?';
                    Whole header = same(connection, "GET", target, "X-API-Key: " + key);
                    Whole bearer = same(connection, "GET", target, "authorization: bearer  " + key);
                    Whole parameter = same(connection, "GET", target + separator + "api_key=" + key);
                    assertThat(header.statusLine).isEqualTo("HTTP/1.1 200 OK");
                    assertThat(List.of(bearer, parameter)).containsOnly(header);
                    same(connection, "HEAD", target, "X-API-Key: " + key);
                }
            }
            String secret = "/get-proxy?list=secret";
            assertThat(same(connection, "GET", secret, "X-API-Key: " + blind).body)
                    .isEqualTo("http://255.0.10.100:8080\n");
            assertThat(same(connection, "GET", secret + "&format=json", "X-API-Key: " + blind).body)
                    .doesNotContain("username", "password", "m\u00e9");
            assertThat(same(connection, "GET", secret + "&format=json", "X-API-Key: " + seeing).body)
                    .contains("\"username\":\"m\u00e9\",\"password\":\"p:w \u540d\"");
        }
    }

    @Test
    void whoMayNotReadIsRefusedWithTheSameBytes() throws Exception {
        String reporter = key(true, 0, Role.FEEDBACK);
        String reader = key(true, 0, Role.READ);
        SecurityConfig patient =
                new SecurityConfig(Secret.of(Surroundings.KEY), null, 0, 0, 100_000, EncryptionConfig.USUAL);
        try (KeptAlive connection = new KeptAlive(serve(patient))) {
            for (String target : List.of("/get-proxy?list=v4", "/random?list=v4&format=json")) {
                for (String method : List.of("GET", "HEAD")) {
                    assertThat(same(connection, method, target).statusLine).contains(" 401 ");
                    assertThat(same(connection, method, target, "X-API-Key: guess").statusLine)
                            .contains(" 401 ");
                    assertThat(same(connection, method, target, "X-API-Key: " + reporter).statusLine)
                            .contains(" 403 ");
                    assertThat(same(connection, method, target, "X-API-Key: " + reader, "X-API-Key: x").statusLine)
                            .contains(" 400 ");
                    assertThat(same(connection, method, target + "&api_key=x", "X-API-Key: " + reader).statusLine)
                            .contains(" 400 ");
                }
            }
        }
    }

    @Test
    void aKeyOfAnotherPepperIsRefusedWithTheSameBytes() throws Exception {
        String theirs = key(true, 0, Role.READ);
        Surroundings other = new Surroundings("another pepper of 32 bytes or so, I trust", around.keyRecords);
        other.keys.load().await();
        other.pool.put(entry(1).lists("v4").pooled());
        other.now.addAndGet(10);
        around.telemetry.close();
        around = other;
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.withKey()))) {
            assertThat(same(connection, "GET", "/get-proxy?list=v4", "X-API-Key: " + theirs).body)
                    .contains("unusable-key");
        }
    }

    @Test
    void limitsAreToldAndHeldTheSame() throws Exception {
        String limited = "X-API-Key: " + key(false, 2, Role.READ);
        SecurityConfig security =
                new SecurityConfig(Secret.of(Surroundings.KEY), null, 0, 4, 10, EncryptionConfig.USUAL);
        try (KeptAlive connection = new KeptAlive(serve(security))) {
            List<List<Whole>> ways = new ArrayList<>();
            for (boolean quickly : List.of(true, false)) {
                around.nanos.addAndGet(SECOND);
                List<Whole> answers = new ArrayList<>();
                for (String header : List.of(limited, limited, limited, "X-No: key", "X-API-Key: correct-horse")) {
                    answers.add(
                            quickly
                                    ? quick(connection, "GET", "/get-proxy?list=v4", header)
                                    : usual(connection, "GET", "/get-proxy?list=v4", header));
                }
                ways.add(answers);
            }
            assertThat(ways.get(0)).isEqualTo(ways.get(1));
            assertThat(ways.get(0))
                    .extracting(whole -> whole.statusLine.split(" ", -1)[1])
                    .containsExactly("200", "200", "429", "401", "429");
            assertThat(ways.get(0).get(2).headers)
                    .contains(
                            "retry-after: 1",
                            "ratelimit: \"default\";r=0;t=1",
                            "ratelimit-policy: \"default\";q=2;w=1");
            assertThat(ways.get(0).get(3).headers).contains("ratelimit-policy: \"default\";q=4;w=1");
        }
    }

    @Test
    void whoGuessesKeysWaitsTheSame() throws Exception {
        SecurityConfig strict = new SecurityConfig(Secret.of(Surroundings.KEY), null, 0, 0, 1, EncryptionConfig.USUAL);
        try (KeptAlive connection = new KeptAlive(serve(strict))) {
            List<Whole> quick = new ArrayList<>();
            List<Whole> usual = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                quick.add(quick(connection, "GET", "/random?list=v4", "X-API-Key: guess"));
            }
            around.nanos.addAndGet(Duration.ofHours(3).toNanos());
            for (int i = 0; i < 3; i++) {
                usual.add(usual(connection, "GET", "/random?list=v4", "X-API-Key: guess"));
            }
            assertThat(quick).isEqualTo(usual);
            assertThat(quick.get(2).statusLine).isEqualTo("HTTP/1.1 429 Too Many Requests");
        }
    }

    /** What the quick way gives up after it was counted is not counted again. */
    @Test
    void aRequestIsCountedOnceWhicheverWayItTakes() throws Exception {
        String limited = "X-API-Key: " + key(false, 100, Role.READ);
        SecurityConfig security = new SecurityConfig(null, null, 0, 50, 10, EncryptionConfig.USUAL);
        around.pool.put(entry(6).lists("mortal").pooled());
        around.now.addAndGet(10);
        try (KeptAlive connection = new KeptAlive(serve(security))) {
            quick(connection, "GET", "/get-proxy?list=mortal", limited);
            around.pool.put(entry(6).lists("mortal").alive(false).pooled());
            int left = 49;
            for (String target : List.of(
                    "/get-proxy?list=mortal",
                    "/get-proxy?list=nonesuch",
                    "/get-proxy?list=nonesuch",
                    "/random?max_latency_ms=1",
                    "/get-proxy?list=v4",
                    "/get-proxy?list=v4&limit=2",
                    "/get-proxy?list=v4&exclude=127.0.0.9:1",
                    "/get-proxy?nonesuch=1",
                    "/nothing")) {
                Wire.Answer answer = connection.ask("GET", target, limited);
                assertThat(answer.headers()).as(target).containsEntry("ratelimit", "\"default\";r=" + --left + ";t=1");
            }
            String keyed = "X-API-Key: " + key(false, 7, Role.READ);
            for (int r = 6; r >= 3; r--) {
                Wire.Answer answer = connection.ask("GET", "/get-proxy?list=other" + r, keyed);
                assertThat(answer.status()).isEqualTo(404);
                assertThat(answer.headers()).containsEntry("ratelimit", "\"default\";r=" + r + ";t=1");
            }
        }
    }

    @Test
    void bothWaysAreMeasuredTheSame() throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.withKey()))) {
            same(connection, "GET", "/get-proxy?list=v4", "X-API-Key: " + Surroundings.KEY);
            same(connection, "GET", "/random?list=v4", "X-API-Key: " + Surroundings.KEY);
            same(connection, "GET", "/get-proxy?list=v4");
        }
        assertThat(around.telemetry.scrape())
                .contains(
                        "sluice_api_request_duration_seconds_count{endpoint=\"/get-proxy\",status=\"2xx\"} 2",
                        "sluice_api_request_duration_seconds_count{endpoint=\"/random\",status=\"2xx\"} 2",
                        "sluice_api_request_duration_seconds_count{endpoint=\"none\",status=\"4xx\"} 2",
                        "sluice_api_refused_total{reason=\"no-key\"} 2.0")
                .doesNotContain("endpoint=\"/get-proxy\",status=\"4xx\"");
    }

    // --- what goes the usual way ---

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/get-proxy?list=v4&limit=2",
                "/get-proxy?list=v4&all=1",
                "/get-proxy?list=v4&exclude=127.0.0.9:1",
                "/get-proxy?list=nonesuch",
                "/get-proxy?list=v4&list=v6",
                "/get-proxy?list=%zz",
                "/get-proxy?nonesuch=1",
                "/get-proxy?strategy=luck",
                "/get-proxy/",
                "/get-proxy#x",
                "/GET-PROXY",
                "/list?list=v4",
                "/health"
            })
    void whatCannotBeAnsweredAtOnceIsLeftToVertx(String target) throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            Whole first = whole(connection, "GET", target);
            assertThat(seen.get()).isEqualTo(1);
            assertThat(usual(connection, "GET", target)).isEqualTo(first);
        }
    }

    /** A fragment has no place in a request; whoever sends one gets the same answer either way. */
    @ParameterizedTest
    @ValueSource(
            strings = {"/get-proxy?list=v4#x", "/get-proxy?#list=v4", "/get-proxy?list=v4?", "/get-proxy??list=v4"})
    void oddTargetsAreReadTheSame(String target) throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            Whole first = whole(connection, "GET", target);
            assertThat(usual(connection, "GET", target)).isEqualTo(first);
        }
    }

    @Test
    void staleAnswersComeFromVertx() throws Exception {
        for (int id = 1; id <= 5; id++) {
            around.pool.remove(id);
        }
        around.lastGood.put(entry(1).lists("v4").pooled());
        around.now.addAndGet(10);
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            Whole stale = whole(connection, "GET", "/get-proxy?list=v4");
            assertThat(seen.get()).isEqualTo(1);
            assertThat(stale.headers).contains("x-sluice-stale: true");
            assertThat(stale.body).isEqualTo("http://127.0.0.1:8080\n");
        }
    }

    @Test
    void oldClientsAndThoseThatLeaveAreServedByVertx() throws Exception {
        int port = serve(Surroundings.noKey());
        Wire.Answer expected;
        try (KeptAlive connection = new KeptAlive(port)) {
            expected = connection.ask("GET", "/get-proxy?list=v6&format=json");
        }
        assertThat(seen.get()).isZero();
        String target = "GET /get-proxy?list=v6&format=json ";
        int asked = 0;
        for (String request : List.of(
                "HTTP/1.0\r\n\r\n",
                "HTTP/1.0\r\nHost: localhost\r\n\r\n",
                "HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            Wire.Answer answer = Wire.untilClosed(port, target + request);
            assertThat(seen.get()).as(request).isEqualTo(++asked);
            assertThat(answer.status()).as(request).isEqualTo(200);
            assertThat(answer.body()).as(request).isEqualTo(expected.body());
            answer.headers().remove("connection");
            assertThat(answer.headers()).as(request).isEqualTo(expected.headers());
        }
    }

    // --- on one connection ---

    /** A request and what it is answered, alone. */
    private record Pair(String request, boolean bare, Whole answer) {}

    private List<Pair> pairs(KeptAlive connection) throws IOException {
        String report = "{\"source\":\"a\",\"proxy\":\"127.0.0.99:1\",\"success\":true}";
        List<Pair> pairs = new ArrayList<>();
        for (String request : List.of(
                KeptAlive.request("GET", "/get-proxy?list=v4"),
                KeptAlive.request("GET", "/random?list=v6&format=json"),
                KeptAlive.request("HEAD", "/get-proxy?list=secret"),
                KeptAlive.request("GET", "/get-proxy?list=name", "Accept: application/json"),
                KeptAlive.request("GET", "/get-proxy?list=v4", "Host: example.com"),
                KeptAlive.request("GET", "/get-proxy?list=v4", USUAL),
                KeptAlive.request("GET", "/list"),
                KeptAlive.request("HEAD", "/list?format=json"),
                KeptAlive.request("GET", "/get-proxy?list=v4&limit=2"),
                KeptAlive.request("GET", "/get-proxy?country=ZZ"),
                KeptAlive.request("GET", "/nothing"),
                KeptAlive.request("GET", "/api/v1/proxies/9"),
                KeptAlive.request("POST", "/reload", "X-Request-Id: one-name"),
                KeptAlive.request("POST", "/feedback", "Content-Length: " + report.length()) + report)) {
            boolean bare = request.startsWith("HEAD");
            connection.send(request);
            pairs.add(new Pair(request, bare, next(connection, bare)));
        }
        return pairs;
    }

    @Test
    void answersToPipelinedRequestsComeInTheirOrder() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int port = serve(Surroundings.noKey());
        for (int round = 0; round < 20; round++) {
            try (KeptAlive connection = new KeptAlive(port)) {
                List<Pair> pairs = pairs(connection);
                List<Pair> sent = new ArrayList<>();
                StringBuilder bytes = new StringBuilder();
                for (int i = 0; i < 100; i++) {
                    // Runs of quick ones between others.
                    Pair next = pairs.get(random.nextInt(random.nextBoolean() ? 5 : pairs.size()));
                    sent.add(next);
                    bytes.append(next.request);
                }
                for (int at = 0; at < bytes.length(); ) {
                    int end = Math.min(bytes.length(), at + 1 + random.nextInt(random.nextBoolean() ? 40 : 20_000));
                    connection.send(bytes.substring(at, end));
                    at = end;
                }
                for (int i = 0; i < sent.size(); i++) {
                    Pair pair = sent.get(i);
                    assertThat(next(connection, pair.bare))
                            .as("seed %d, round %d, answer %d to %s", seed, round, i, pair.request)
                            .isEqualTo(pair.answer);
                }
            }
        }
        assertThat(seen.get()).isPositive();
    }
}
