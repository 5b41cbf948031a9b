package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.JudgeConfig;
import dev.sluice.judge.HeaderField;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.judge.Tripwire;
import dev.sluice.net.PemIdentity;
import dev.sluice.net.SelfSigned;
import dev.sluice.net.SpkiPin;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JudgeVerticleTest {
    private final JudgeSigner signer = JudgeSigner.random(new Random(5));
    private Vertx vertx;
    private JudgeVerticle judge;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        judge = new JudgeVerticle(new JudgeConfig("127.0.0.1:0", "127.0.0.1:0", null), signer, identity());
        vertx.deployVerticle(judge).await(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private static SelfSigned identity() throws Exception {
        Instant now = Instant.now();
        return SelfSigned.create("judge.sluice", InetAddress.getByName("127.0.0.1"), now, now.plusSeconds(600));
    }

    @Test
    void theRequestIsEchoedAsItArrivedAndSigned() throws Exception {
        Answer answer = ask("GET /judge?nonce=n-1 HTTP/1.1\r\nHost: j\r\nB: 2\r\na: 1\r\nB: 3\r\n");

        assertThat(answer.head).startsWith("HTTP/1.1 200 ").containsIgnoringCase("cache-control: no-store");
        assertThat(JudgeAnswer.read(answer.body, signer, "n-1"))
                .isInstanceOfSatisfying(JudgeAnswer.Genuine.class, genuine -> {
                    assertThat(genuine.answer().peer()).isEqualTo("127.0.0.1");
                    assertThat(genuine.answer().requestLine()).isEqualTo("GET /judge?nonce=n-1 HTTP/1.1");
                    assertThat(genuine.answer().headers())
                            .isEqualTo(List.of(
                                    new HeaderField("Host", "j"),
                                    new HeaderField("B", "2"),
                                    new HeaderField("a", "1"),
                                    new HeaderField("B", "3"),
                                    new HeaderField("Connection", "close")));
                });
    }

    @Test
    void anAbsoluteFormIsUnderstood() throws Exception {
        Answer answer = ask("GET http://judge.example/judge?nonce=x HTTP/1.1\r\nHost: judge.example\r\n");

        assertThat(JudgeAnswer.read(answer.body, signer, "x")).isInstanceOf(JudgeAnswer.Genuine.class);
    }

    @Test
    void pagesAreThoseTheCheckerExpects() throws Exception {
        Answer answer = ask("GET /judge/page/some-token HTTP/1.1\r\nHost: j\r\n");

        assertThat(answer.head).containsIgnoringCase("content-type: text/html").containsIgnoringCase("no-store");
        assertThat(new Tripwire(signer).compare("some-token", answer.body)).isEqualTo(Tripwire.Difference.NONE);
    }

    @Test
    void aHeadRequestHasNoBody() throws Exception {
        Answer answer = ask("HEAD /judge/page/t HTTP/1.1\r\nHost: j\r\n");

        assertThat(answer.head)
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("content-length: " + new Tripwire(signer).page("t").length);
        assertThat(answer.body).isEmpty();
    }

    @Test
    void anythingElseIsRefused() throws Exception {
        assertThat(ask("GET /judge HTTP/1.1\r\nHost: j\r\n").head).startsWith("HTTP/1.1 400 ");
        assertThat(ask("GET /judge?nonce= HTTP/1.1\r\nHost: j\r\n").head).startsWith("HTTP/1.1 400 ");
        assertThat(ask("GET /judge?nonce=a%0Ab HTTP/1.1\r\nHost: j\r\n").head).startsWith("HTTP/1.1 400 ");
        assertThat(ask("GET /judge?nonce=" + "a".repeat(129) + " HTTP/1.1\r\nHost: j\r\n").head)
                .startsWith("HTTP/1.1 400 ");
        assertThat(ask("GET /judge/page/a/b HTTP/1.1\r\nHost: j\r\n").head).startsWith("HTTP/1.1 400 ");
        assertThat(ask("GET /judges?nonce=a HTTP/1.1\r\nHost: j\r\n").head).startsWith("HTTP/1.1 404 ");
        assertThat(ask("GET / HTTP/1.1\r\nHost: j\r\n").head).startsWith("HTTP/1.1 404 ");
        assertThat(ask("POST /judge?nonce=a HTTP/1.1\r\nHost: j\r\nContent-Length: 0\r\n").head)
                .startsWith("HTTP/1.1 405 ")
                .contains("allow: GET, HEAD");
    }

    @Test
    void oversizedHeadersAreRefused() throws Exception {
        assertThat(ask("GET /judge?nonce=a HTTP/1.1\r\nHost: j\r\nX: " + "y".repeat(20_000) + "\r\n").head)
                .startsWith("HTTP/1.1 431 ");
    }

    @Test
    void aListenerNeedsHostAndPort() throws Exception {
        JudgeVerticle wrong = new JudgeVerticle(new JudgeConfig(null, "8443", null), signer, identity());

        assertThatThrownBy(() -> vertx.deployVerticle(wrong).await(20, TimeUnit.SECONDS))
                .hasMessage("judge.tls-listen: 8443 (expected: HOST:PORT)");
    }

    @Test
    void anAddressInUseIsNamedWithItsKey() throws Exception {
        String taken = "127.0.0.1:" + judge.port();
        JudgeVerticle second = new JudgeVerticle(new JudgeConfig(taken, null, null), signer, identity());

        assertThatThrownBy(() -> vertx.deployVerticle(second).await(20, TimeUnit.SECONDS))
                .isInstanceOf(BindException.class)
                .hasMessageStartingWith("judge.listen: " + taken);
    }

    @Test
    void theOperatorsOwnCertificateIsShown() throws Exception {
        SelfSigned own = identity();
        JudgeVerticle certified = new JudgeVerticle(
                new JudgeConfig(null, "127.0.0.1:0", null),
                signer,
                PemIdentity.of(own.certificatePem(), own.privateKeyPem()));
        vertx.deployVerticle(certified).await(20, TimeUnit.SECONDS);

        assertThat(shownPin(certified.tlsPort())).isEqualTo(own.pin()).isEqualTo(certified.pin());
        assertThat(shownPin(judge.tlsPort())).isEqualTo(judge.pin()).isNotEqualTo(own.pin());
    }

    private static String shownPin(int port) throws Exception {
        CompletableFuture<X509Certificate> shown = new CompletableFuture<>();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Noting(shown)}, null);
        try (Socket socket = context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            ((SSLSocket) socket).startHandshake();
        }
        return SpkiPin.of(shown.join().getPublicKey().getEncoded());
    }

    @Test
    void withoutConfigurationNothingListens() throws Exception {
        JudgeVerticle quiet = new JudgeVerticle(new JudgeConfig(null, null, null), signer, identity());
        vertx.deployVerticle(quiet).await(20, TimeUnit.SECONDS);

        assertThat(quiet.port()).isZero();
        assertThat(quiet.tlsPort()).isZero();
    }

    private Answer ask(String head) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", judge.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            int end = all.indexOf("\r\n\r\n");
            return new Answer(all.substring(0, end), all.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Answer(String head, byte[] body) {}

    /** Accepts any certificate and notes it. */
    private static final class Noting implements X509TrustManager {
        private final CompletableFuture<X509Certificate> shown;

        Noting(CompletableFuture<X509Certificate> shown) {
            this.shown = shown;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            shown.complete(chain[0]);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
