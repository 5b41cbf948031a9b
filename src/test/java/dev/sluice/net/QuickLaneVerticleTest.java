package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.QuickWire.Answer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerOptions;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuickLaneVerticleTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() throws Exception {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatIsAnsweredQuicklyNeverReachesVertx() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            for (String headers : List.of(
                    "",
                    "Connection: keep-alive\r\n",
                    "Connection: Keep-Alive\r\n",
                    "Content-Length: 0\r\n",
                    "X-Anything: else\r\n")) {
                wire.send("GET /quick?a=b HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
                Answer answer = wire.answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("quick:/quick?a=b");
            }
            assertThat(server.usual).isEmpty();
            assertThat(server.quick).hasValue(5);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
                "POST /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\n\r\n",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, foo\r\n\r\n",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nConnection: foo\r\n\r\n",
                "OPTIONS /quick HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /quick HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
            })
    void whatIsNoPlainReadGoesTheUsualWayAndTheConnectionStays(String request) throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(request + QuickWire.get("/quick/after"));

            assertThat(wire.answer().body()).startsWith("usual:/quick");
            assertThat(wire.answer().body()).isEqualTo("quick:/quick/after");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /quick HTTP/1.0\r\nHost: localhost\r\n\r\n",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /quick HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"
            })
    void nothingIsAnsweredAfterTheLastRequest(String last) throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/quick") + last + QuickWire.get("/quick/never"));

            assertThat(wire.answer().body()).isEqualTo("quick:/quick");
            assertThat(wire.answer().body()).isEqualTo("usual:/quick");
            assertThat(wire.closed()).isTrue();
            assertThat(server.quick).hasValue(1);
        }
    }

    @Test
    void headGetsTheHeadOfWhatGetGets() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.head("/quick") + QuickWire.get("/quick") + QuickWire.head("/usual"));

            assertThat(wire.answer(false).headers()).containsEntry("content-length", "12");
            assertThat(wire.answer().body()).isEqualTo("quick:/quick");
            assertThat(wire.answer(false).status()).isEqualTo(200);
            assertThat(server.quick).hasValue(2);
        }
    }

    @Test
    void aHandlerThatBreaksLeavesTheRequestToVertx() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/quick/1") + QuickWire.get("/quick/broken") + QuickWire.get("/quick/2"));

            assertThat(wire.answer().body()).isEqualTo("quick:/quick/1");
            assertThat(wire.answer().body()).isEqualTo("usual:/quick/broken");
            assertThat(wire.answer().body()).isEqualTo("quick:/quick/2");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void pipelinedAnswersKeepTheOrderOfTheirRequests(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            switch (random.nextInt(8)) {
                case 0 -> expected.add(add(text, "usual:", QuickWire.get("/usual/" + i)));
                case 1 -> expected.add(add(text, "usual:", QuickWire.get("/later/" + i)));
                case 2 -> expected.add(add(text, "usual:", QuickWire.get("/chunked/" + i)));
                case 3 ->
                    expected.add(add(text, "usual:", QuickWire.post("/post/" + i, "x".repeat(random.nextInt(2_000)))));
                default -> expected.add(add(text, "", QuickWire.get("/quick/" + i)));
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            CompletableFuture<Void> sent = CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int from = 0; from < bytes.length; ) {
                                int most = random.nextInt(10) == 0 ? 20_000 : 300;
                                int count = Math.min(bytes.length - from, 1 + random.nextInt(most));
                                wire.send(bytes, from, count);
                                from += count;
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    threads);
            for (String answer : expected) {
                // A quick request that waits for a usual one goes the usual way, which of them depends on the moment.
                assertThat(wire.answer().body()).as("seed %d", seed).isIn(answer, "quick:" + answer, "usual:" + answer);
            }
            sent.get(20, TimeUnit.SECONDS);
            assertThat(server.quick).hasPositiveValue();
            assertThat(server.usual).isNotEmpty();
        }
    }

    private static String add(StringBuilder text, String kind, String request) {
        text.append(request);
        int body = request.indexOf("\r\n\r\n") + 4;
        return kind + request.split(" ", 3)[1] + request.substring(body);
    }

    @Test
    void requestsMaySplitAtEveryByte() throws Exception {
        String text = QuickWire.get("/quick/1")
                + QuickWire.head("/quick/2")
                + QuickWire.post("/post", "abc")
                + QuickWire.get("/quick/3");
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            for (int split = 0; split <= bytes.length; split++) {
                wire.send(bytes, 0, split);
                wire.send(bytes, split, bytes.length - split);
                expectFour(wire);
            }
            for (byte single : bytes) {
                wire.send(new byte[] {single}, 0, 1);
            }
            expectFour(wire);
        }
    }

    private static void expectFour(QuickWire wire) throws IOException {
        assertThat(wire.answer().body()).isEqualTo("quick:/quick/1");
        assertThat(wire.answer(false).headers()).containsEntry("content-length", "14");
        assertThat(wire.answer().body()).isEqualTo("usual:/postabc");
        assertThat(wire.answer().body()).isEqualTo("quick:/quick/3");
    }

    @Test
    void aClientThatDoesNotReadIsNotWrittenTo() throws Exception {
        int requests = 6_000;
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port(), 16_384)) {
            server.padding = "x".repeat(8_192);
            wire.send(QuickWire.get("/quick"));
            Channel channel = server.channels.poll(20, TimeUnit.SECONDS);
            assertThat(channel).isNotNull();
            AtomicLong mostPending = new AtomicLong();
            CountDownLatch stopped = new CountDownLatch(1);
            channel.eventLoop()
                    .submit(() -> channel.pipeline()
                            .addBefore("quickLane", "gauge", new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelRead(ChannelHandlerContext context, Object message) {
                                    context.fireChannelRead(message);
                                    long pending =
                                            channel.unsafe().outboundBuffer().totalPendingWriteBytes();
                                    mostPending.accumulateAndGet(pending, Math::max);
                                }

                                @Override
                                public void channelReadComplete(ChannelHandlerContext context) {
                                    context.fireChannelReadComplete();
                                    if (!channel.config().isAutoRead()) {
                                        stopped.countDown();
                                    }
                                }
                            }))
                    .sync();
            assertThat(wire.answer().status()).isEqualTo(200);
            CompletableFuture<Void> sent = CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int i = 0; i < requests; i++) {
                                wire.send(QuickWire.get("/quick"));
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    threads);

            assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(server.quick.get()).isLessThan(requests);

            for (int i = 0; i < requests; i++) {
                assertThat(wire.answer().body()).isEqualTo("quick:/quick" + server.padding);
            }
            sent.get(20, TimeUnit.SECONDS);
            assertThat(server.usual).isEmpty();
            assertThat(mostPending.get())
                    .isLessThan(channel.config().getWriteBufferHighWaterMark() + QuickConnection.GATHERED + 16_384L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 414, 431})
    void whatTheDecoderRefusesIsAnsweredAsBefore(int status) throws Exception {
        String refused = switch (status) {
            case 414 -> QuickWire.get("/quick?" + "a".repeat(5_000));
            case 431 -> QuickWire.request("GET", "/quick", "X-Long: " + "a".repeat(9_000));
            default -> QuickWire.request("GET", "/quick", "Bad Name : x");
        };
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/quick") + refused + QuickWire.get("/quick"));

            assertThat(wire.answer().body()).isEqualTo("quick:/quick");
            assertThat(wire.answer().status()).isEqualTo(status);
            assertThatThrownBy(wire::answer).isInstanceOfAny(EOFException.class, SocketException.class);
            assertThat(server.quick).hasValue(1);
        }
    }

    @Test
    void aConnectionThatShutsDownTakesNoQuickRequests() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/held"));
            assertThat(server.usual.poll(20, TimeUnit.SECONDS)).isEqualTo("usual:/held");
            Channel channel = server.channels.take();

            CountDownLatch announced = new CountDownLatch(1);
            CountDownLatch arrived = new CountDownLatch(1);
            channel.eventLoop()
                    .submit(() -> channel.pipeline().addAfter("quickLane", "watch", new ChannelInboundHandlerAdapter() {
                        @Override
                        public void userEventTriggered(ChannelHandlerContext context, Object event) {
                            context.fireUserEventTriggered(event);
                            announced.countDown();
                        }

                        @Override
                        public void channelRead(ChannelHandlerContext context, Object message) {
                            context.fireChannelRead(message);
                            arrived.countDown();
                        }
                    }))
                    .sync();

            Future<Void> down = server.server.shutdown(20, TimeUnit.SECONDS);
            assertThat(announced.await(20, TimeUnit.SECONDS)).isTrue();
            wire.send(QuickWire.get("/quick"));
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
            server.held.complete(null);

            assertThat(wire.answer().body()).isEqualTo("usual:/held");
            assertThatThrownBy(wire::answer).isInstanceOfAny(EOFException.class, SocketException.class);
            down.await(20, TimeUnit.SECONDS);
            assertThat(server.quick).hasValue(0);
        }
    }

    @Test
    void shuttingDownUnderLoadCutsNoAnswer() throws Exception {
        try (QuickServer server = new QuickServer()) {
            CountDownLatch under = new CountDownLatch(8);
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                clients.add(CompletableFuture.runAsync(() -> askUntilClosed(server.port(), under), threads));
            }
            assertThat(under.await(20, TimeUnit.SECONDS)).isTrue();

            server.server.shutdown(20, TimeUnit.SECONDS).await(20, TimeUnit.SECONDS);

            for (CompletableFuture<Void> client : clients) {
                client.get(20, TimeUnit.SECONDS);
            }
        }
    }

    /** Fails when the connection ends within an answer. */
    private static void askUntilClosed(int port, CountDownLatch under) {
        try (QuickWire wire = new QuickWire(port)) {
            for (int i = 0; ; i++) {
                try {
                    wire.send(QuickWire.get(i % 3 == 0 ? "/later" : "/quick"));
                    assertThat(wire.answer().status()).isEqualTo(200);
                } catch (EOFException | SocketException e) {
                    return;
                }
                if (i == 100) {
                    under.countDown();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterQuickAnswersToo() throws Exception {
        HttpServerOptions options =
                QuickServer.usualOptions().setIdleTimeout(200).setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        try (QuickServer server = new QuickServer(Duration.ofMinutes(1), options);
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/quick"));
            assertThat(wire.answer().status()).isEqualTo(200);
            assertThat(wire.closed()).isTrue();
        }
    }

    @Test
    void aHeadThatDoesNotEndIsAnswered408() throws Exception {
        try (QuickServer server = new QuickServer(Duration.ofMillis(200), QuickServer.usualOptions());
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/later") + QuickWire.get("/quick") + "GET /quick HTTP/1.1\r\nHo");

            assertThat(wire.answer().body()).isEqualTo("usual:/later");
            assertThat(wire.answer().body()).endsWith("/quick");
            Answer late = wire.answer();
            assertThat(late.status()).isEqualTo(408);
            assertThat(late.headers()).containsEntry("connection", "close");
            assertThat(wire.closed()).isTrue();
            Channel channel = server.channels.take();
            assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aConnectionMayBecomeAWebSocket() throws Exception {
        try (QuickServer server = new QuickServer();
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/quick"));
            assertThat(wire.answer().body()).isEqualTo("quick:/quick");

            wire.send(QuickWire.request(
                    "GET",
                    "/socket",
                    "Connection: Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
            Answer answer = wire.answer(false);
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.headers()).containsEntry("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            wire.send(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'}, 0, 8);
            assertThat(wire.exactly(8)).isEqualTo("\u0081\u0006got hi");
        }
    }

    @Test
    void aPipelineOfAnotherKindIsLeftAlone() throws Exception {
        HttpServerOptions options = QuickServer.usualOptions().setCompressionSupported(true);
        try (QuickServer server = new QuickServer(Duration.ofMinutes(1), options);
                QuickWire wire = new QuickWire(server.port())) {
            wire.send(QuickWire.get("/quick"));
            assertThat(wire.answer().body()).isEqualTo("usual:/quick");
            assertThat(server.channels.take().pipeline().names()).doesNotContain("quickLane");
        }
    }

    @Test
    void theDeadlineOfHeadsIsMoreThanNothing() {
        assertThatThrownBy(() -> new QuickLane((head, answer) -> false, new HttpServerOptions(), Duration.ZERO))
                .hasMessage("headTimeout: PT0S (expected: more than 0)");
    }
}
