package dev.sluice.check;

import static dev.sluice.check.LoopbackProxy.Trait.APPEND;
import static dev.sluice.check.LoopbackProxy.Trait.AUTH;
import static dev.sluice.check.LoopbackProxy.Trait.CONNECT;
import static dev.sluice.check.LoopbackProxy.Trait.DRIP;
import static dev.sluice.check.LoopbackProxy.Trait.GARBAGE;
import static dev.sluice.check.LoopbackProxy.Trait.HANG_UP;
import static dev.sluice.check.LoopbackProxy.Trait.HANG_UP_ONCE;
import static dev.sluice.check.LoopbackProxy.Trait.HTTP;
import static dev.sluice.check.LoopbackProxy.Trait.INJECT;
import static dev.sluice.check.LoopbackProxy.Trait.LEAK;
import static dev.sluice.check.LoopbackProxy.Trait.REDIRECT;
import static dev.sluice.check.LoopbackProxy.Trait.REPLAY;
import static dev.sluice.check.LoopbackProxy.Trait.SILENT;
import static dev.sluice.check.LoopbackProxy.Trait.SOCKS4;
import static dev.sluice.check.LoopbackProxy.Trait.SOCKS5;
import static dev.sluice.check.LoopbackProxy.Trait.SWAP_CERTIFICATE;
import static dev.sluice.check.LoopbackProxy.Trait.TLS;
import static dev.sluice.check.LoopbackProxy.Trait.VIA;
import static dev.sluice.check.LoopbackProxy.Trait.WELCOME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.JudgeVerticle;
import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.ByteSize;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.JudgeConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckRequest;
import dev.sluice.message.DeepResult;
import dev.sluice.message.DueProxy;
import dev.sluice.message.OutcomesKept;
import dev.sluice.net.Resolver;
import dev.sluice.net.SelfSigned;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker against small proxies on loopback. */
class CheckVerticleTest {
    private static final int BOTH = Capability.HTTP.bit() | Capability.HTTPS.bit();
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
    private static final Credentials ANNA = Credentials.of("anna", "s3cret");
    private static final Resolver RESOLVER = host -> {
        byte[] address = IpAddress.parse(host.equals("proxy.example") ? "127.0.0.2" : host);
        try {
            return address == null
                    ? Future.failedFuture(new UnknownHostException(host))
                    : Future.succeededFuture(
                            host.equals("proxy.example")
                                    ? List.of(InetAddress.getByAddress(address), InetAddress.getByName("10.0.0.1"))
                                    : List.of(InetAddress.getByAddress(address)));
        } catch (UnknownHostException e) {
            return Future.failedFuture(e);
        }
    };

    private final JudgeSigner signer =
            new JudgeSigner("shared by judge and checker".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BlockingQueue<CheckOutcome> outcomes = new LinkedBlockingQueue<>();
    private final BlockingQueue<CheckCredit> credits = new LinkedBlockingQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicLong ids = new AtomicLong();

    private Vertx vertx;
    private Bus bus;
    private JudgeVerticle judge;
    private JudgeVerticle impostor;
    private String judgeDeployment;
    private @Nullable CheckVerticle verticle;

    @BeforeEach
    void startJudges() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(4));
        bus = new Bus(vertx);
        judge = new JudgeVerticle(new JudgeConfig("127.0.0.1:0", "127.0.0.1:0", null), signer, identity());
        impostor = new JudgeVerticle(new JudgeConfig(null, "127.0.0.1:0", null), signer, identity());
        judgeDeployment = await(vertx.deployVerticle(judge));
        await(vertx.deployVerticle(impostor));
        bus.serve(Channels.CHECK_OUTCOME, batch -> {
            if (refusals.getAndDecrement() > 0) {
                return Future.failedFuture("the store is away");
            }
            outcomes.addAll(batch.outcomes());
            return Future.succeededFuture(new OutcomesKept(batch.outcomes().size()));
        });
        bus.subscribe(Channels.CHECK_CREDIT, credits::add);
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    private static SelfSigned identity() throws Exception {
        Instant now = Instant.now();
        return SelfSigned.create(
                "judge.sluice", InetAddress.getByName("127.0.0.1"), now.minusSeconds(60), now.plusSeconds(3_600));
    }

    // --- what works

    @Test
    void anEliteProxyThatTunnelsHasBothCapabilities() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        deploy(config().build());

        CheckOutcome outcome = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.verified()).isEqualTo(Verified.FULL);
        assertThat(outcome.capabilities()).isEqualTo(BOTH);
        assertThat(outcome.anonymity()).isEqualTo(Anonymity.ELITE);
        assertThat(outcome.exitAddress()).isEqualTo("127.0.0.2");
        assertThat(outcome.tampering()).isEqualTo(Tampering.NONE);
        assertThat(outcome.latencyMillis()).isPositive();
    }

    @Test
    void aProxyWithoutConnectIsAliveForPlainHttp() throws Exception {
        LoopbackProxy proxy = proxy(HTTP);
        deploy(config().build());

        CheckOutcome outcome = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.capabilities()).isEqualTo(Capability.HTTP.bit());
    }

    @Test
    void aProxyThatOnlyTunnelsIsAliveForHttps() throws Exception {
        LoopbackProxy proxy = proxy(CONNECT);
        deploy(config().build());

        CheckOutcome first = check(fresh(proxy.key(Scheme.HTTP)));
        CheckOutcome second = check(due(proxy.key(Scheme.HTTP), judged(Capability.HTTPS.bit()), CheckKind.LIGHT));

        assertThat(first.alive()).isTrue();
        assertThat(first.capabilities()).isEqualTo(Capability.HTTPS.bit());
        assertThat(second.alive()).isTrue();
        assertThat(proxy.accepted())
                .as("refused, tunnelled, then one light check")
                .isEqualTo(3);
    }

    @Test
    void aLightCheckIsOneConnection() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        deploy(config().build());

        CheckOutcome outcome = check(due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));

        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.capabilities()).isEqualTo(Capability.HTTP.bit());
        assertThat(proxy.accepted()).isEqualTo(1);
    }

    @Test
    void levelsOfAnonymityAreTold() throws Exception {
        LoopbackProxy anonymous = LoopbackProxy.start(vertx, "127.0.0.3", HTTP, VIA);
        LoopbackProxy transparent = LoopbackProxy.start(vertx, "127.0.0.4", HTTP, LEAK);
        LoopbackProxy ours = LoopbackProxy.start(vertx, "127.0.0.1", HTTP);
        deploy(config().build());

        assertThat(check(fresh(anonymous.key(Scheme.HTTP))).anonymity()).isEqualTo(Anonymity.ANONYMOUS);
        assertThat(check(fresh(transparent.key(Scheme.HTTP))).anonymity()).isEqualTo(Anonymity.TRANSPARENT);
        assertThat(check(fresh(ours.key(Scheme.HTTP))).anonymity()).isEqualTo(Anonymity.TRANSPARENT);
    }

    @ParameterizedTest
    @EnumSource(names = {"SOCKS4", "SOCKS5"})
    void socksProxiesAreJudged(Scheme scheme) throws Exception {
        LoopbackProxy open = proxy(LoopbackProxy.Trait.valueOf(scheme.name()));
        LoopbackProxy guarded = proxy(LoopbackProxy.Trait.valueOf(scheme.name()), AUTH);
        deploy(config().build());

        CheckOutcome free = check(fresh(open.key(scheme)));
        CheckOutcome refused = check(fresh(guarded.key(scheme)));
        CheckOutcome known = check(fresh(withCredentials(guarded.key(scheme))));

        assertThat(free.alive()).isTrue();
        assertThat(free.capabilities()).isEqualTo(BOTH);
        assertThat(free.anonymity()).isEqualTo(Anonymity.ELITE);
        assertThat(refused.reason()).isEqualTo(FailureReason.AUTH);
        assertThat(known.alive()).isTrue();
    }

    @Test
    void anHttpProxyWithCredentialsIsJudged() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT, AUTH);
        deploy(config().build());

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.AUTH);
        CheckOutcome known = check(fresh(withCredentials(proxy.key(Scheme.HTTP))));
        assertThat(known.alive()).isTrue();
        assertThat(known.capabilities()).isEqualTo(BOTH);
        assertThat(known.anonymity()).isEqualTo(Anonymity.ELITE);
    }

    @Test
    void aProxyThatSpeaksTlsItselfIsJudged() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT, TLS);
        deploy(config().build());

        CheckOutcome outcome = check(fresh(proxy.key(Scheme.HTTPS)));

        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.capabilities()).isEqualTo(BOTH);
        assertThat(check(fresh(proxy.key(Scheme.HTTP))).alive())
                .as("spoken to in plain")
                .isFalse();
    }

    // --- unknown schemes

    @Test
    void everythingAPortSpeaksIsReported() throws Exception {
        LoopbackProxy all = proxy(HTTP, CONNECT, SOCKS4, SOCKS5);
        LoopbackProxy two = proxy(HTTP, SOCKS4);
        LoopbackProxy none = proxy(GARBAGE);
        deploy(config().build());

        assertThat(check(fresh(all.key(Scheme.UNKNOWN))).spoken())
                .containsExactly(Scheme.SOCKS5, Scheme.SOCKS4, Scheme.HTTP);
        CheckOutcome both = check(fresh(two.key(Scheme.UNKNOWN)));
        assertThat(both.alive()).isTrue();
        assertThat(both.spoken()).containsExactly(Scheme.SOCKS4, Scheme.HTTP);
        CheckOutcome silent = check(fresh(none.key(Scheme.UNKNOWN)));
        assertThat(silent.reason()).isEqualTo(FailureReason.PROTOCOL);
        assertThat(silent.spoken()).isEmpty();
        assertThat(check(fresh(ProxyKey.of(Scheme.UNKNOWN, "127.0.0.2", closedPort())))
                        .reason())
                .isEqualTo(FailureReason.REFUSED);
    }

    // --- what lies

    @Test
    void anInjectedScriptIsTampering() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT, INJECT);
        deploy(config().build());

        CheckOutcome outcome = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(outcome.alive()).isFalse();
        assertThat(outcome.reason()).isEqualTo(FailureReason.TAMPERED);
        assertThat(outcome.tampering()).isEqualTo(Tampering.CONTENT);
    }

    @Test
    void aLineAddedToTheJudgesAnswerIsTamperingInALightCheckToo() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, APPEND);
        deploy(config().build());

        CheckOutcome outcome = check(due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));

        assertThat(outcome.reason()).isEqualTo(FailureReason.TAMPERED);
        assertThat(outcome.tampering()).isEqualTo(Tampering.CONTENT);
    }

    @Test
    void anotherCertificateIsTampering() throws Exception {
        LoopbackProxy connect =
                LoopbackProxy.start(vertx, "127.0.0.2", impostor.tlsPort(), HTTP, CONNECT, SWAP_CERTIFICATE);
        deploy(config().build());

        CheckOutcome outcome = check(fresh(connect.key(Scheme.HTTP)));

        assertThat(outcome.alive()).isFalse();
        assertThat(outcome.reason()).isEqualTo(FailureReason.TAMPERED);
        assertThat(outcome.tampering()).isEqualTo(Tampering.CERTIFICATE);
    }

    @Test
    void whoMakesUpAnswersIsNotAlive() throws Exception {
        LoopbackProxy welcome = proxy(WELCOME);
        LoopbackProxy replay = proxy(HTTP, REPLAY);
        LoopbackProxy redirect = proxy(HTTP, REDIRECT);
        deploy(config().build());

        assertThat(check(fresh(welcome.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(check(fresh(welcome.key(Scheme.SOCKS5))).reason()).isEqualTo(FailureReason.RESET);
        check(due(replay.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));
        assertThat(check(due(replay.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT))
                        .reason())
                .isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(check(fresh(redirect.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
    }

    // --- what fails

    @Test
    void aClosedPortIsRefusedAndNotRetried() throws Exception {
        deploy(config().build());

        CheckOutcome outcome = check(fresh(ProxyKey.of(Scheme.HTTP, "127.0.0.2", closedPort())));

        assertThat(outcome.reason()).isEqualTo(FailureReason.REFUSED);
        assertThat(outcome.alive()).isFalse();
        assertThat(outcome.latencyMillis()).isNaN();
    }

    @Test
    void silenceAndDrippingEndByTheDeadline() throws Exception {
        LoopbackProxy silent = proxy(SILENT);
        LoopbackProxy drip = proxy(DRIP);
        Config config = config();
        config.firstByte = Duration.ofMillis(300);
        config.total = Duration.ofMillis(600);
        config.retries = 0;
        deploy(config.build());

        assertThat(check(fresh(silent.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.TIMEOUT);
        assertThat(check(fresh(silent.key(Scheme.SOCKS5))).reason()).isEqualTo(FailureReason.TIMEOUT);
        assertThat(check(fresh(drip.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.TIMEOUT);
    }

    @Test
    void garbageIsNoProxy() throws Exception {
        LoopbackProxy proxy = proxy(GARBAGE);
        deploy(config().build());

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.PROTOCOL);
        assertThat(check(fresh(proxy.key(Scheme.SOCKS4))).reason()).isEqualTo(FailureReason.PROTOCOL);
    }

    @Test
    void aResetIsTriedAgain() throws Exception {
        LoopbackProxy never = proxy(HTTP, HANG_UP);
        LoopbackProxy once = proxy(HTTP, HANG_UP_ONCE);
        deploy(config().build());

        assertThat(check(due(never.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT))
                        .reason())
                .isEqualTo(FailureReason.RESET);
        assertThat(never.accepted()).isEqualTo(2);
        assertThat(check(due(once.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT))
                        .alive())
                .isTrue();
    }

    @Test
    void forbiddenAddressesAreNotDialledNamesIncluded() throws Exception {
        deploy(config().build());

        assertThat(check(fresh(ProxyKey.of(Scheme.HTTP, "10.0.0.1", 80))).reason())
                .isEqualTo(FailureReason.FORBIDDEN);
        assertThat(check(fresh(ProxyKey.of(Scheme.SOCKS5, "::1", 80))).reason()).isEqualTo(FailureReason.FORBIDDEN);
        CheckOutcome mixed = check(fresh(ProxyKey.of(Scheme.HTTP, "proxy.example", 80)));
        assertThat(mixed.reason()).as("one forbidden address among two").isEqualTo(FailureReason.FORBIDDEN);
        assertThat(mixed.verified()).isEqualTo(Verified.NONE);
        assertThat(check(fresh(ProxyKey.of(Scheme.HTTP, "nowhere.example", 80))).reason())
                .isEqualTo(FailureReason.DNS);
    }

    // --- what a reload changes

    @Test
    void anotherTimeForTheFirstByteCountsForTheNextCheck() throws Exception {
        LoopbackProxy silent = proxy(SILENT);
        deploy(endless().build());

        follow("check.first-byte-timeout=50ms", "check.total-timeout=10m");

        assertThat(check(fresh(silent.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.TIMEOUT);
    }

    @Test
    void anotherTimeForAWholeAttemptCountsForTheNextCheck() throws Exception {
        LoopbackProxy drip = proxy(DRIP);
        deploy(endless().build());

        follow("check.first-byte-timeout=2m", "check.total-timeout=300ms");

        assertThat(check(fresh(drip.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.TIMEOUT);
    }

    @Test
    void asManyAttemptsAreMadeAsAReloadSays() throws Exception {
        LoopbackProxy before = proxy(HTTP, HANG_UP_ONCE);
        LoopbackProxy after = proxy(HTTP, HANG_UP_ONCE);
        Config config = config();
        config.retries = 0;
        deploy(config.build());
        assertThat(check(due(before.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT))
                        .reason())
                .isEqualTo(FailureReason.RESET);

        follow("check.retries=1");

        assertThat(check(due(after.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT))
                        .alive())
                .isTrue();
        assertThat(after.accepted()).isEqualTo(2);
    }

    @Test
    void aDeepCheckMakesAsManyRequestsAsAReloadSays() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        deploy(config().build());

        follow("check.deep-requests=3");

        DeepResult deep = present(
                check(due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.DEEP)).deep());
        assertThat(deep.requests()).isEqualTo(3);
        assertThat(deep.successes()).isEqualTo(3);
    }

    /** Longer than this test would wait. */
    private static Config endless() {
        Config config = config();
        config.firstByte = Duration.ofMinutes(2);
        config.total = Duration.ofMinutes(10);
        config.retries = 0;
        return config;
    }

    private void follow(String... settings) {
        List<String> all = new ArrayList<>(
                List.of("check.adaptive=false", "check.rate=1000", "check.concurrency=1000", "check.retries=0"));
        all.addAll(List.of(settings));
        present(verticle)
                .prepare(ConfigLoader.defaults(all.toArray(new String[0])))
                .commit();
    }

    // --- modes and judges

    @Test
    void aConnectCheckSendsNothing() throws Exception {
        LoopbackProxy proxy = proxy(SILENT);
        deploy(config().build());

        CheckOutcome outcome = check(due(proxy.key(Scheme.UNKNOWN), Health.fresh(0), CheckKind.CONNECT));

        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.verified()).isEqualTo(Verified.CONNECT);
        assertThat(outcome.anonymity()).isEqualTo(Anonymity.UNKNOWN);
    }

    @Test
    void withoutAJudgeAutoConnectsAndFullSaysNothing() throws Exception {
        LoopbackProxy proxy = proxy(HTTP);
        await(vertx.undeploy(judgeDeployment));
        String auto = deploy(config().build());

        CheckOutcome connected = check(fresh(proxy.key(Scheme.HTTP)));
        await(vertx.undeploy(auto));
        Config full = config();
        full.mode = CheckMode.FULL;
        deploy(full.build());
        CheckOutcome unjudged = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(connected.alive()).isTrue();
        assertThat(connected.verified()).isEqualTo(Verified.CONNECT);
        assertThat(unjudged.reason()).isEqualTo(FailureReason.LOCAL);
        assertThat(unjudged.verified()).isEqualTo(Verified.NONE);
    }

    @Test
    void aJudgeThatWentAwayIsNotHeldAgainstAProxy() throws Exception {
        LoopbackProxy proxy = proxy(HTTP);
        deploy(config().build());
        await(vertx.undeploy(judgeDeployment));

        CheckOutcome outcome = check(due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));

        assertThat(outcome.reason()).isEqualTo(FailureReason.LOCAL);
    }

    @Test
    void withoutAnyJudgeAutoConnects() throws Exception {
        LoopbackProxy proxy = proxy(HTTP);
        Judges none = Judges.of(List.of(), List.of(), null, signer);
        await(vertx.deployVerticle(
                new CheckVerticle(new CheckSetup(config().build(), LOOPBACK, none, RESOLVER, meters), bus)));
        credit();

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).verified()).isEqualTo(Verified.CONNECT);
    }

    @Test
    void withoutATlsJudgeATunnelIsProvenByThePlainOne() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        Judges plain = Judges.of(List.of("http://127.0.0.1:" + judge.port()), List.of(), null, signer);
        await(vertx.deployVerticle(
                new CheckVerticle(new CheckSetup(config().build(), LOOPBACK, plain, RESOLVER, meters), bus)));
        credit();

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).capabilities()).isEqualTo(BOTH);
    }

    @Test
    void whileTheTlsJudgeIsDownNoVerdictIsReached() throws Exception {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        Judges half = Judges.of(
                List.of("http://127.0.0.1:" + judge.port()), List.of("https://127.0.0.1:1"), judge.pin(), signer);
        await(vertx.deployVerticle(
                new CheckVerticle(new CheckSetup(config().build(), LOOPBACK, half, RESOLVER, meters), bus)));
        credit();

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.LOCAL);
    }

    @Test
    void aJudgeWithAnotherKeyIsNone() throws Exception {
        LoopbackProxy proxy = proxy(HTTP);
        Judges foreign = Judges.of(
                List.of("http://127.0.0.1:" + judge.port()),
                List.of(),
                null,
                JudgeSigner.random(new java.util.Random(9)));
        await(vertx.deployVerticle(
                new CheckVerticle(new CheckSetup(config().build(), LOOPBACK, foreign, RESOLVER, meters), bus)));
        credit();

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).verified()).isEqualTo(Verified.CONNECT);
    }

    // --- the desk

    @Test
    void everyOutcomeBelongsToItsOwnProxy() throws Exception {
        int count = 300;
        List<LoopbackProxy> good = new ArrayList<>();
        List<LoopbackProxy> bad = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            good.add(LoopbackProxy.start(vertx, "127.0.1." + (i + 1), HTTP, CONNECT));
            bad.add(LoopbackProxy.start(vertx, "127.0.2." + (i + 1), i % 2 == 0 ? WELCOME : HANG_UP));
        }
        deploy(config().build());
        Map<Long, DueProxy> sent = new HashMap<>();
        for (int i = 0; i < count; i++) {
            LoopbackProxy proxy = i % 2 == 0 ? good.get(i / 2 % 10) : bad.get(i / 2 % 10);
            DueProxy due = due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT);
            sent.put(due.id(), due);
        }

        assertThat(send(new ArrayList<>(sent.values()))).isEqualTo(count);

        for (int i = 0; i < count; i++) {
            CheckOutcome outcome = next();
            DueProxy due = present(sent.remove(outcome.proxy().id()));
            assertThat(outcome.proxy()).isSameAs(due);
            boolean isGood = due.key().host().startsWith("127.0.1.");
            assertThat(outcome.alive()).as(due.key().url()).isEqualTo(isGood);
            assertThat(outcome.exitAddress()).isEqualTo(isGood ? due.key().host() : null);
        }
        assertThat(sent).isEmpty();
        assertThat(outcomes).isEmpty();
        assertThat(meters.get("sluice.checks").counter().count()).isEqualTo(count);
        assertThat(meters.get("sluice.checks.success").counter().count()).isEqualTo(count / 2.0);
        assertThat(meters.get("sluice.checks.failure")
                        .tag("reason", "judge-mismatch")
                        .counter()
                        .count())
                .isEqualTo(75);
        assertThat(meters.get("sluice.check.duration").timer().count()).isEqualTo(count);
        assertThat(meters.get("sluice.judges.up").gauge().value()).isEqualTo(2);
        await(until(() -> meters.get("sluice.checks.in.flight").gauge().value() == 0));
    }

    @Test
    void creditComesBackWithTheAcknowledgement() throws Exception {
        LoopbackProxy proxy = proxy(HTTP);
        Config config = config();
        config.concurrency = 3;
        deploy(config.build(), false);
        CheckCredit first = credit();
        refusals.set(1);
        List<DueProxy> five = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            five.add(due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));
        }

        assertThat(first.granted()).as("3 at once, and two seconds' worth").isEqualTo(2_003);
        assertThat(send(five)).isEqualTo(5);
        for (int i = 0; i < 5; i++) {
            next();
        }
        int back = 0;
        while (back < 5) {
            CheckCredit credit = credit();
            assertThat(credit.epoch()).isEqualTo(first.epoch());
            back += credit.granted();
        }
        assertThat(back).isEqualTo(5);
    }

    @Test
    void stoppingLosesNothingAndLeavesNoChannelOpen() throws Exception {
        LoopbackProxy silent = proxy(SILENT);
        Config config = config();
        config.firstByte = Duration.ofSeconds(60);
        config.total = Duration.ofSeconds(60);
        config.concurrency = 150;
        config.rate = 2_500;
        String deployment = deploy(config.build());
        List<DueProxy> many = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            many.add(due(silent.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));
        }
        send(many);
        await(until(() -> silent.open() > 100));

        await(vertx.undeploy(deployment));

        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < many.size(); i++) {
            CheckOutcome outcome = next();
            assertThat(outcome.reason()).isEqualTo(FailureReason.LOCAL);
            ids.add(outcome.proxy().id());
        }
        assertThat(ids).doesNotHaveDuplicates();
        await(until(() -> silent.open() == 0));
        assertThat(meters.find("sluice.checks.in.flight").gauge()).isNull();
        assertThatThrownBy(() -> send(many.subList(0, 1))).hasMessageContaining("No handlers");
    }

    // --- tools

    private LoopbackProxy proxy(LoopbackProxy.Trait... traits) {
        return LoopbackProxy.start(vertx, "127.0.0.2", traits);
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
            return socket.getLocalPort();
        }
    }

    private static ProxyKey withCredentials(ProxyKey key) {
        return new ProxyKey(key.scheme(), key.host(), key.port(), ANNA);
    }

    private DueProxy fresh(ProxyKey key) {
        return due(key, Health.fresh(0), CheckKind.LIGHT);
    }

    private DueProxy due(ProxyKey key, Health health, CheckKind kind) {
        return new DueProxy(ids.incrementAndGet(), key, health, kind);
    }

    /** Health of a proxy that was judged before. */
    private static Health judged(int capabilities) {
        Health fresh = Health.fresh(0);
        return new Health(
                true,
                true,
                Verified.FULL,
                capabilities,
                Anonymity.ELITE,
                Tampering.NONE,
                null,
                fresh.tier(),
                fresh.risk(),
                fresh.priority(),
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                0,
                1,
                1,
                0,
                FailureReason.NONE,
                1);
    }

    private String deploy(CheckConfig config) throws Exception {
        return deploy(config, true);
    }

    private String deploy(CheckConfig config, boolean awaitCredit) throws Exception {
        Judges judges = Judges.of(
                List.of("http://127.0.0.1:" + judge.port()),
                List.of("https://127.0.0.1:" + judge.tlsPort()),
                judge.pin(),
                signer);
        CheckVerticle made = new CheckVerticle(new CheckSetup(config, LOOPBACK, judges, RESOLVER, meters), bus);
        verticle = made;
        String deployment = await(vertx.deployVerticle(made));
        if (awaitCredit) {
            credit();
        }
        return deployment;
    }

    private CheckCredit credit() throws InterruptedException {
        return present(credits.poll(15, TimeUnit.SECONDS));
    }

    private int send(List<DueProxy> proxies) {
        return await(bus.request(Channels.CHECK_REQUEST, new CheckRequest(proxies)))
                .accepted();
    }

    private CheckOutcome check(DueProxy due) throws InterruptedException {
        assertThat(send(List.of(due))).isEqualTo(1);
        CheckOutcome outcome = next();
        assertThat(outcome.proxy()).isSameAs(due);
        awaitAcknowledged();
        return outcome;
    }

    /** The next request may only be sent once the credit is back. */
    private void awaitAcknowledged() throws InterruptedException {
        credit();
    }

    private CheckOutcome next() throws InterruptedException {
        return present(outcomes.poll(20, TimeUnit.SECONDS));
    }

    private static <T> T present(@Nullable T value) {
        assertThat(value).as("came in time").isNotNull();
        return java.util.Objects.requireNonNull(value);
    }

    private Future<Void> until(java.util.function.BooleanSupplier condition) {
        Promise<Void> met = Promise.promise();
        vertx.setPeriodic(5, id -> {
            if (condition.getAsBoolean()) {
                vertx.cancelTimer(id);
                met.tryComplete();
            }
        });
        return met.future();
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("not within 20 s", e);
        }
    }

    private static Config config() {
        return new Config();
    }

    private static final class Config {
        private CheckMode mode = CheckMode.AUTO;
        private int concurrency = 1_000;
        private int rate = 1_000;
        private Duration firstByte = Duration.ofSeconds(10);
        private Duration total = Duration.ofSeconds(15);
        private int retries = 1;

        CheckConfig build() {
            return new CheckConfig(
                    mode,
                    false,
                    List.of(),
                    List.of(),
                    List.of(),
                    2,
                    Map.of(),
                    List.of(),
                    false,
                    false,
                    concurrency,
                    rate,
                    0,
                    0,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    firstByte,
                    total,
                    retries,
                    20,
                    new ByteSize(65_536));
        }
    }
}
