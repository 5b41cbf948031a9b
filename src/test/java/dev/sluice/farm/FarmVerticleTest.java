package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.farm.Conditions;
import dev.sluice.net.farm.FarmPorts;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FarmVerticleTest {
    /** For what is expected not to come. */
    private static final int SHORT_MILLIS = 300;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Its numbers need only differ. */
    private static final Random NONCES = new Random(1);

    private static Vertx vertx;
    private static Farm farm;

    @BeforeAll
    static void open() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        farm = deployed(vertx, FarmConfig.of(10 * FarmKind.values().length, 42, FarmMix.even()));
    }

    @AfterAll
    static void close() throws Exception {
        await(vertx.close());
    }

    private static Farm deployed(Vertx on, FarmConfig config) throws Exception {
        FarmVerticle verticle = new FarmVerticle(config, InstantSource.system());
        await(on.deployVerticle(verticle));
        return verticle.farm();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static FarmProxy first(FarmKind kind) {
        return farm.first(kind).orElseThrow();
    }

    private static ProxyKey identity(FarmKind kind) {
        return first(kind).identities().get(0);
    }

    /** What a checker that knows nothing of the farm finds out. */
    private record Finding(
            boolean alive,
            Anonymity anonymity,
            Tampering tampering,
            boolean http,
            boolean https,
            @Nullable String exit) {
        static final Finding DEAD = new Finding(false, Anonymity.UNKNOWN, Tampering.NONE, false, false, null);
    }

    private static Finding examine(ProxyKey proxy) throws Exception {
        String nonce = "n" + NONCES.nextLong();
        RawProxyClient.Answer echo = exchange(proxy, farm.webUrl() + "/echo?nonce=" + nonce);
        RawProxyClient.Answer page = exchange(proxy, farm.webUrl() + "/");
        boolean http = echo != null && echo.status() == 200 && echo.body().contains(nonce);
        boolean altered = http && page != null && !page.body().endsWith("</pre>\n</body></html>\n");
        boolean https = false;
        boolean swapped = false;
        try (RawProxyClient client = new RawProxyClient(proxy, 2 * SHORT_MILLIS)) {
            URI target = URI.create(farm.tlsUrl() + "/echo?nonce=" + nonce);
            if (client.tunnel(target.getHost(), target.getPort()) == null) {
                X509Certificate certificate = client.secure();
                RawProxyClient.Answer inside = client.get(target);
                if (inside.body().contains(nonce)) {
                    swapped = !certificate.equals(RawProxyClient.certificate(farm.tlsCertificatePem()));
                    https = !swapped;
                    echo = http ? echo : inside;
                }
            }
        } catch (IOException e) {
            // No tunnel.
        }
        if (!http && !https && !swapped || echo == null) {
            return Finding.DEAD;
        }
        String seen = echo.body();
        Anonymity anonymity = seen.toLowerCase(Locale.ROOT).contains("\"x-forwarded-for\",\"127.0.0.1\"")
                ? Anonymity.TRANSPARENT
                : seen.toLowerCase(Locale.ROOT).contains("\"via\"") ? Anonymity.ANONYMOUS : Anonymity.ELITE;
        String exit = seen.replaceAll("(?s).*\"client_address\":\"([0-9.]+)\".*", "$1");
        Tampering tampering = swapped ? Tampering.CERTIFICATE : altered ? Tampering.CONTENT : Tampering.NONE;
        return new Finding(true, anonymity, tampering, http, https, exit);
    }

    /** By the proxy's own way for plain HTTP; null when nothing comes of it. */
    private static RawProxyClient.@Nullable Answer exchange(ProxyKey proxy, String url) {
        try (RawProxyClient client = new RawProxyClient(proxy, 2 * SHORT_MILLIS)) {
            if (proxy.scheme() == Scheme.HTTP) {
                return client.getAbsolute(url);
            }
            URI target = URI.create(url);
            return client.tunnel(target.getHost(), target.getPort()) == null ? client.get(target) : null;
        } catch (IOException e) {
            return null;
        }
    }

    @ParameterizedTest
    @EnumSource(FarmKind.class)
    void everyKindBehavesAsItsTruthSays(FarmKind kind) throws Exception {
        FarmProxy proxy = first(kind);
        for (ProxyKey identity : proxy.identities()) {
            ProxyKey spoken = identity.scheme() == Scheme.UNKNOWN ? identity.withScheme(Scheme.HTTP) : identity;
            Finding found = examine(spoken);
            Finding truth = new Finding(
                    proxy.alive(),
                    proxy.anonymity(spoken.scheme()),
                    proxy.tampering(),
                    proxy.http(spoken.scheme()),
                    proxy.https(),
                    proxy.rotating() ? found.exit() : proxy.exitAddress());

            assertThat(found).as(identity.url()).isEqualTo(truth);
            if (proxy.alive()) {
                assertThat(proxy.exitAddresses()).contains(found.exit());
            }
        }
    }

    @Test
    void aSilentEntryLetsTheConnectTimeOut() {
        assertThat(farm.silenceVerified()).isTrue();
        List<FarmProxy> silent = farm.proxies().stream()
                .filter(proxy -> proxy.kind() == FarmKind.SILENT)
                .limit(3)
                .toList();
        assertThat(silent).hasSize(3);
        for (FarmProxy proxy : silent) {
            assertThatThrownBy(() -> new RawProxyClient(proxy.listed(), SHORT_MILLIS))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aRefusingEntryRefuses() {
        assertThatThrownBy(() -> new RawProxyClient(identity(FarmKind.REFUSE))).isInstanceOf(ConnectException.class);
    }

    @Test
    void aMuteEntryAcceptsAndSaysNothing() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.MUTE), SHORT_MILLIS)) {
            client.send("GET " + farm.webUrl() + "/ HTTP/1.1\r\n\r\n");
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aDrippingEntrySendsSomeBytesAndNeverTheWhole() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.DRIP), SHORT_MILLIS)) {
            client.send("GET " + farm.webUrl() + "/ HTTP/1.1\r\n\r\n");
            assertThat(client.read()).isEqualTo('H');
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aResettingEntryResetsAfterTheBeginningOfAnAnswer() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.RESET))) {
            client.send("GET " + farm.webUrl() + "/ HTTP/1.1\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThatThrownBy(client::readAll)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.RESET))) {
            client.send((byte) 5, (byte) 1, (byte) 0);
            assertThat(client.read(2)).containsExactly(5, 0);
            client.send(new byte[] {5, 1, 0, 1, 127, 0, 0, 1, 0, 80});
            assertThatThrownBy(client::readAll)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void garbageIsNoProtocol() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.GARBAGE))) {
            client.send("GET " + farm.webUrl() + "/ HTTP/1.1\r\n\r\n");
            byte[] garbage = client.readAll();
            assertThat(garbage).hasSize(512);
            for (byte b : garbage) {
                assertThat(b).isNegative();
            }
        }
    }

    @Test
    void someAnswer200ToEverything() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.ALWAYS_200))) {
            assertThat(client.getAbsolute(farm.webUrl() + "/echo").body()).contains("Welcome");
            client.send("CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n");
            RawProxyClient.Answer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).contains("Welcome");
        }
    }

    @Test
    void anInjectorKeepsEverythingButHtmlAsItIs() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.INJECT))) {
            assertThat(client.getAbsolute(farm.webUrl() + "/").body()).endsWith("</script>");
            assertThat(client.getAbsolute(farm.webUrl() + "/echo").body())
                    .startsWith("{")
                    .endsWith("}");
            assertThat(client.getAbsolute(farm.webUrl() + "/bytes?n=70000").body())
                    .hasSize(70000);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FarmKind.class,
            names = {"HTTP_PASSWORD", "LOCKED_HTTP"})
    void aPasswordIsAskedForAndTheConnectionStaysOpen(FarmKind kind) throws Exception {
        FarmProxy proxy = first(kind);
        ProxyKey stranger = ProxyKey.of(Scheme.HTTP, proxy.host(), proxy.port());
        Credentials credentials = proxy.role().credentials();
        assertThat(credentials).isNotNull();
        try (RawProxyClient client = new RawProxyClient(stranger);
                RawProxyClient knowing =
                        new RawProxyClient(new ProxyKey(Scheme.HTTP, proxy.host(), proxy.port(), credentials))) {
            RawProxyClient.Answer answer = client.getAbsolute(farm.webUrl() + "/echo");
            assertThat(answer.status()).isEqualTo(407);
            assertThat(answer.header("proxy-authenticate")).isEqualTo("Basic realm=\"farm\"");
            client.send("GET " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: x\r\n" + knowing.authorization() + "\r\n");
            assertThat(client.readAnswer().body()).contains(proxy.host()).doesNotContain("authorization");
        }
        try (RawProxyClient client = new RawProxyClient(stranger)) {
            assertThat(client.tunnel("127.0.0.1", port(farm.webUrl()))).isEqualTo("status 407");
            assertThat(client.tunnel("127.0.0.1", port(farm.webUrl()))).isEqualTo("status 407");
        }
    }

    @Test
    void aWrongPasswordIsRefusedBySocks() throws Exception {
        FarmProxy proxy = first(FarmKind.SOCKS5_PASSWORD);
        try (RawProxyClient client = new RawProxyClient(
                new ProxyKey(Scheme.SOCKS5, proxy.host(), proxy.port(), Credentials.of("user", "wrong")))) {
            assertThat(client.tunnel("localhost", port(farm.webUrl()))).isEqualTo("login 1");
        }
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.LOCKED_SOCKS5))) {
            assertThat(client.tunnel("localhost", port(farm.webUrl()))).isEqualTo("method 5 255");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FarmKind.class,
            names = {"HTTP_ELITE", "SOCKS4", "SOCKS5"})
    void nothingButLoopbackIsReached(FarmKind kind) throws Exception {
        String expected = switch (kind) {
            case HTTP_ELITE -> "status 403";
            case SOCKS4 -> "reply 91";
            default -> "reply 2";
        };
        for (String target : List.of("192.0.2.1", "10.0.0.1", "169.254.169.254", "example.com", "0.0.0.0")) {
            try (RawProxyClient client = new RawProxyClient(identity(kind))) {
                assertThat(client.tunnel(target, 80)).as(target).isEqualTo(expected);
            }
        }
    }

    @Test
    void plainHttpToAnywhereElseIsForbidden() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_ELITE))) {
            assertThat(client.getAbsolute("http://192.0.2.1/").status()).isEqualTo(403);
            assertThat(client.getAbsolute("http://localhost:1/").status()).isEqualTo(502);
            assertThat(client.getAbsolute("http://target.farm/echo").status()).isEqualTo(200);
        }
    }

    @Test
    void aTargetThatRefusesIsReportedInTheProtocolsWords() throws Exception {
        int nobody = farm.ports().refused();
        try (RawProxyClient http = new RawProxyClient(identity(FarmKind.HTTP_ELITE));
                RawProxyClient socks4 = new RawProxyClient(identity(FarmKind.SOCKS4));
                RawProxyClient socks5 = new RawProxyClient(identity(FarmKind.SOCKS5))) {
            assertThat(http.tunnel("127.0.0.1", nobody)).isEqualTo("status 502");
            assertThat(socks4.tunnel("127.0.0.1", nobody)).isEqualTo("reply 91");
            assertThat(socks5.tunnel("127.0.0.1", nobody)).isEqualTo("reply 5");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FarmKind.class,
            names = {"HTTP_ELITE", "SOCKS4", "SOCKS5", "DUAL"})
    void theFarmsNamesAreKnownWithoutDns(FarmKind kind) throws Exception {
        for (ProxyKey identity : first(kind).identities()) {
            try (RawProxyClient client = new RawProxyClient(identity)) {
                assertThat(client.tunnel("target.farm", 443)).isNull();
                assertThat(client.secure()).isEqualTo(RawProxyClient.certificate(farm.tlsCertificatePem()));
            }
            try (RawProxyClient client = new RawProxyClient(identity)) {
                assertThat(client.tunnel("judge.farm", port(farm.webUrl()))).isNull();
                assertThat(client.get(URI.create("http://judge.farm/echo")).status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void bytesSentTogetherWithTheHandshakeReachTheTarget() throws Exception {
        int port = port(farm.webUrl());
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_ELITE))) {
            client.send("CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readAnswer().body()).contains("\"method\":\"GET\"");
        }
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.SOCKS5))) {
            client.send(new byte[] {5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port});
            client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
            client.read(12);
            assertThat(client.readAnswer().body()).contains("\"method\":\"GET\"");
        }
    }

    @Test
    void aHandshakeMayComeByteByByte() throws Exception {
        int port = port(farm.webUrl());
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_ELITE))) {
            for (char c : ("CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\nHost: a\r\n\r\n").toCharArray()) {
                client.send((byte) c);
            }
            assertThat(client.readHead().status()).isEqualTo(200);
        }
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.SOCKS4))) {
            for (byte b : new byte[] {4, 1, (byte) (port >> 8), (byte) port, 127, 0, 0, 1, 'm', 'e', 0}) {
                client.send(b);
            }
            assertThat(client.read(8)).startsWith(0, 90);
        }
    }

    @Test
    void aConnectionServesManyRequestsAndBodiesOfEveryForm() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_TRANSPARENT))) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.getAbsolute(farm.webUrl() + "/echo").status()).isEqualTo(200);
            }
            client.send("POST " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
            client.send("x".repeat(100_000));
            assertThat(client.readAnswer().body()).contains("\"body_bytes\":100000");
            client.send("POST " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
            assertThat(client.readAnswer().body()).contains("\"body_bytes\":11");
            client.send("HEAD " + farm.webUrl() + "/ HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            client.send(("GET " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: a\r\n\r\n").repeat(3));
            for (int i = 0; i < 3; i++) {
                assertThat(client.readAnswer().status()).isEqualTo(200);
            }
            client.send("GET " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assertThat(client.readAnswer().header("connection")).isEqualTo("close");
            assertThatThrownBy(client::read).isInstanceOf(IOException.class);
        }
    }

    @Test
    void fieldsOfTheHopStayBehind() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_ELITE))) {
            client.send("GET " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: elsewhere\r\nProxy-Connection: keep-alive\r\n"
                    + "Connection: keep-alive, X-Secret\r\nX-Secret: a\r\nX-Kept: b\r\nTE: trailers\r\n\r\n");
            String seen = client.readAnswer().body().toLowerCase(Locale.ROOT);
            assertThat(seen).contains("x-kept", "[\"host\",\"127.0.0.1:" + port(farm.webUrl()) + "\"]");
            assertThat(seen).doesNotContain("x-secret", "proxy-connection", "\"te\"", "\"connection\"", "elsewhere");
        }
    }

    @Test
    void aLargeBodyPassesWholeThroughEveryWay() throws Exception {
        int size = 8 << 20;
        URI target = URI.create(farm.webUrl() + "/bytes");
        for (FarmKind kind : List.of(FarmKind.HTTP_ELITE, FarmKind.SOCKS5, FarmKind.SWAP_CERTIFICATE)) {
            try (RawProxyClient client = new RawProxyClient(identity(kind))) {
                assertThat(client.tunnel(target.getHost(), target.getPort())).isNull();
                client.send("GET /bytes?n=" + size + " HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.readAnswer().body()).hasSize(size);
            }
        }
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_ELITE))) {
            assertThat(client.getAbsolute(target + "?n=" + size).body()).hasSize(size);
        }
    }

    @Test
    void aHeadWithoutEndIsCutOff() throws Exception {
        for (String method : List.of("CONNECT a:1", "GET " + farm.webUrl() + "/")) {
            try (RawProxyClient client = new RawProxyClient(identity(FarmKind.HTTP_ELITE))) {
                client.send(method + " HTTP/1.1\r\nX: " + "a".repeat(17_000));
                assertThat(client.readHead().status()).isIn(400, 431);
            }
        }
    }

    @Test
    void aKilledEntryDropsItsConnectionsAndAcceptsNoneUntilItIsRevived() throws Exception {
        FarmProxy proxy = farm.proxies().stream()
                .filter(p -> p.kind() == FarmKind.HTTP_ELITE)
                .skip(1)
                .findFirst()
                .orElseThrow();
        ProxyKey key = proxy.identities().get(0);
        try (RawProxyClient client = new RawProxyClient(key)) {
            assertThat(client.getAbsolute(farm.webUrl() + "/echo").status()).isEqualTo(200);
            farm.kill(proxy.host());
            assertThatThrownBy(client::read).isInstanceOf(IOException.class);
        }
        assertThat(examine(key)).isEqualTo(Finding.DEAD);
        assertThat(truthOf(proxy)).contains("\"alive\":false", "\"servable\":false");

        farm.revive(proxy.host());

        assertThat(examine(key).alive()).isTrue();
        assertThat(truthOf(proxy)).contains("\"alive\":true", "\"servable\":true");
        assertThatThrownBy(() -> farm.kill("127.0.0.1")).hasMessageContaining("127.0.0.1");
    }

    private static String truthOf(FarmProxy proxy) {
        return farm.truth()
                .lines()
                .filter(line -> line.contains('"' + proxy.host() + '"'))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all.txt",
                "all.json",
                "all.csv",
                "table.html",
                "http.txt",
                "https.txt",
                "socks4.txt",
                "socks5.txt",
                "unknown.txt"
            })
    void aListIsSentOnceAndThenIsNotModified(String name) throws Exception {
        HttpResponse<String> list = get("/list/" + name);
        assertThat(list.statusCode()).isEqualTo(200);
        assertThat(list.body()).contains("127.");

        assertThat(get(
                                "/list/" + name,
                                "If-None-Match",
                                list.headers().firstValue("etag").orElseThrow())
                        .statusCode())
                .isEqualTo(304);
        assertThat(get(
                                "/list/" + name,
                                "If-Modified-Since",
                                list.headers().firstValue("last-modified").orElseThrow())
                        .statusCode())
                .isEqualTo(304);
        assertThat(get("/list/" + name, "If-None-Match", "\"other\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aDelistedEntryLeavesTheListsAndTheMetadataTells() throws Exception {
        FarmProxy proxy = first(FarmKind.SOCKS4);
        String list = "/list/" + proxy.claim().text() + ".txt";
        String before = get("/meta").body();
        assertThat(get(list).body()).contains(proxy.host() + ':');

        farm.delist(proxy.host());

        assertThat(get(list).body()).doesNotContain(proxy.host() + ':');
        assertThat(get("/meta").body()).isNotEqualTo(before);

        farm.relistAll();

        assertThat(get(list).body()).contains(proxy.host() + ':');
    }

    @Test
    void theTruthIsServed() throws Exception {
        assertThat(get("/truth.ndjson").body()).isEqualTo(farm.truth());
        assertThat(get("/truth").body())
                .contains("\"entries\":" + farm.proxies().size());
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void hostileSourcesAreWhatTheirNamesSay() throws Exception {
        assertThat(get("/hostile/html").body()).startsWith("<!DOCTYPE html>");
        assertThat(get("/hostile/array").body().lines()).hasSize(1300).allMatch("Array"::equals);
        assertThat(get("/hostile/500").statusCode()).isEqualTo(500);
        assertThat(get("/hostile/empty").body()).isEmpty();
        assertThat(get("/hostile/redirect-metadata").headers().firstValue("location"))
                .hasValue("http://169.254.169.254/");
        assertThat(get("/hostile/redirect-loop").headers().firstValue("location"))
                .hasValue("/hostile/redirect-loop");
        assertThatThrownBy(() -> get("/hostile/truncated")).isInstanceOf(IOException.class);
        try (RawProxyClient client = new RawProxyClient(ProxyKey.of(Scheme.HTTP, "127.0.0.1", port(farm.webUrl())))) {
            client.send("GET /hostile/endless-line HTTP/1.1\r\nHost: a\r\n\r\n");
            client.readHead();
            String piece = new String(client.read(1 << 20), StandardCharsets.ISO_8859_1);
            assertThat(piece).doesNotContain("a\na");
        }
        try (RawProxyClient client =
                new RawProxyClient(ProxyKey.of(Scheme.HTTP, "127.0.0.1", port(farm.webUrl())), SHORT_MILLIS)) {
            client.send("GET /hostile/drip HTTP/1.1\r\nHost: a\r\n\r\n");
            client.readHead();
            assertThat(client.read(6)).asString().isEqualTo("1\r\n1\r\n");
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aSmallBodyInflatesToOneGibibyte() throws Exception {
        HttpResponse<byte[]> bomb = HTTP.send(
                HttpRequest.newBuilder(URI.create(farm.webUrl() + "/hostile/zeros.gz"))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(bomb.headers().firstValue("content-encoding")).hasValue("gzip");
        assertThat(bomb.body()).hasSizeLessThan(2 << 20);

        long length = 0;
        byte[] piece = new byte[1 << 16];
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bomb.body()), 1 << 16)) {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                length += n;
            }
        }
        assertThat(length).isEqualTo(1L << 30);
    }

    @Test
    void twentyThousandEntriesNeedFewDescriptorsAndLeaveNoneBehind(@TempDir Path folder) throws Exception {
        Path truth = folder.resolve("truth.ndjson");
        long before = descriptors();
        FarmVerticle verticle = new FarmVerticle(
                new FarmConfig(
                        20_000,
                        1,
                        FarmMix.realistic(),
                        "127.0.0.1",
                        0,
                        0,
                        0,
                        FarmPorts.FREE,
                        Conditions.DEFAULT,
                        truth),
                InstantSource.system());
        String deployment = await(vertx.deployVerticle(verticle));
        Farm large = verticle.farm();
        assertThat(descriptors() - before).isLessThan(200);
        assertThat(Files.readString(truth)).isEqualTo(large.truth());
        FarmProxy mute = large.first(FarmKind.MUTE).orElseThrow();
        try (RawProxyClient client = new RawProxyClient(mute.listed())) {
            client.send("a");

            await(vertx.undeploy(deployment));

            assertThatThrownBy(client::read).isInstanceOf(IOException.class);
        }
        assertThat(large.openSockets()).isZero();
        assertThatThrownBy(() -> new RawProxyClient(mute.listed())).isInstanceOf(ConnectException.class);
    }

    private static long descriptors() throws IOException {
        Path open = Path.of("/proc/self/fd");
        if (!Files.isDirectory(open)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(open)) {
            return all.count();
        }
    }

    @Test
    void aPortThatIsTakenFailsTheStartWithItsNumberAndLeavesNothingOpen() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            FarmPorts ports = new FarmPorts(0, taken.getLocalPort(), 0, 0, 0);
            FarmVerticle verticle = new FarmVerticle(
                    new FarmConfig(1, 1, FarmMix.demo(), "127.0.0.1", 0, 0, 0, ports, Conditions.DEFAULT, null),
                    InstantSource.system());
            assertThatThrownBy(() -> await(vertx.deployVerticle(verticle)))
                    .rootCause()
                    .hasMessageContaining("in use");
            assertThatThrownBy(verticle::farm).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void theOtherTransportPlaysTheSame() throws Exception {
        Vertx nio = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
        try {
            Farm other = deployed(nio, FarmConfig.of(40, 3, FarmMix.demo()));
            assertThat(other.silenceVerified()).isTrue();
            FarmProxy elite = other.first(FarmKind.HTTP_ELITE).orElseThrow();
            try (RawProxyClient client = new RawProxyClient(elite.identities().get(0))) {
                assertThat(client.getAbsolute(other.webUrl() + "/echo").body()).contains(elite.host());
            }
        } finally {
            await(nio.close());
        }
    }

    private static int port(String url) {
        return URI.create(url).getPort();
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(farm.webUrl() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
