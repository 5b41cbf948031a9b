package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.JudgeVerticle;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.JudgeConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckSuspended;
import dev.sluice.message.DueProxy;
import dev.sluice.net.SelfSigned;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.port.Checking;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.CredentialUnavailableException;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Seal;
import dev.sluice.proxy.Secret;
import dev.sluice.telemetry.Collector;
import dev.sluice.telemetry.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The engine on loopback sockets. */
class CheckEngineVerticleTest {
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);

    private final BlockingQueue<CheckOutcome> outcomes = new LinkedBlockingQueue<>();
    private final BlockingQueue<CheckSuspended> events = new LinkedBlockingQueue<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Vertx vertx;
    private @Nullable CheckEngine engine;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
    }

    @AfterEach
    void close() throws Exception {
        if (engine != null) {
            engine.stop().await(20, TimeUnit.SECONDS);
        }
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void whatIsAcceptedEndsOnceAndNothingBeyondTheCapacityIsAccepted() throws Exception {
        NetServer proxy = listen(0);
        CheckEngine checking = start("check.concurrency=100", "check.rate=1000", "check.outage-guard=false");
        int closed = closedPort();
        List<DueProxy> many = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            many.add(due(i, i % 3 == 0 ? proxy.actualPort() : closed));
        }

        int accepted = checking.offer(many);

        assertThat(accepted)
                .as("100 at once and two seconds' worth")
                .isEqualTo(checking.capacity())
                .isEqualTo(2_100);
        assertThat(checking.offer(many.subList(accepted, 3_000))).isLessThan(900);
        Set<Long> ended = new HashSet<>();
        for (int i = 0; i < accepted; i++) {
            CheckOutcome outcome = next();
            assertThat(ended.add(outcome.proxy().id())).isTrue();
            assertThat(outcome.alive()).isEqualTo(outcome.proxy().key().port() == proxy.actualPort());
        }
    }

    @Test
    void anEntryWithoutItsPasswordIsNotTriedWithoutOne() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        NetServer proxy = vertx.createNetServer()
                .connectHandler(socket -> connections.incrementAndGet())
                .listen(0, "127.0.0.1")
                .await(5, TimeUnit.SECONDS);
        Secret lost = Secret.sealed(new Seal() {
            @Override
            public @Nullable String openOrNull() {
                return null;
            }

            @Override
            public String open() {
                throw new CredentialUnavailableException("127.0.0.1", "5f2c81aa");
            }
        });
        ProxyKey key = new ProxyKey(Scheme.HTTP, "127.0.0.1", proxy.actualPort(), new Credentials("ann", lost));
        for (CheckKind kind : List.of(CheckKind.CONNECT, CheckKind.LIGHT)) {
            CheckEngine checking = start("check.outage-guard=false");
            checking.offer(List.of(new DueProxy(1, key, Health.fresh(0), kind)));

            CheckOutcome outcome = next();
            assertThat(outcome.reason()).as("no fault of the proxy").isEqualTo(FailureReason.LOCAL);
            checking.offer(List.of(due(2, proxy.actualPort())));
            assertThat(next().alive()).isTrue();
            checking.stop().await(20, TimeUnit.SECONDS);
        }
        assertThat(connections).as("those of the others").hasValue(2);
    }

    @Test
    void aFailureOfOurOwnNetworkIsNotHeldAgainstProxies() throws Exception {
        NetServer anchor = listen(0);
        NetServer proxy = listen(0);
        int anchorPort = anchor.actualPort();
        int proxyPort = proxy.actualPort();
        CheckEngine checking = start("check.anchors=127.0.0.1:" + anchorPort);
        checking.offer(List.of(due(1, proxyPort)));
        assertThat(next().alive()).isTrue();

        anchor.close().await(5, TimeUnit.SECONDS);
        proxy.close().await(5, TimeUnit.SECONDS);
        List<DueProxy> meanwhile = new ArrayList<>();
        for (int i = 10; i < 60; i++) {
            meanwhile.add(due(i, proxyPort));
        }
        checking.offer(meanwhile);
        CheckSuspended down = Objects.requireNonNull(events.poll(20, TimeUnit.SECONDS), "no suspension");
        assertThat(down.suspended()).isTrue();
        assertThat(checking.state().phase()).isEqualTo("suspended");
        assertThat(outcomes).as("verdicts while our network is down").isEmpty();
        listen(proxyPort);
        listen(anchorPort);
        CheckSuspended up = Objects.requireNonNull(events.poll(20, TimeUnit.SECONDS), "no resumption");
        assertThat(up.suspended()).isFalse();

        for (int i = 0; i < 50; i++) {
            assertThat(next().alive()).isTrue();
        }
        assertThat(checking.state().repeated()).isPositive();
        assertThat(meters.get("sluice.checks.repeated").counter().count()).isPositive();
    }

    @Test
    void aCheckIsTold() throws Exception {
        try (Collector collector = new Collector()) {
            traces = Traces.to(collector.endpoint(), 1, "sluice");
            int closed = closedPort();
            CheckEngine checking = start("check.outage-guard=false");
            checking.offer(List.of(due(1, closed)));
            assertThat(next().reason()).isEqualTo(FailureReason.REFUSED);
            traces.close();

            assertThat(collector.count("check.kind")).isEqualTo(1);
            assertThat(collector.text()).contains("127.0.0.1:" + closed, "REFUSED");
        }
    }

    @Test
    void withoutTheGuardTheSameFailureCounts() throws Exception {
        NetServer anchor = listen(0);
        int closed = closedPort();
        CheckEngine checking = start("check.anchors=127.0.0.1:" + anchor.actualPort(), "check.outage-guard=false");
        anchor.close().await(5, TimeUnit.SECONDS);

        checking.offer(List.of(due(1, closed)));

        assertThat(next().reason()).isEqualTo(FailureReason.REFUSED);
    }

    @Test
    void aFailureCountsOnceAnAnchorHasAnsweredAfterIt() throws Exception {
        NetServer anchor = listen(0);
        CheckEngine checking = start("check.anchors=127.0.0.1:" + anchor.actualPort());

        checking.offer(List.of(due(1, closedPort())));

        assertThat(next().reason()).isEqualTo(FailureReason.REFUSED);
        assertThat(checking.state().anchors()).singleElement().satisfies(one -> {
            assertThat(one.up()).isTrue();
            assertThat(one.address()).isEqualTo("127.0.0.1:" + anchor.actualPort());
        });
    }

    @Test
    void noAddressGetsMoreThanItsShareAtTheSameTime() throws Exception {
        LoopbackProxy silent = LoopbackProxy.start(vertx, "127.0.0.9", LoopbackProxy.Trait.SILENT);
        JudgeSigner signer = JudgeSigner.random(new Random(1));
        JudgeVerticle judge = new JudgeVerticle(
                new JudgeConfig("127.0.0.1:0", null, null),
                signer,
                SelfSigned.create(
                        "judge.sluice", InetAddress.getLoopbackAddress(), Instant.EPOCH, Instant.EPOCH.plusSeconds(9)));
        vertx.deployVerticle(judge).await(10, TimeUnit.SECONDS);
        CheckEngine checking = start(
                Judges.of(List.of("http://127.0.0.1:" + judge.port()), List.of(), null, signer),
                "check.mode=full",
                "check.per-address=3",
                "check.first-byte-timeout=200ms",
                "check.retries=0",
                "check.outage-guard=false");
        List<DueProxy> ten = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ten.add(new DueProxy(i, silent.key(Scheme.SOCKS5), Health.fresh(0), CheckKind.LIGHT));
        }

        checking.offer(ten);

        for (int i = 0; i < 10; i++) {
            assertThat(next().reason()).isEqualTo(FailureReason.TIMEOUT);
        }
        assertThat(silent.mostOpen()).isBetween(1, 3);
    }

    @Test
    void stoppingEndsWhatWaitsWithoutAVerdict() throws Exception {
        CheckEngine checking = start("check.rate=1", "check.concurrency=1", "check.outage-guard=false");
        List<DueProxy> some = new ArrayList<>();
        int closed = closedPort();
        for (int i = 0; i < 50; i++) {
            some.add(due(i, closed));
        }
        int accepted = checking.offer(some);

        checking.stop().await(10, TimeUnit.SECONDS);
        engine = null;

        Set<Long> ended = new HashSet<>();
        for (int i = 0; i < accepted; i++) {
            CheckOutcome outcome = next();
            ended.add(outcome.proxy().id());
            assertThat(outcome.reason()).isIn(FailureReason.LOCAL, FailureReason.REFUSED);
        }
        assertThat(ended).hasSize(accepted);
        assertThat(outcomes).isEmpty();
        assertThat(checking.offer(some)).isZero();
    }

    private CheckEngine start(String... settings) throws Exception {
        return start(Judges.of(List.of(), List.of(), null, JudgeSigner.random(new Random(1))), settings);
    }

    private Traces traces = Traces.none();

    private CheckEngine start(Judges judges, String... settings) throws Exception {
        List<String> all =
                new ArrayList<>(List.of("check.mode=connect", "check.adaptive=false", "check.public-judges=[]"));
        all.addAll(Arrays.asList(settings));
        CheckEngine made = new CheckEngine(
                vertx,
                new CheckSetup(
                        ConfigLoader.defaults(all.toArray(String[]::new)).check(),
                        LOOPBACK,
                        judges,
                        host -> Future.failedFuture(new UnknownHostException(host)),
                        InstantSource.system(),
                        meters,
                        traces),
                outcomes::addAll,
                events::add);
        made.start().await(10, TimeUnit.SECONDS);
        engine = made;
        assertThat(made.state()).isNotEqualTo(Checking.State.NOT_RUNNING);
        return made;
    }

    private NetServer listen(int port) throws Exception {
        return vertx.createNetServer()
                .connectHandler(socket -> {})
                .listen(port, "127.0.0.1")
                .await(5, TimeUnit.SECONDS);
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private static DueProxy due(long id, int port) {
        return new DueProxy(id, ProxyKey.of(Scheme.HTTP, "127.0.0.1", port), Health.fresh(0), CheckKind.CONNECT);
    }

    private CheckOutcome next() throws InterruptedException {
        return Objects.requireNonNull(outcomes.poll(20, TimeUnit.SECONDS), "no outcome in time");
    }
}
