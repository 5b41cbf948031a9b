package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.judge.HeaderField;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exchanges over real sockets, with the native transport and without. */
class ProxyClientVerticleTest {
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
    private static final Deadlines PATIENT = new Deadlines(
            Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(15));
    private static final Deadlines HASTY = new Deadlines(
            Duration.ofMillis(400), Duration.ofMillis(400), Duration.ofMillis(400), Duration.ofMillis(800));

    private @Nullable Vertx vertx;

    private Vertx vertx(boolean nativeTransport) {
        Vertx made = Vertx.vertx(
                new VertxOptions().setPreferNativeTransport(nativeTransport).setEventLoopPoolSize(2));
        vertx = made;
        return made;
    }

    @AfterEach
    void close() throws Exception {
        if (vertx != null) {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void scriptsOfBytesEndAsTheyShould(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        ProxyClient client = client(on, PATIENT);

        assertThat(reason(client, on, Scheme.HTTP, socket -> socket.end(Buffer.buffer("HTTP/1.1 2"))))
                .isEqualTo(FailureReason.RESET);
        assertThat(reason(client, on, Scheme.HTTP, socket -> socket.end(Buffer.buffer("HTTP/1.1 200 OK\r\nX: y\r\n"))))
                .isEqualTo(FailureReason.RESET);
        assertThat(reason(
                        client,
                        on,
                        Scheme.HTTP,
                        socket -> socket.end(Buffer.buffer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"))))
                .isEqualTo(FailureReason.RESET);
        assertThat(reason(client, on, Scheme.HTTP, socket -> socket.write(Buffer.buffer(new byte[] {5, 0}))))
                .isEqualTo(FailureReason.PROTOCOL);
        assertThat(reason(client, on, Scheme.SOCKS5, socket -> socket.end(Buffer.buffer(new byte[] {5}))))
                .isEqualTo(FailureReason.RESET);
        assertThat(reason(client, on, Scheme.SOCKS4, NetSocket::close)).isEqualTo(FailureReason.RESET);
        assertThat(reason(client, on, Scheme.HTTPS, socket -> socket.write("HTTP/1.1 400 Bad\r\n\r\n")))
                .isEqualTo(FailureReason.TLS);
        assertThat(reason(client, on, Scheme.HTTPS, NetSocket::close)).isEqualTo(FailureReason.TLS);
        client.close().await(20, TimeUnit.SECONDS);
        assertThat(client.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyPhaseHasItsDeadline(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        ProxyClient client = client(on, HASTY);

        assertThat(reason(client, on, Scheme.HTTP, socket -> {})).isEqualTo(FailureReason.TIMEOUT);
        assertThat(reason(client, on, Scheme.SOCKS4, socket -> {})).isEqualTo(FailureReason.TIMEOUT);
        assertThat(reason(client, on, Scheme.SOCKS5, socket -> {})).isEqualTo(FailureReason.TIMEOUT);
        assertThat(reason(client, on, Scheme.HTTPS, socket -> {})).isEqualTo(FailureReason.TIMEOUT);
        assertThat(reason(client, on, Scheme.HTTP, socket -> socket.write("HTTP/1.1 200 OK\r\n\r\nand")))
                .as("a body without end")
                .isEqualTo(FailureReason.TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSilentNetworkIsAConnectTimeout(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        ProxyClient client = client(on, HASTY);
        List<SocketChannel> fillers = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
            for (int i = 0; i < 8; i++) {
                SocketChannel filler = SocketChannel.open();
                filler.configureBlocking(false);
                filler.connect(new InetSocketAddress("127.0.0.2", full.getLocalPort()));
                fillers.add(filler);
            }
            Exchange exchange = await(client.connect(ProxyKey.of(Scheme.SOCKS5, "127.0.0.2", full.getLocalPort())));

            assertThat(exchange)
                    .isInstanceOfSatisfying(
                            Exchange.Failed.class,
                            failed -> assertThat(failed.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT));
        } finally {
            for (SocketChannel filler : fillers) {
                filler.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connectsAreToldFromRefusals(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        ProxyClient client = client(on, PATIENT);
        int port;
        try (ServerSocket listening = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.2"))) {
            port = listening.getLocalPort();
            assertThat(await(client.connect(ProxyKey.of(Scheme.UNKNOWN, "127.0.0.2", port))))
                    .isInstanceOf(Exchange.Connected.class);
        }
        assertThat(reason(await(client.connect(ProxyKey.of(Scheme.HTTP, "127.0.0.2", port)))))
                .isEqualTo(FailureReason.REFUSED);
        assertThat(reason(await(client.connect(ProxyKey.of(Scheme.HTTP, "192.0.2.1", port)))))
                .isEqualTo(FailureReason.FORBIDDEN);
        assertThat(reason(await(client.connect(ProxyKey.of(Scheme.HTTP, "nowhere.example", port)))))
                .isEqualTo(FailureReason.DNS);
        client.close().await(20, TimeUnit.SECONDS);
        assertThat(reason(await(client.connect(ProxyKey.of(Scheme.HTTP, "127.0.0.2", port)))))
                .isEqualTo(FailureReason.LOCAL);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPinDecidesWhetherATlsTargetIsTrusted(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        Instant now = Instant.now();
        SelfSigned identity = SelfSigned.create(
                "judge.sluice", InetAddress.getByName("127.0.0.1"), now.minusSeconds(60), now.plusSeconds(600));
        int port = await(on.createHttpServer(new HttpServerOptions()
                                .setSsl(true)
                                .setKeyCertOptions(new PemKeyCertOptions()
                                        .addCertValue(Buffer.buffer(identity.certificatePem()))
                                        .addKeyValue(Buffer.buffer(identity.privateKeyPem()))))
                        .requestHandler(request -> request.response().end("hello"))
                        .listen(0, "127.0.0.1"))
                .actualPort();
        ProxyClient client = client(on, PATIENT);

        Exchange pinned = await(client.exchange(Route.DIRECT, request(true, port, identity.pin())));
        Exchange other = await(client.exchange(Route.DIRECT, request(true, port, SpkiPin.of(new byte[] {1}))));
        Exchange unknown = await(client.exchange(Route.DIRECT, request(true, port, null)));

        assertThat(pinned).isInstanceOfSatisfying(Exchange.Reached.class, reached -> {
            assertThat(reached.peerPin()).isEqualTo(identity.pin());
            assertThat(new String(reached.body(), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("hello");
        });
        assertThat(other)
                .isEqualTo(new Exchange.Failed(
                        FailureReason.TAMPERED, "certificate of another key", identity.pin(), ProxyClient.Stage.TLS));
        assertThat(reason(unknown)).as("no authority vouches for it").isEqualTo(FailureReason.TAMPERED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHeadWithoutEndIsNotReadToItsEnd(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        ProxyClient client = client(on, PATIENT);
        Buffer longLine = Buffer.buffer("HTTP/1.1 200 OK\r\nA: ").appendString("b".repeat(10 << 20));
        Buffer manyFields = Buffer.buffer("HTTP/1.1 200 OK\r\n").appendString("a:b\r\n".repeat(2 << 20));
        Buffer garbage = Buffer.buffer("\u0000".repeat(10 << 20));

        for (Buffer hostile : List.of(longLine, manyFields, garbage)) {
            assertThat(reason(client, on, Scheme.HTTP, socket -> socket.write(hostile)))
                    .isEqualTo(FailureReason.PROTOCOL);
            assertThat(reason(client, on, Scheme.SOCKS4, socket -> socket.write(hostile)))
                    .isEqualTo(FailureReason.PROTOCOL);
            assertThat(reason(client, on, Scheme.SOCKS5, socket -> socket.write(hostile)))
                    .isEqualTo(FailureReason.PROTOCOL);
            assertThat(reason(client, on, Scheme.HTTPS, socket -> socket.write(hostile)))
                    .isEqualTo(FailureReason.TLS);
        }
        client.close().await(20, TimeUnit.SECONDS);
        assertThat(client.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHeadWithoutEndInsideTlsIsNotReadEither(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        Instant now = Instant.now();
        SelfSigned identity = SelfSigned.create(
                "judge.sluice", InetAddress.getByName("127.0.0.1"), now.minusSeconds(60), now.plusSeconds(600));
        int port = await(on.createNetServer(new NetServerOptions()
                                .setSsl(true)
                                .setKeyCertOptions(new PemKeyCertOptions()
                                        .addCertValue(Buffer.buffer(identity.certificatePem()))
                                        .addKeyValue(Buffer.buffer(identity.privateKeyPem()))))
                        .connectHandler(socket -> {
                            socket.exceptionHandler(failure -> {});
                            socket.write(Buffer.buffer("HTTP/1.1 200 OK\r\nA: ").appendString("b".repeat(10 << 20)));
                        })
                        .listen(0, "127.0.0.1"))
                .actualPort();
        ProxyClient client = client(on, PATIENT);

        assertThat(await(client.exchange(Route.DIRECT, request(true, port, identity.pin()))))
                .isInstanceOfSatisfying(Exchange.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo(FailureReason.PROTOCOL);
                    assertThat(failed.stage()).isEqualTo(ProxyClient.Stage.ANSWER);
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyStageIsCounted(boolean nativeTransport) throws Exception {
        Vertx on = vertx(nativeTransport);
        List<String> ended = new CopyOnWriteArrayList<>();
        ProxyClient client = new ProxyClient(
                on,
                host -> Future.failedFuture(new UnknownHostException(host)),
                LOOPBACK,
                PATIENT,
                65_536,
                ProxyClient.ConnectObserver.NONE,
                (stage, reason) -> ended.add(stage.text() + " " + reason.text()));

        reason(client, on, Scheme.SOCKS5, socket -> socket.end(Buffer.buffer(new byte[] {5})));
        assertThat(ended).containsExactly("connect none", "handshake reset");
        ended.clear();
        reason(client, on, Scheme.HTTP, socket -> socket.end(Buffer.buffer("HTTP/1.1 204 No Content\r\n\r\n")));
        assertThat(ended).containsExactly("connect none", "answer none");
        ended.clear();
        reason(client, on, Scheme.HTTPS, socket -> socket.end(Buffer.buffer("HTTP/1.1 400 Bad\r\n\r\n")));
        assertThat(ended).containsExactly("connect none", "tls tls");
    }

    private static ProxyClient client(Vertx on, Deadlines deadlines) {
        Resolver resolver = host -> Future.failedFuture(new UnknownHostException(host));
        return new ProxyClient(on, resolver, LOOPBACK, deadlines, 65_536);
    }

    private static Request request(boolean tls, int port, @Nullable String pin) {
        return new Request(
                tls, "127.0.0.1", port, "/", List.of(new HeaderField("Host", "x"), new HeaderField("A", "b")), pin);
    }

    /** What becomes of a request through a proxy that behaves like {@code script} once bytes came. */
    private static FailureReason reason(ProxyClient client, Vertx on, Scheme scheme, Consumer<NetSocket> script)
            throws Exception {
        int port = await(on.createNetServer()
                        .connectHandler(socket -> {
                            socket.exceptionHandler(failure -> {});
                            socket.handler(bytes -> {
                                socket.handler(more -> {});
                                script.accept(socket);
                            });
                        })
                        .listen(0, "127.0.0.2"))
                .actualPort();
        return reason(
                await(client.exchange(Route.through(ProxyKey.of(scheme, "127.0.0.2", port)), request(false, 9, null))));
    }

    private static FailureReason reason(Exchange exchange) {
        return exchange instanceof Exchange.Failed failed ? failed.reason() : FailureReason.NONE;
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
