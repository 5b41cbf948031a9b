package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.ProxyKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the enemies of a checker send, byte by byte. */
class HostileKindsVerticleTest {
    /** For what is expected not to come. */
    private static final int SHORT_MILLIS = 300;

    private static Vertx vertx;
    private static Farm farm;

    @BeforeAll
    static void open() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        FarmVerticle verticle = new FarmVerticle(
                FarmConfig.of(2 * FarmKind.values().length, 6, FarmMix.even()), InstantSource.system());
        await(vertx.deployVerticle(verticle));
        farm = verticle.farm();
    }

    @AfterAll
    static void close() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static ProxyKey identity(FarmKind kind) {
        return farm.first(kind).orElseThrow().identities().get(0);
    }

    private static RawProxyClient asked(FarmKind kind) throws IOException {
        RawProxyClient client = new RawProxyClient(identity(kind));
        client.send("GET " + farm.webUrl() + "/echo HTTP/1.1\r\nHost: a\r\n\r\n");
        return client;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void headersGoOnAndOn() throws Exception {
        try (RawProxyClient client = asked(FarmKind.ENDLESS_HEADERS)) {
            String head = text(client.read(40_000));
            assertThat(head).startsWith("HTTP/1.1 200 OK\r\nX-Farm: ").doesNotContain("\r\n\r\n");
            assertThat(head.lines().skip(1).limit(1000)).allMatch("X-Farm: there is more to come"::equals);
        }
    }

    @Test
    void oneHeaderHasTenMegabytesAndAnEnd() throws Exception {
        try (RawProxyClient client = asked(FarmKind.GIANT_HEADER)) {
            String start = "HTTP/1.1 200 OK\r\nX-Farm: ";
            assertThat(text(client.read(start.length()))).isEqualTo(start);
            for (int block = 0; block < 160; block++) {
                assertThat(text(client.read(65_536))).isEqualTo("a".repeat(65_536));
            }
            String end = "\r\nContent-Length: 0\r\n\r\n";
            assertThat(text(client.read(end.length()))).isEqualTo(end);
        }
    }

    @Test
    void chunksGoOnAndOn() throws Exception {
        try (RawProxyClient client = asked(FarmKind.ENDLESS_CHUNKS)) {
            assertThatThrownBy(client::readAnswer).hasMessage("a body without an end");
        }
    }

    @Test
    void aSocks5MethodIsChosenThatWasNotOffered() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.WRONG_SOCKS5_METHOD))) {
            client.send((byte) 5, (byte) 1, (byte) 0);
            assertThat(client.read(2)).containsExactly(5, 0x80);
        }
    }

    @Test
    void aSocks5ReplyIsShorterThanItSaysAndNothingFollows() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.WRONG_SOCKS5_LENGTH), SHORT_MILLIS)) {
            client.send((byte) 5, (byte) 1, (byte) 0);
            assertThat(client.read(2)).containsExactly(5, 0);
            client.send(new byte[] {5, 1, 0, 1, 127, 0, 0, 1, 0, 80});
            assertThat(client.read(9)).startsWith(5, 0, 0, 3, 255);
            client.send("GET / HTTP/1.1\r\n\r\n");
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aSocks4ReplyHasACodeThereIsNot() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.WRONG_SOCKS4_REPLY))) {
            assertThat(client.tunnel("127.0.0.1", 80)).isEqualTo("reply 99");
        }
    }

    @Test
    void whoSpeaksAnotherProtocolToALiarOfSocksIsSentAway() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.WRONG_SOCKS5_METHOD))) {
            client.send("G");
            assertThatThrownBy(client::read).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aTunnelIsGrantedAndResetInsideTls() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.RESET_IN_TLS))) {
            assertThat(client.tunnel("127.0.0.1", 443)).isNull();
            client.send(new byte[] {0x16, 3, 1, 0, 5, 1});
            assertThat(client.read(3)).containsExactly(0x16, 3, 3);
            assertThatThrownBy(client::readAll)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        try (RawProxyClient client = asked(FarmKind.RESET_IN_TLS)) {
            assertThatThrownBy(client::readAll)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void aRecordedAnswerIsGenuineButNeverTheOneThatWasAskedFor() throws Exception {
        ProxyKey replaying = identity(FarmKind.REPLAY);
        String first;
        try (RawProxyClient client = new RawProxyClient(replaying)) {
            RawProxyClient.Answer answer = client.getAbsolute(farm.webUrl() + "/echo?nonce=one");
            assertThat(answer.status()).isEqualTo(200);
            first = answer.body();
            assertThat(first).contains("\"client_address\":\"" + replaying.host(), "/echo?nonce=onA");
        }
        try (RawProxyClient client = new RawProxyClient(replaying)) {
            assertThat(client.getAbsolute(farm.webUrl() + "/echo?nonce=two").body())
                    .isEqualTo(first);
        }
        try (RawProxyClient client = new RawProxyClient(replaying)) {
            assertThat(client.tunnel("127.0.0.1", 443)).isEqualTo("status 403");
        }
        try (RawProxyClient client = new RawProxyClient(replaying)) {
            assertThat(client.getAbsolute("http://192.0.2.1/").status()).isEqualTo(403);
        }
    }

    @Test
    void aRedirectLeadsToTheServerItself() throws Exception {
        try (RawProxyClient client = asked(FarmKind.REDIRECT_TO_SELF)) {
            RawProxyClient.Answer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(302);
            assertThat(answer.header("location")).isEqualTo("http://127.0.0.1:8080/");
        }
    }

    @Test
    void lengthsAreLiedAboutUpwardsAndDownwards() throws Exception {
        try (RawProxyClient client = asked(FarmKind.LENGTH_TOO_LONG)) {
            assertThat(client.readHead().header("content-length")).isEqualTo("5000");
            assertThat(client.readAll()).hasSizeBetween(1, 4999);
        }
        try (RawProxyClient client = asked(FarmKind.LENGTH_TOO_SHORT)) {
            assertThat(client.readAnswer().body()).isEqualTo("<!DOCTYPE ");
            assertThat(text(client.read(5))).isEqualTo("html>");
        }
    }

    @Test
    void aPasswordIsAskedForWhateverIsGiven() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.ALWAYS_407))) {
            for (int i = 0; i < 3; i++) {
                client.send("GET http://a/ HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
                RawProxyClient.Answer answer = client.readAnswer();
                assertThat(answer.status()).isEqualTo(407);
                assertThat(answer.header("proxy-authenticate")).startsWith("Basic ");
            }
        }
    }

    @Test
    void everythingIsABadGateway() throws Exception {
        try (RawProxyClient client = asked(FarmKind.ALWAYS_502)) {
            assertThat(client.readAnswer().status()).isEqualTo(502);
            assertThat(client.tunnel("127.0.0.1", 443)).isEqualTo("status 502");
        }
    }

    @Test
    void theConnectionEndsWithTheRequest() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.CLOSE_AFTER_REQUEST), SHORT_MILLIS)) {
            client.send("GET http://a/ HTTP/1.1\r\nHost: a\r\n");
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
            client.send("\r\n");
            assertThatThrownBy(client::read).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void aPageComesInGzipThoughIdentityWasAskedFor() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.UNASKED_GZIP))) {
            client.send("GET http://a/ HTTP/1.1\r\nAccept-Encoding: identity\r\n\r\n");
            RawProxyClient.Answer head = client.readHead();
            assertThat(head.header("content-encoding")).isEqualTo("gzip");
            byte[] body = client.read(Integer.parseInt(String.valueOf(head.header("content-length"))));
            try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(body))) {
                assertThat(text(plain.readAllBytes())).contains("Welcome");
            }
        }
    }

    @Test
    void aHeadWithoutEndIsCutOff() throws Exception {
        try (RawProxyClient client = new RawProxyClient(identity(FarmKind.ALWAYS_502))) {
            client.send("GET http://a/ HTTP/1.1\r\nX: " + "a".repeat(16 * 1024));
            assertThatThrownBy(client::read).isInstanceOf(IOException.class);
        }
    }
}
