package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.farm.Conditions;
import dev.sluice.net.farm.Knee;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the way to the farm can be like: bent, cut, full, slow. */
class ConditionsVerticleTest {
    /** For what is expected not to come. */
    private static final int SHORT_MILLIS = 300;

    private static final long NANOS_A_SECOND = 1_000_000_000;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private Farm deployed(FarmConfig config) throws Exception {
        FarmVerticle verticle = new FarmVerticle(config, InstantSource.system());
        await(vertx.deployVerticle(verticle));
        return verticle.farm();
    }

    private Farm deployed(int count, String mix, Conditions conditions) throws Exception {
        return deployed(FarmConfig.of(count, 5, FarmMix.parse(mix)).with(conditions));
    }

    private static ProxyKey identity(Farm farm, FarmKind kind) {
        return farm.first(kind).orElseThrow().identities().get(0);
    }

    private static ProxyKey anchor(Farm farm) {
        return ProxyKey.of(
                Scheme.HTTP, farm.anchor().getHostString(), farm.anchor().getPort());
    }

    private static int port(String url) {
        return URI.create(url).getPort();
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> control(Farm farm, String order) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(farm.controlUrl() + "/control/" + order))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The address {@code proxy} shows to a target. */
    private static String exit(Farm farm, ProxyKey proxy) throws IOException {
        URI target = URI.create(farm.webUrl() + "/echo");
        try (RawProxyClient client = new RawProxyClient(proxy)) {
            if (proxy.scheme() == Scheme.HTTP) {
                return clientAddress(client.getAbsolute(target.toString()));
            }
            assertThat(client.tunnel(target.getHost(), target.getPort())).isNull();
            return clientAddress(client.get(target));
        }
    }

    private static String clientAddress(RawProxyClient.Answer echo) {
        return echo.body().replaceAll("(?s).*\"client_address\":\"([0-9.]+)\".*", "$1");
    }

    @Test
    void aThousandProxiesShowAThousandAddresses() throws Exception {
        Farm farm = deployed(
                1000,
                "http-elite=2,http-transparent=1,http-password=1,socks4=2,socks5=2,socks5-password=1,dual=1",
                Conditions.DEFAULT);
        Set<String> seen = new TreeSet<>();
        for (FarmProxy proxy : farm.proxies()) {
            for (ProxyKey identity : proxy.identities()) {
                assertThat(exit(farm, identity)).as(identity.url()).isEqualTo(proxy.exitAddress());
            }
            seen.add(String.valueOf(proxy.exitAddress()));
        }
        assertThat(seen).hasSize(1000);
    }

    @Test
    void aRotatingProxyLeavesFromAnotherAddressEveryTime() throws Exception {
        Farm farm = deployed(1, "http-rotating=1", Conditions.DEFAULT);
        FarmProxy proxy = farm.proxies().get(0);
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            seen.add(exit(farm, proxy.identities().get(0)));
        }
        assertThat(seen.subList(0, 4)).containsExactlyInAnyOrderElementsOf(proxy.exitAddresses());
        assertThat(seen.subList(4, 8)).isEqualTo(seen.subList(0, 4));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aboveTheKneeNoMoreComeThroughAndTheAnchorLosesItsSyns(boolean nativeTransport) throws Exception {
        await(vertx.close());
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeTransport));
        int perSecond = 50;
        Farm farm = deployed(
                20,
                "http-elite=1,socks5=1,dual=1",
                Conditions.DEFAULT.withKnee(new Knee(perSecond, perSecond, Duration.ZERO, 4)));
        assertThat(farm.proxies())
                .allMatch(proxy -> proxy.port() == farm.anchor().getPort());
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger lost = new AtomicInteger();
        int anchorLost = 0;
        long acceptedBefore = farm.accepted().total();
        long startNanos = System.nanoTime();
        ExecutorService crowd = Executors.newFixedThreadPool(8);
        try {
            for (int i = 0; i < 8; i++) {
                FarmProxy proxy = farm.proxies().get(i);
                crowd.execute(() -> knock(proxy, enough, lost));
            }
            long openNanos = 0;
            while (openNanos < 2 * NANOS_A_SECOND || anchorLost == 0 && openNanos < 20 * NANOS_A_SECOND) {
                anchorLost += opens(anchor(farm), 100) ? 0 : 1;
                openNanos = System.nanoTime() - startNanos;
            }
        } finally {
            enough.set(true);
            crowd.shutdown();
            assertThat(crowd.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
        long accepted = farm.accepted().total() - acceptedBefore;
        double seconds = (double) (System.nanoTime() - startNanos) / NANOS_A_SECOND;

        assertThat(accepted).isPositive().isLessThanOrEqualTo((long) (perSecond * seconds) + 2);
        assertThat(lost).hasPositiveValue();
        assertThat(anchorLost).isPositive();
        try (RawProxyClient relieved = new RawProxyClient(anchor(farm), 10_000)) {
            relieved.send("a");
        }
    }

    private static void knock(FarmProxy proxy, AtomicBoolean enough, AtomicInteger lost) {
        while (!enough.get()) {
            if (!opens(proxy.listed(), 100)) {
                lost.incrementAndGet();
            }
        }
    }

    private static boolean opens(ProxyKey key, int timeoutMillis) {
        try (RawProxyClient client = new RawProxyClient(key, timeoutMillis)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void theKneeMovesAfterTheFirstConnectionAndByOrder() throws Exception {
        Farm farm =
                deployed(2, "http-elite=1", Conditions.DEFAULT.withKnee(new Knee(500, 40, Duration.ofMillis(1), 32)));
        assertThat(get(farm.controlUrl() + "/truth").body()).contains("\"knee_per_second\":500");

        exit(farm, identity(farm, FarmKind.HTTP_ELITE));

        until(farm, "\"knee_per_second\":40,");
        assertThat(control(farm, "knee?per-second=900").statusCode()).isEqualTo(204);
        until(farm, "\"knee_per_second\":900,");
        assertThat(control(farm, "knee?per-second=0").body()).isEqualTo("knee: 0 (expected: 1..1000000)\n");
        assertThat(farm.accepted().total()).isEqualTo(1);
        assertThat(get(farm.controlUrl() + "/truth").body())
                .contains("\"accepted\":1,", "\"accepted_peak\":1,", "\"accepted_per_second\":[")
                .contains("\"anchor_port\":" + farm.anchor().getPort());
    }

    private static void until(Farm farm, String expected) throws Exception {
        String seen = "";
        for (int i = 0; i < 2000 && !seen.contains(expected); i++) {
            seen = get(farm.controlUrl() + "/truth").body();
        }
        assertThat(seen).contains(expected);
    }

    @Test
    void anOutageSilencesEveryPortAndEverythingIsBackAfterIt() throws Exception {
        Farm farm = deployed(12, "http-elite=1,socks5=1,refuse=1,silent=1", Conditions.DEFAULT);
        ProxyKey http = identity(farm, FarmKind.HTTP_ELITE);
        ProxyKey socks = identity(farm, FarmKind.SOCKS5);
        ProxyKey refusing = identity(farm, FarmKind.REFUSE);
        ProxyKey silent = identity(farm, FarmKind.SILENT);
        try (RawProxyClient open = new RawProxyClient(http);
                RawProxyClient tunnel = new RawProxyClient(socks)) {
            assertThat(open.getAbsolute(farm.webUrl() + "/echo").status()).isEqualTo(200);
            assertThat(tunnel.tunnel("127.0.0.1", port(farm.webUrl()))).isNull();

            assertThat(control(farm, "outage?for=60s").statusCode()).isEqualTo(204);

            assertThatThrownBy(open::read).isInstanceOf(IOException.class);
            assertThatThrownBy(tunnel::read).isInstanceOf(IOException.class);
        }
        for (ProxyKey key : List.of(http, socks, refusing, silent, anchor(farm))) {
            assertThatThrownBy(() -> new RawProxyClient(key, SHORT_MILLIS))
                    .as(key.url())
                    .isInstanceOf(SocketTimeoutException.class);
        }
        assertThatThrownBy(() -> get(farm.webUrl() + "/echo")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get(farm.webUrl() + "/")).isInstanceOf(IOException.class);
        assertThat(get(farm.webUrl() + "/list/all.txt").statusCode()).isEqualTo(200);
        assertThat(get(farm.webUrl() + "/truth.ndjson").body()).isEqualTo(farm.truth());
        assertThat(get(farm.controlUrl() + "/truth").body()).doesNotContain("\"outage_left_ms\":0");

        assertThat(control(farm, "outage?for=0s").statusCode()).isEqualTo(204);

        assertThat(exit(farm, http)).isEqualTo(http.host());
        assertThat(exit(farm, socks)).isEqualTo(socks.host());
        assertThat(opens(anchor(farm), 5000)).isTrue();
        assertThatThrownBy(() -> new RawProxyClient(refusing)).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> new RawProxyClient(silent, SHORT_MILLIS)).isInstanceOf(SocketTimeoutException.class);
        assertThat(get(farm.webUrl() + "/echo").statusCode()).isEqualTo(200);
        assertThat(get(farm.controlUrl() + "/truth").body()).contains("\"outage_left_ms\":0");
    }

    @Test
    void anOutageEndsByItselfAndASynThatIsSentAgainComesThrough() throws Exception {
        Farm farm = deployed(1, "http-elite=1", Conditions.DEFAULT);
        await(farm.outage(Duration.ofMillis(500)));

        try (RawProxyClient patient = new RawProxyClient(identity(farm, FarmKind.HTTP_ELITE), 20_000)) {
            assertThat(patient.getAbsolute(farm.webUrl() + "/echo").status()).isEqualTo(200);
        }
        assertThat(farm.isCutOff()).isFalse();
    }

    @Test
    void withoutTheFilterAnOutageResetsWhatConnects() throws Exception {
        await(vertx.close());
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
        Farm farm = deployed(1, "http-elite=1", Conditions.DEFAULT);
        ProxyKey key = identity(farm, FarmKind.HTTP_ELITE);
        await(farm.outage(Duration.ofMinutes(1)));

        assertThatThrownBy(() -> exit(farm, key)).isInstanceOf(IOException.class);
        await(farm.outage(Duration.ZERO));

        assertThat(exit(farm, key)).isEqualTo(key.host());
    }

    @Test
    void aFarmClosesInTheMidstOfAnOutage() throws Exception {
        FarmVerticle verticle =
                new FarmVerticle(FarmConfig.of(4, 1, FarmMix.parse("mute=1,refuse=1")), InstantSource.system());
        String id = await(vertx.deployVerticle(verticle));
        await(verticle.farm().outage(Duration.ofMinutes(1)));

        await(vertx.undeploy(id));

        assertThat(verticle.farm().openSockets()).isZero();
    }

    @Test
    void aConnectionAboveTheLimitWaitsUntilThereIsRoom() throws Exception {
        Farm farm = deployed(1, "always-200=1", Conditions.DEFAULT.withMaxConnections(1));
        ProxyKey key = identity(farm, FarmKind.ALWAYS_200);
        try (RawProxyClient first = new RawProxyClient(key);
                RawProxyClient second = new RawProxyClient(key, SHORT_MILLIS)) {
            assertThat(first.getAbsolute("http://a/").status()).isEqualTo(200);
            second.send("GET http://a/ HTTP/1.1\r\n\r\n");
            assertThatThrownBy(second::read).isInstanceOf(SocketTimeoutException.class);
            assertThat(farm.accepted().total()).isEqualTo(1);

            first.close();

            second.setTimeoutMillis(RawProxyClient.TIMEOUT_MILLIS);
            assertThat(second.readAnswer().status()).isEqualTo(200);
        }
    }

    @Test
    void aWayOutAboveTheLimitIsWaitedFor() throws Exception {
        Farm farm = deployed(2, "http-elite=1", new Conditions(100, 1, Duration.ZERO, null));
        int port = port(farm.webUrl());
        ProxyKey key = identity(farm, FarmKind.HTTP_ELITE);
        try (RawProxyClient first = new RawProxyClient(key);
                RawProxyClient second = new RawProxyClient(key, SHORT_MILLIS)) {
            assertThat(first.tunnel("127.0.0.1", port)).isNull();
            second.send("CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\n\r\n");
            assertThatThrownBy(second::read).isInstanceOf(SocketTimeoutException.class);

            first.close();

            second.setTimeoutMillis(RawProxyClient.TIMEOUT_MILLIS);
            assertThat(second.readHead().status()).isEqualTo(200);
        }
        assertThat(exit(farm, key)).isEqualTo(key.host());
    }

    @Test
    void aSlowProxyAnswersLateAndAnEnemyAtOnce() throws Exception {
        Farm farm = deployed(2, "socks5=1,always-502=1", Conditions.DEFAULT.withDelay(Duration.ofSeconds(2)));
        try (RawProxyClient client = new RawProxyClient(identity(farm, FarmKind.SOCKS5), SHORT_MILLIS)) {
            client.send((byte) 5, (byte) 1, (byte) 0);
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
            client.setTimeoutMillis(RawProxyClient.TIMEOUT_MILLIS);
            assertThat(client.read(2)).containsExactly(5, 0);
        }
        try (RawProxyClient client = new RawProxyClient(identity(farm, FarmKind.ALWAYS_502))) {
            assertThat(client.tunnel("127.0.0.1", 1)).isEqualTo("status 502");
        }
    }

    @Test
    void theAnchorAcceptsAndIsCountedByItself() throws Exception {
        Farm farm = deployed(1, "silent=1", Conditions.DEFAULT);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", farm.anchor().getPort()), RawProxyClient.TIMEOUT_MILLIS);
            until(farm, "\"anchor\":1,");
        }
        assertThat(farm.accepted().total()).isEqualTo(1);
    }

    @Test
    void entriesAreKilledRevivedAndDelistedByOrder() throws Exception {
        Farm farm = deployed(3, "http-elite=1", Conditions.DEFAULT);
        String host = farm.proxies().get(1).host();

        assertThat(control(farm, "kill?host=" + host).statusCode()).isEqualTo(204);
        assertThat(get(farm.webUrl() + "/truth").body()).contains("\"alive\":2,");
        assertThat(farm.truth()).contains("\"reason\":\"reset\"");
        assertThat(control(farm, "revive?host=" + host).statusCode()).isEqualTo(204);
        assertThat(get(farm.controlUrl() + "/truth").body()).contains("\"alive\":3,");
        assertThat(control(farm, "delist?host=" + host).statusCode()).isEqualTo(204);
        assertThat(get(farm.webUrl() + "/meta").body()).contains("\"total\":2");
        assertThat(control(farm, "relist").statusCode()).isEqualTo(204);
        assertThat(get(farm.controlUrl() + "/meta").body()).contains("\"total\":3");
    }

    @Test
    void anOrderThatCannotBeObeyedIsRefusedWithItsReason() throws Exception {
        Farm farm = deployed(1, "http-elite=1", Conditions.DEFAULT);

        assertThat(control(farm, "kill?host=127.0.0.1").statusCode()).isEqualTo(400);
        assertThat(control(farm, "kill").body()).isEqualTo("host: missing\n");
        assertThat(control(farm, "outage?for=soon").body()).startsWith("for: soon (expected");
        assertThat(control(farm, "outage?for=25h").body()).startsWith("for: PT25H (expected");
        assertThat(control(farm, "knee?per-second=5").body()).startsWith("knee: none");
        assertThat(control(farm, "dance").statusCode()).isEqualTo(404);
        assertThat(get(farm.controlUrl() + "/control/outage?for=60s").statusCode())
                .isEqualTo(405);
        assertThat(farm.isCutOff()).isFalse();
        assertThat(get(farm.webUrl() + "/control/outage").statusCode()).isEqualTo(404);
    }
}
