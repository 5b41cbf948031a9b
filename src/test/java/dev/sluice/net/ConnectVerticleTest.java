package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sluice.net.ProxyClient.ConnectObserver;
import dev.sluice.net.ProxyClient.Stage;
import dev.sluice.net.ProxyClient.StageObserver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connects for their own sake, with the native transport and without. */
class ConnectVerticleTest {
    private static final AddressPolicy LOOPBACK =
            new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1/128")), false);
    private static final String HOST = "127.0.0.3";

    private final Counts counts = new Counts();
    private final List<AutoCloseable> open = new ArrayList<>();
    private @Nullable Vertx vertx;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
        if (vertx != null) {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anOpenPortAndARefusedOneAreToldApart(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(10_000);
        ServerSocket listening = listening();
        int refusing = refusing();

        for (int i = 0; i < 3; i++) {
            assertThat(connect(client, lane, HOST, listening.getLocalPort()).reason)
                    .isEqualTo(FailureReason.NONE);
            assertThat(connect(client, lane, HOST, refusing).reason).isEqualTo(FailureReason.REFUSED);
        }

        assertThat(counts.answered).hasValue(6);
        assertThat(counts.unanswered).hasValue(0);
        assertThat(counts.lacked).isEmpty();
        assertThat(counts.stages).containsEntry("CONNECT NONE", 3).containsEntry("CONNECT REFUSED", 3);
        client.close().await(10, TimeUnit.SECONDS);
        assertThat(client.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theListenerIsToldOnTheLaneWithItsContext(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(10_000);

        Ended ended = connect(client, lane, HOST, listening().getLocalPort());

        assertThat(ended.inLane).isTrue();
        assertThat(ended.context).isSameAs(lane.context());
        assertThat(ended.nanos).isPositive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aListenerThatThrowsHarmsNobodyElse(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(10_000);
        int port = listening().getLocalPort();
        CompletableFuture<Throwable> reported = new CompletableFuture<>();
        lane.context().exceptionHandler(reported::complete);

        lane.execute(() -> client.connect(lane, key(HOST, port), (reason, nanos) -> {
            throw new IllegalStateException("broken");
        }));

        assertThat(reported.get(10, TimeUnit.SECONDS)).hasMessage("broken");
        assertThat(connect(client, lane, HOST, port).reason).isEqualTo(FailureReason.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void silenceIsAConnectTimeout(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(200);

        Ended ended = connect(client, lane, HOST, silent());

        assertThat(ended.reason).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(ended.nanos).as("never before its deadline").isGreaterThanOrEqualTo(200_000_000);
        assertThat(counts.answered).hasValue(0);
        assertThat(counts.unanswered).hasValue(1);
        assertThat(counts.stages).containsOnlyKeys("CONNECT CONNECT_TIMEOUT");
        assertThat(connect(client, lane, HOST, refusing()).reason)
                .as("what comes after it")
                .isEqualTo(FailureReason.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatCameWhileTheLoopWasHeldUpIsNotATimeout(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(50);
        int port = listening().getLocalPort();
        CompletableFuture<FailureReason> second = new CompletableFuture<>();
        lane.execute(() -> client.connect(lane, key(HOST, port), (first, nanos) -> {
            client.connect(lane, key(HOST, port), (reason, more) -> second.complete(reason));
            long overNanos = System.nanoTime() + 200_000_000;
            while (System.nanoTime() < overNanos) {
                Thread.onSpinWait();
            }
        }));

        assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(FailureReason.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theConnectTimeoutCanBeShortenedWhileRunning(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(3_600_000);
        client.connectTimeout(TimeUnit.MILLISECONDS.toNanos(50));

        assertThat(connect(client, lane, HOST, silent()).reason).isEqualTo(FailureReason.CONNECT_TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aForbiddenAddressIsNotDialled(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(10_000, Map.of("inside.example", List.of("127.0.0.9", "192.0.2.1")));

        assertThat(connect(client, lane, "192.0.2.1", 80).reason).isEqualTo(FailureReason.FORBIDDEN);
        assertThat(connect(client, lane, "::ffff:192.0.2.1", 80).reason).isEqualTo(FailureReason.FORBIDDEN);
        assertThat(connect(client, lane, "inside.example", 80).reason)
                .as("one forbidden address among several")
                .isEqualTo(FailureReason.FORBIDDEN);
        assertThat(counts.answered).hasValue(0);
        assertThat(counts.unanswered).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theNextAddressOfANameIsTriedWhenOneRefuses(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client =
                client(10_000, Map.of("two.example", List.of("127.0.0.8", HOST), "one.example", List.of("127.0.0.8")));
        int port = listening().getLocalPort();

        assertThat(connect(client, lane, "two.example", port).reason).isEqualTo(FailureReason.NONE);
        assertThat(counts.answered).as("a refusal and an opening").hasValue(2);
        assertThat(counts.stages).containsOnlyKeys("CONNECT NONE");
        assertThat(connect(client, lane, "one.example", port).reason).isEqualTo(FailureReason.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSilentAddressOfANameLeavesTimeForTheNext(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(400, Map.of("two.example", List.of(HOST, "127.0.0.8")));
        int port = silent();
        open.add(new ServerSocket(port, 50, InetAddress.getByName("127.0.0.8")));

        assertThat(connect(client, lane, "two.example", port).reason).isEqualTo(FailureReason.NONE);
        assertThat(counts.unanswered).hasValue(1);
        assertThat(counts.answered).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNameThatDoesNotResolveIsToldFromAResolverThatDoesNotAnswer(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(50);
        ProxyClient hanging = new ProxyClient(
                running(), host -> Promise.<List<InetAddress>>promise().future(), LOOPBACK, deadlines(50), 1_024);

        assertThat(connect(client, lane, "nowhere.example", 80).reason).isEqualTo(FailureReason.DNS);
        assertThat(connect(hanging, lane, "slow.example", 80).reason).isEqualTo(FailureReason.LOCAL);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ipv6IsDialledLikeIpv4(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(10_000);
        ServerSocket listening;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getByName("::1"));
        } catch (IOException e) {
            assumeThat(e).as("this machine has no ::1").isNull();
            return;
        }
        int port = listening.getLocalPort();

        assertThat(connect(client, lane, "::1", port).reason).isEqualTo(FailureReason.NONE);
        listening.close();
        assertThat(connect(client, lane, "::1", port).reason).isEqualTo(FailureReason.REFUSED);
        assertThat(connect(client, lane, HOST, listening().getLocalPort()).reason)
                .isEqualTo(FailureReason.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingEndsWhatConnectsAsOurOwnDoing(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(3_600_000);
        int port = silent();
        List<CompletableFuture<Ended>> pending = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            pending.add(begin(client, lane, HOST, port));
        }
        Future<Exchange> exchange = client.connect(key(HOST, port));
        inLane(lane);

        client.close().await(10, TimeUnit.SECONDS);

        assertThat(client.open()).isZero();
        for (CompletableFuture<Ended> ended : pending) {
            assertThat(ended.get(10, TimeUnit.SECONDS).reason).isEqualTo(FailureReason.LOCAL);
        }
        assertThat(exchange.await(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Exchange.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo(FailureReason.LOCAL));
        assertThat(counts.unanswered).as("no verdict of ours").hasValue(0);
        assertThat(connect(client, lane, HOST, port).reason).as("after closing").isEqualTo(FailureReason.LOCAL);
        client.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void thousandsMayBePendingWithoutAChannelEach() throws Exception {
        assumeThat(Epoll.isAvailable()).isTrue();
        Lane lane = lane(true);
        Dialer dialer = dialer();
        int port = silent();
        int total = 5_000;
        AtomicInteger ended = new AtomicInteger();
        Dial dial = new Dial() {
            @Override
            public boolean keeps() {
                return true;
            }

            @Override
            public void opened(@Nullable Channel channel, long nanos) {
                ended.incrementAndGet();
            }

            @Override
            public void failed(FailureReason reason, String detail, long nanos) {
                ended.addAndGet(reason == FailureReason.LOCAL ? 0 : 1);
            }
        };
        lane.execute(() -> {
            for (int i = 0; i < total; i++) {
                long now = System.nanoTime();
                dialer.connect(lane, HOST, port, now, now + TimeUnit.HOURS.toNanos(1), dial);
            }
        });
        CompletableFuture<Integer> channels = new CompletableFuture<>();
        lane.execute(() -> channels.complete(dialer.connector(lane).channels()));

        assertThat(channels.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(dialer.open()).isEqualTo(total);
        dialer.close().await(10, TimeUnit.SECONDS);
        assertThat(dialer.open()).isZero();
        assertThat(ended).as("all of them were pending").hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tenThousandConnectsLeaveNoDescriptor(boolean nativeTransport) throws Exception {
        assumeThat(Path.of("/proc/self/fd")).exists();
        Lane lane = lane(nativeTransport);
        ProxyClient client = client(10_000);
        int[] ports = {listening().getLocalPort(), refusing()};
        connect(client, lane, HOST, ports[0]); // what is loaded once
        long before = descriptors();
        int total = 10_000;
        AtomicInteger next = new AtomicInteger();
        AtomicInteger opened = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(total);
        class Chain implements ProxyClient.ConnectListener {
            void begin() {
                int i = next.getAndIncrement();
                if (i < total) {
                    client.connect(lane, key(HOST, ports[i % 2]), this);
                }
            }

            @Override
            public void connectEnded(FailureReason reason, long connectNanos) {
                opened.addAndGet(reason == FailureReason.NONE ? 1 : 0);
                left.countDown();
                begin();
            }
        }
        lane.execute(() -> {
            for (int i = 0; i < 40; i++) {
                new Chain().begin();
            }
        });

        assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(opened).hasValue(total / 2);
        assertThat(descriptors()).as("while the client is open").isLessThan(before + 60);
        client.close().await(10, TimeUnit.SECONDS);
        inLane(lane);

        assertThat(descriptors()).isLessThanOrEqualTo(before);
    }

    @Test
    void socketsAreUsedAgainAndClosedWhenNobodyWantsThem() throws Exception {
        assumeThat(Epoll.isAvailable()).isTrue();
        Lane lane = lane(true);
        Dialer dialer = dialer();
        int refusing = refusing();
        CompletableFuture<List<Integer>> idle = new CompletableFuture<>();
        lane.execute(() -> {
            EpollConnector connector = (EpollConnector) dialer.connector(lane);
            List<Integer> seen = new ArrayList<>();
            class Again implements Dial {
                void begin() {
                    long now = System.nanoTime();
                    dialer.connect(lane, HOST, refusing, now, now + 10_000_000_000L, this);
                }

                @Override
                public boolean keeps() {
                    return false;
                }

                @Override
                public void opened(@Nullable Channel channel, long nanos) {
                    idle.completeExceptionally(new AssertionError("opened"));
                }

                @Override
                public void failed(FailureReason reason, String detail, long nanos) {
                    seen.add(connector.idle());
                    if (seen.size() < 100) {
                        begin();
                    } else {
                        idle.complete(seen);
                    }
                }
            }
            new Again().begin();
        });

        assertThat(idle.get(20, TimeUnit.SECONDS)).hasSize(100).containsOnly(1);
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int left = 1;
        while (left > 0 && System.nanoTime() < deadlineNanos) {
            CompletableFuture<Integer> now = new CompletableFuture<>();
            lane.execute(() -> now.complete(((EpollConnector) dialer.connector(lane)).idle()));
            left = now.get(10, TimeUnit.SECONDS);
        }
        assertThat(left).isZero();
        dialer.close().await(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExchangeBegunOnALoopRunsOnThatLoop(boolean nativeTransport) throws Exception {
        Lane lane = lane(nativeTransport);
        CompletableFuture<Thread> observed = new CompletableFuture<>();
        ProxyClient client = new ProxyClient(
                running(),
                host -> Future.failedFuture(new UnknownHostException(host)),
                LOOPBACK,
                deadlines(10_000),
                1_024,
                counts,
                (stage, reason) -> observed.complete(Thread.currentThread()));
        int port = listening().getLocalPort();
        CompletableFuture<Thread> own = new CompletableFuture<>();
        lane.execute(() -> {
            own.complete(Thread.currentThread());
            client.connect(key(HOST, port));
        });

        assertThat(observed.get(10, TimeUnit.SECONDS)).isSameAs(own.get(10, TimeUnit.SECONDS));
    }

    private Vertx running() {
        Vertx made = vertx;
        if (made == null) {
            throw new IllegalStateException("no Vert.x yet");
        }
        return made;
    }

    private Lane lane(boolean nativeTransport) {
        Vertx made = Vertx.vertx(
                new VertxOptions().setPreferNativeTransport(nativeTransport).setEventLoopPoolSize(2));
        vertx = made;
        return Lanes.of(made, 1).get(0);
    }

    private static Deadlines deadlines(int connectMillis) {
        Duration ample = Duration.ofHours(2);
        return new Deadlines(Duration.ofMillis(connectMillis), ample, ample, ample);
    }

    private Dialer dialer() {
        return new Dialer(
                running(),
                host -> Future.failedFuture(new UnknownHostException(host)),
                LOOPBACK,
                Duration.ofHours(1),
                counts);
    }

    private ProxyClient client(int connectMillis) {
        return client(connectMillis, Map.of());
    }

    private ProxyClient client(int connectMillis, Map<String, List<String>> names) {
        Resolver resolver = host -> {
            List<String> known = names.get(host);
            if (known == null) {
                return Future.failedFuture(new UnknownHostException(host));
            }
            return Future.succeededFuture(
                    known.stream().map(ConnectVerticleTest::address).toList());
        };
        return new ProxyClient(running(), resolver, LOOPBACK, deadlines(connectMillis), 1_024, counts, counts);
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }

    private ServerSocket listening() throws IOException {
        ServerSocket listening = new ServerSocket(0, 4_096, InetAddress.getByName(HOST));
        open.add(listening);
        Thread accepting = new Thread(
                () -> {
                    while (!listening.isClosed()) {
                        try {
                            listening.accept().close();
                        } catch (IOException e) {
                            // closed by the test, or the other side was gone already
                        }
                    }
                },
                "accepting");
        accepting.setDaemon(true);
        accepting.start();
        open.add(() -> accepting.join(10_000));
        return listening;
    }

    /** A port that is bound and does not listen. */
    private int refusing() throws IOException {
        SocketChannel bound = SocketChannel.open().bind(new InetSocketAddress(HOST, 0));
        open.add(bound);
        return ((InetSocketAddress) bound.getLocalAddress()).getPort();
    }

    /** A listener whose backlog is full: the kernel leaves further SYNs without an answer. */
    private int silent() throws IOException {
        ServerSocket full = new ServerSocket(0, 1, InetAddress.getByName(HOST));
        open.add(full);
        for (int i = 0; i < 8; i++) {
            SocketChannel filler = SocketChannel.open();
            open.add(filler);
            filler.configureBlocking(false);
            filler.connect(new InetSocketAddress(HOST, full.getLocalPort()));
        }
        return full.getLocalPort();
    }

    private static ProxyKey key(String host, int port) {
        return ProxyKey.of(Scheme.HTTP, host, port);
    }

    private static CompletableFuture<Ended> begin(ProxyClient client, Lane lane, String host, int port) {
        CompletableFuture<Ended> ended = new CompletableFuture<>();
        lane.execute(() -> client.connect(
                lane,
                key(host, port),
                (reason, nanos) -> ended.complete(new Ended(reason, nanos, lane.inLane(), Vertx.currentContext()))));
        return ended;
    }

    private static Ended connect(ProxyClient client, Lane lane, String host, int port) throws Exception {
        return begin(client, lane, host, port).get(20, TimeUnit.SECONDS);
    }

    /** Waits until the loop has done what it was given. */
    private static void inLane(Lane lane) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.execute(() -> done.complete(null));
        done.get(20, TimeUnit.SECONDS);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    private record Ended(
            FailureReason reason,
            long nanos,
            boolean inLane,
            @Nullable Context context) {}

    private static final class Counts implements ConnectObserver, StageObserver {
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicInteger unanswered = new AtomicInteger();
        private final Map<String, Integer> lacked = new ConcurrentHashMap<>();
        private final Map<String, Integer> stages = new ConcurrentHashMap<>();

        @Override
        public void answered(long connectNanos) {
            answered.incrementAndGet();
        }

        @Override
        public void unanswered() {
            unanswered.incrementAndGet();
        }

        @Override
        public void lacked(String what) {
            lacked.merge(what, 1, Integer::sum);
        }

        @Override
        public void ended(Stage stage, FailureReason reason) {
            stages.merge(stage + " " + reason, 1, Integer::sum);
        }
    }
}
