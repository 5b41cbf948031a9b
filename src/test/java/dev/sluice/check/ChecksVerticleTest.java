package dev.sluice.check;

import static dev.sluice.check.LoopbackProxy.Trait.APPEND;
import static dev.sluice.check.LoopbackProxy.Trait.CONNECT;
import static dev.sluice.check.LoopbackProxy.Trait.HTTP;
import static dev.sluice.check.LoopbackProxy.Trait.REDIRECT;
import static dev.sluice.check.LoopbackProxy.Trait.SOCKS4;
import static dev.sluice.check.LoopbackProxy.Trait.SOCKS5;
import static dev.sluice.check.LoopbackProxy.Trait.SWAP_CERTIFICATE;
import static dev.sluice.check.LoopbackProxy.Trait.VIA;
import static dev.sluice.check.LoopbackProxy.Trait.WELCOME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.JudgeVerticle;
import dev.sluice.check.ScriptedPort.Drop;
import dev.sluice.check.ScriptedPort.Pass;
import dev.sluice.check.ScriptedPort.Say;
import dev.sluice.check.ScriptedPort.Stall;
import dev.sluice.check.ScriptedPort.When;
import dev.sluice.config.ByteSize;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.JudgeConfig;
import dev.sluice.config.TargetConfig;
import dev.sluice.judge.JudgeForm;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.judge.Nonce;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DeepResult;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Deadlines;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Resolver;
import dev.sluice.net.Route;
import dev.sluice.net.SelfSigned;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks against scripted ports on loopback: what they find, and by how many connections. */
class ChecksVerticleTest {
    private static final int PLAIN = Capability.HTTP.bit();
    private static final int BOTH = Capability.HTTP.bit() | Capability.HTTPS.bit();
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
    private static final String OWN = "127.0.0.1";

    private final JudgeSigner signer = JudgeSigner.random(new Random(11));
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong ids = new AtomicLong();
    private final AtomicInteger resolved = new AtomicInteger();
    private final AtomicInteger confirmed = new AtomicInteger();
    private final Set<Judge> down = ConcurrentHashMap.newKeySet();
    private final Resolver resolver = host -> {
        resolved.incrementAndGet();
        return Future.succeededFuture(List.of(InetAddress.getLoopbackAddress()));
    };

    private Vertx vertx;
    private JudgeVerticle own;
    private JudgeVerticle impostor;
    private JudgeSeats seats;
    private final List<ProxyClient> clients = new ArrayList<>();

    private CheckMode mode = CheckMode.FULL;
    private int retries;
    private Duration firstByte = Duration.ofSeconds(10);
    private Map<String, TargetConfig> targets = Map.of();

    @BeforeEach
    void startJudges() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(4));
        own = new JudgeVerticle(new JudgeConfig("127.0.0.1:0", "127.0.0.1:0", null), signer, identity());
        impostor = new JudgeVerticle(new JudgeConfig(null, "127.0.0.1:0", null), signer, identity());
        await(vertx.deployVerticle(own));
        await(vertx.deployVerticle(impostor));
        seats = new JudgeSeats(List.of(plainJudge()), List.of(tlsJudge(own.pin())), true, Set.of(OWN), 1);
    }

    @AfterEach
    void stop() {
        clients.forEach(each -> await(each.close()));
        await(vertx.close());
    }

    // --- unknown schemes, connection by connection

    @Test
    void aDeadPortIsDialledOnce() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        CheckOutcome outcome = check(fresh(ProxyKey.of(Scheme.UNKNOWN, "dead.example", port)));

        assertThat(outcome.reason()).isEqualTo(FailureReason.REFUSED);
        assertThat(resolved).as("a name is resolved for each connection").hasValue(1);
        assertThat(confirmed).hasValue(0);
    }

    @Test
    void whoAnswersSocksInHttpIsAskedForHttpAlone() {
        LoopbackProxy http = proxy(HTTP, CONNECT);
        ScriptedPort port = port((number, first) -> first.charAt(0) == 5
                ? new Say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                : new Pass(http));

        CheckOutcome outcome = check(fresh(port.key(Scheme.UNKNOWN)));

        assertThat(outcome.spoken()).containsExactly(Scheme.HTTP);
        assertThat(outcome.capabilities()).isEqualTo(BOTH);
        assertThat(port.asked()).containsExactly("socks5", "echo", "page", "connect");
    }

    @Test
    void anHttpServerThatIsNoProxyCostsTwoConnections() {
        ScriptedPort port = port((number, first) -> first.charAt(0) == 5
                ? new Say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                : new Say("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nwelcome"));

        CheckOutcome outcome = check(fresh(port.key(Scheme.UNKNOWN)));

        assertThat(outcome.reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(outcome.spoken()).isEmpty();
        assertThat(port.asked()).containsExactly("socks5", "echo");
    }

    @Test
    void aMutePortCostsThreeConnectionsAndIsNotTriedAgain() {
        firstByte = Duration.ofMillis(400);
        retries = 3;
        ScriptedPort port = port((number, first) -> new Stall());

        CheckOutcome outcome = check(fresh(port.key(Scheme.UNKNOWN)));

        assertThat(outcome.reason()).isEqualTo(FailureReason.TIMEOUT);
        assertThat(port.asked()).hasSize(3).startsWith("socks5").contains("socks4", "echo");
        assertThat(confirmed).as("the judge is asked once").hasValue(1);
    }

    @Test
    void whatRemainsIsAskedAtTheSameTime() {
        firstByte = Duration.ofSeconds(1);
        LoopbackProxy http = proxy(HTTP);
        Promise<Void> bothThere = Promise.promise();
        AtomicInteger there = new AtomicInteger();
        // One after another, the first of the two would wait for the second until its time is over.
        ScriptedPort port = port((number, first) -> {
            if (number == 1) {
                return new Stall();
            }
            if (there.incrementAndGet() == 2) {
                bothThere.complete();
            }
            return new When(bothThere.future(), first.charAt(0) == 4 ? new Drop() : new Pass(http));
        });

        assertThat(check(fresh(port.key(Scheme.UNKNOWN))).spoken()).containsExactly(Scheme.HTTP);
    }

    @Test
    void whoIsMuteToSocksAndSpeaksHttpIsFound() {
        firstByte = Duration.ofMillis(400);
        LoopbackProxy http = proxy(HTTP, CONNECT);
        ScriptedPort port = port((number, first) -> first.charAt(0) < 6 ? new Stall() : new Pass(http));

        CheckOutcome outcome = check(fresh(port.key(Scheme.UNKNOWN)));

        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.spoken()).containsExactly(Scheme.HTTP);
        assertThat(port.asked()).containsExactlyInAnyOrder("socks5", "socks4", "echo", "page", "connect");
    }

    @Test
    void aPortThatSpeaksTwoBecomesTwo() {
        LoopbackProxy proxy = proxy(SOCKS5, HTTP);
        ScriptedPort port = port((number, first) -> new Pass(proxy));

        CheckOutcome outcome = check(fresh(port.key(Scheme.UNKNOWN)));

        assertThat(outcome.spoken()).containsExactly(Scheme.SOCKS5, Scheme.HTTP);
        assertThat(outcome.capabilities()).as("of the preferred").isEqualTo(BOTH);
        assertThat(port.asked())
                .startsWith("socks5", "socks5", "socks5")
                .containsExactlyInAnyOrder("socks5", "socks5", "socks5", "socks4", "echo", "page", "connect");
    }

    @Test
    void aPortThatTampersInOneProtocolIsNotTrustedInAnother() {
        LoopbackProxy socks = proxy(SOCKS4);
        LoopbackProxy liar = proxy(HTTP, APPEND);
        ScriptedPort port = port((number, first) -> new Pass(first.charAt(0) < 6 ? socks : liar));

        CheckOutcome outcome = check(fresh(port.key(Scheme.UNKNOWN)));

        assertThat(outcome.reason()).isEqualTo(FailureReason.TAMPERED);
        assertThat(outcome.spoken()).containsExactly(Scheme.SOCKS4, Scheme.HTTP);
    }

    // --- tunnels that end in nothing

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "SOCKS5"})
    void whoStallsTheTlsAttemptIsAliveForPlainHttpAlone(Scheme scheme) {
        firstByte = Duration.ofMillis(400);
        LoopbackProxy proxy = proxy(HTTP, CONNECT, SOCKS5);
        ScriptedPort stalls = port((number, first) -> number % 3 == 0 ? new Stall() : new Pass(proxy));

        CheckOutcome never = check(fresh(stalls.key(scheme)));
        CheckOutcome once = check(due(stalls.key(scheme), judged(BOTH), CheckKind.COMPREHENSIVE));

        assertThat(stalls.accepted()).as("echo, page, tunnel, twice").isEqualTo(6);
        assertThat(List.of(never, once)).allSatisfy(outcome -> {
            assertThat(outcome.alive()).isTrue();
            assertThat(outcome.capabilities()).isEqualTo(PLAIN);
            assertThat(outcome.tampering()).isEqualTo(Tampering.NONE);
        });
    }

    @Test
    void aLightCheckGivesSocksNoHttpsThatItHadNot() {
        LoopbackProxy proxy = proxy(SOCKS5);

        CheckOutcome without = check(due(proxy.key(Scheme.SOCKS5), judged(PLAIN), CheckKind.LIGHT));
        CheckOutcome with = check(due(proxy.key(Scheme.SOCKS5), judged(BOTH), CheckKind.LIGHT));

        assertThat(without.capabilities()).isEqualTo(PLAIN);
        assertThat(with.capabilities()).isEqualTo(BOTH);
        assertThat(proxy.accepted()).isEqualTo(2);
    }

    @Test
    void whoseTunnelFailedWhileTheTlsJudgeWasDownIsNotJudged() {
        LoopbackProxy proxy = proxy(HTTP);
        down.addAll(seats.tls());

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.LOCAL);
    }

    @Test
    void aTlsJudgeOfAnotherNameIsTampering() {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        // Self-signed, so no authority vouches for it: as if a proxy had put its own in place.
        seats = new JudgeSeats(List.of(plainJudge()), List.of(tlsJudge(null)), true, Set.of(OWN), 1);

        CheckOutcome caught = check(fresh(proxy.key(Scheme.HTTP)));
        down.addAll(seats.tls());
        CheckOutcome judgesOwn = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(caught.reason()).isEqualTo(FailureReason.TAMPERED);
        assertThat(caught.tampering()).isEqualTo(Tampering.CERTIFICATE);
        assertThat(judgesOwn.reason())
                .as("the certificate is bad without the proxy too")
                .isEqualTo(FailureReason.LOCAL);
        assertThat(judgesOwn.tampering()).isEqualTo(Tampering.NONE);
    }

    @Test
    void whoSwapsTheCertificateInAnOnlyTunnelIsCaught() {
        LoopbackProxy proxy = LoopbackProxy.start(vertx, "127.0.0.2", impostor.tlsPort(), CONNECT, SWAP_CERTIFICATE);

        CheckOutcome outcome = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(outcome.tampering()).isEqualTo(Tampering.CERTIFICATE);
    }

    // --- exits and latencies

    @Test
    void everyExitAddressIsCounted() {
        LoopbackProxy one = LoopbackProxy.start(vertx, "127.0.0.21", HTTP, CONNECT);
        LoopbackProxy two = LoopbackProxy.start(vertx, "127.0.0.22", HTTP, CONNECT);
        ScriptedPort rotating = port((number, first) -> new Pass(number % 3 == 0 ? two : one));

        CheckOutcome outcome = check(fresh(rotating.key(Scheme.HTTP)));
        CheckOutcome light = check(due(rotating.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));

        assertThat(outcome.exitAddress()).isEqualTo("127.0.0.21");
        assertThat(outcome.exits()).as("echo and TLS echo").isEqualTo(2);
        assertThat(outcome.latenciesMillis()).hasSize(2).first().isEqualTo(outcome.latencyMillis());
        assertThat(light.exits()).isEqualTo(1);
        assertThat(light.latenciesMillis()).containsExactly(light.latencyMillis());
    }

    // --- deep

    @Test
    void aDeepCheckCountsWhatFailsAndRepeatsNothing() {
        retries = 2;
        LoopbackProxy one = LoopbackProxy.start(vertx, "127.0.0.21", HTTP, CONNECT);
        LoopbackProxy two = LoopbackProxy.start(vertx, "127.0.0.22", HTTP, CONNECT);
        // Three connections of the comprehensive check, then every third of twenty fails.
        ScriptedPort port = port(
                (number, first) -> number > 3 && number % 3 == 0 ? new Drop() : new Pass(number % 2 == 0 ? two : one));

        CheckOutcome outcome = check(due(port.key(Scheme.HTTP), judged(BOTH), CheckKind.DEEP));

        DeepResult deep = Objects.requireNonNull(outcome.deep());
        assertThat(deep.requests()).isEqualTo(20);
        assertThat(deep.successes()).isEqualTo(14);
        assertThat(deep.medianMillis()).isPositive();
        assertThat(deep.spreadMillis()).isPositive();
        assertThat(outcome.alive()).isTrue();
        assertThat(outcome.latenciesMillis()).hasSize(2 + 14);
        assertThat(outcome.exits()).isEqualTo(2);
        assertThat(port.accepted()).isEqualTo(23);
    }

    @Test
    void whoOnlyTunnelsIsDeeplyCheckedThroughTheTunnel() {
        LoopbackProxy proxy = proxy(CONNECT);

        CheckOutcome outcome = check(due(proxy.key(Scheme.HTTP), Health.fresh(0), CheckKind.DEEP));

        assertThat(Objects.requireNonNull(outcome.deep()).successes()).isEqualTo(20);
        assertThat(outcome.capabilities()).isEqualTo(Capability.HTTPS.bit());
    }

    @Test
    void whoLiesInTheMiddleOfADeepCheckIsCaught() {
        LoopbackProxy honest = proxy(HTTP, CONNECT);
        LoopbackProxy liar = proxy(HTTP, APPEND);
        ScriptedPort port = port((number, first) -> new Pass(number == 9 ? liar : honest));

        CheckOutcome outcome = check(due(port.key(Scheme.HTTP), judged(BOTH), CheckKind.DEEP));

        assertThat(outcome.tampering()).isEqualTo(Tampering.CONTENT);
        assertThat(outcome.deep()).isNull();
        assertThat(port.accepted()).isEqualTo(9);
    }

    @Test
    void aDeepCheckEndsWithoutAVerdictWhenTheJudgeGoesAwayOrWeStop() {
        LoopbackProxy proxy = proxy(HTTP, CONNECT);
        ScriptedPort judgeGone = port((number, first) -> {
            if (number == 7) {
                down.addAll(seats.plain());
                return new Drop();
            }
            return new Pass(proxy);
        });
        ScriptedPort stopped = port((number, first) -> {
            if (number == 7) {
                clients.forEach(ProxyClient::close);
                return new Stall();
            }
            return new Pass(proxy);
        });

        CheckOutcome unjudged = check(due(judgeGone.key(Scheme.HTTP), judged(BOTH), CheckKind.DEEP));
        down.clear();
        CheckOutcome ended = check(due(stopped.key(Scheme.HTTP), judged(BOTH), CheckKind.DEEP));

        assertThat(unjudged.reason()).isEqualTo(FailureReason.LOCAL);
        assertThat(judgeGone.accepted()).isEqualTo(7);
        assertThat(ended.reason()).isEqualTo(FailureReason.LOCAL);
        assertThat(stopped.accepted()).isEqualTo(7);
    }

    @Test
    void figuresOfADeepCheckAreThoseOfItsLatencies() {
        double[] tenToHundred = {100, 10, 90, 20, 80, 30, 70, 40, 60, 50, 0};

        assertThat(DeepCheck.result(20, 11, tenToHundred)).isEqualTo(new DeepResult(20, 11, 50, 80));
        assertThat(DeepCheck.result(3, 1, new double[] {7})).isEqualTo(new DeepResult(3, 1, 7, 0));
        assertThat(DeepCheck.result(3, 0, new double[0]).medianMillis()).isNaN();
        assertThat(DeepCheck.result(3, 0, new double[0]).spreadMillis()).isNaN();
    }

    // --- quorum

    @Test
    void unsignedJudgesMustAgreeInAComprehensiveCheckAndOneIsEnoughInALightOne() {
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite b = site("127.0.5.2", JudgeForm.JSON);
        EchoSite c = site("127.0.5.3", JudgeForm.JSON);
        seat(2, a, b, c);
        LoopbackProxy proxy = proxy(HTTP);

        CheckOutcome whole = check(fresh(proxy.key(Scheme.HTTP)));
        assertThat(whole.alive()).isTrue();
        assertThat(whole.latenciesMillis()).hasSize(2);
        assertThat(whole.exits()).isEqualTo(1);
        assertThat(List.of(a.asked(), b.asked(), c.asked())).containsExactly(1, 1, 0);

        assertThat(check(due(proxy.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT))
                        .alive())
                .isTrue();
        assertThat(List.of(a.asked(), b.asked(), c.asked())).containsExactly(2, 1, 0);
    }

    @Test
    void theLowerLevelOfAnonymityIsWhatAllVouchFor() {
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite b = site("127.0.5.2", JudgeForm.JSON);
        seat(2, a, b);
        LoopbackProxy quiet = LoopbackProxy.start(vertx, "127.0.0.21", HTTP);
        LoopbackProxy telling = LoopbackProxy.start(vertx, "127.0.0.22", HTTP, VIA);
        ScriptedPort port = port((number, first) -> new Pass(number == 1 ? quiet : telling));

        assertThat(check(fresh(port.key(Scheme.HTTP))).anonymity()).isEqualTo(Anonymity.ANONYMOUS);
    }

    @Test
    void aSignedJudgeIsEnoughByItself() {
        EchoSite other = site("127.0.5.2", JudgeForm.JSON);
        seats = new JudgeSeats(List.of(plainJudge(), other.judge()), List.of(), false, Set.of(OWN), 2);

        assertThat(check(fresh(proxy(HTTP).key(Scheme.HTTP))).alive()).isTrue();
        assertThat(other.asked()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPREHENSIVE", "LIGHT"})
    void anotherJudgeIsAskedBeforeADoubtfulFailureCounts(CheckKind kind) {
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite b = site("127.0.5.2", JudgeForm.JSON);
        EchoSite c = site("127.0.5.3", JudgeForm.JSON);
        seat(2, a, b, c);
        a.refuse(503);
        LoopbackProxy proxy = proxy(HTTP);

        assertThat(check(due(proxy.key(Scheme.HTTP), judged(BOTH), kind)).alive())
                .isTrue();
        assertThat(List.of(a.asked(), b.asked(), c.asked())).containsExactly(1, 1, kind == CheckKind.LIGHT ? 0 : 1);
    }

    @Test
    void whoDoesNotConvinceASecondJudgeFailsUnlessBothAreDown() {
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite b = site("127.0.5.2", JudgeForm.JSON);
        EchoSite c = site("127.0.5.3", JudgeForm.JSON);
        seat(1, a, b, c);
        a.spoil();
        b.spoil();
        LoopbackProxy proxy = proxy(HTTP);

        CheckOutcome held = check(fresh(proxy.key(Scheme.HTTP)));
        down.add(a.judge());
        CheckOutcome oneDown = check(fresh(proxy.key(Scheme.HTTP)));
        down.add(b.judge());
        CheckOutcome bothDown = check(fresh(proxy.key(Scheme.HTTP)));

        assertThat(held.reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(oneDown.reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(bothDown.reason()).isEqualTo(FailureReason.LOCAL);
        assertThat(c.asked()).isZero();
    }

    @Test
    void whomOneJudgeSawAtWorkIsBroughtBeforeAllTheOthers() {
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite b = site("127.0.5.2", JudgeForm.JSON);
        EchoSite c = site("127.0.5.3", JudgeForm.JSON);
        EchoSite d = site("127.0.5.4", JudgeForm.JSON);
        seat(2, a, b, c, d);
        b.refuse(403);
        c.refuse(429);
        LoopbackProxy proxy = proxy(HTTP);

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).alive()).isTrue();
        d.spoil();
        assertThat(check(fresh(proxy.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
    }

    @Test
    void twoJudgesOfOneHostAreOne() {
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite same = site("127.0.5.1", JudgeForm.JSON);
        seat(2, a, same);
        LoopbackProxy proxy = proxy(HTTP);

        assertThat(check(fresh(proxy.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.LOCAL);
        mode = CheckMode.AUTO;
        assertThat(check(fresh(proxy.key(Scheme.HTTP))).verified()).isEqualTo(Verified.CONNECT);
        assertThat(a.asked() + same.asked()).isZero();
    }

    @Test
    void timeOutsAreRepeatedAtTheNextJudge() {
        retries = 2;
        EchoSite a = site("127.0.5.1", JudgeForm.JSON);
        EchoSite b = site("127.0.5.2", JudgeForm.JSON);
        seat(1, a, b);
        LoopbackProxy proxy = proxy(HTTP);
        ScriptedPort port = port((number, first) -> number < 3 ? new Drop() : new Pass(proxy));

        CheckOutcome outcome = check(due(port.key(Scheme.HTTP), judged(PLAIN), CheckKind.LIGHT));

        assertThat(outcome.alive()).isTrue();
        assertThat(port.accepted()).isEqualTo(3);
        assertThat(List.of(a.asked(), b.asked())).containsExactly(0, 1);
    }

    // --- reasons and repetitions

    @Test
    void everyPauseIsTwiceTheLastUpToTwoSeconds() {
        List<Long> pauses = new ArrayList<>();
        ScriptedPort port = port((number, first) -> new Drop());
        checks();
        Exchanges exchanges = new Exchanges(clients.get(0), 5, millis -> {
            pauses.add(millis);
            return Future.succeededFuture();
        });

        Exchange ended = await(exchanges.patiently(
                Route.through(port.key(Scheme.HTTP)), plainJudge().echo("nonce")));

        assertThat(Exchanges.reason(ended)).isEqualTo(FailureReason.RESET);
        assertThat(port.accepted()).isEqualTo(6);
        assertThat(pauses).containsExactly(250L, 500L, 1_000L, 2_000L, 2_000L);
    }

    @Test
    void whatARefusalMeansIsTold() {
        assertThat(check(fresh(saying("407 Who are you").key(Scheme.HTTP))).reason())
                .isEqualTo(FailureReason.AUTH);
        assertThat(check(fresh(saying("403 No").key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.TARGET);
        assertThat(check(fresh(saying("502 Bad").key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.TARGET);
        assertThat(check(fresh(saying("502 Bad").key(Scheme.SOCKS5))).reason()).isEqualTo(FailureReason.PROTOCOL);
    }

    @Test
    void aRedirectToOurselvesIsNotFollowed() {
        AtomicInteger visits = new AtomicInteger();
        HttpServer ourselves = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    visits.incrementAndGet();
                    request.response().end();
                })
                .listen(0, "127.0.0.1"));
        String redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + ourselves.actualPort()
                + "/\r\nContent-Length: 0\r\n\r\n";
        ScriptedPort plain = port((number, first) -> new Say(redirect));

        assertThat(check(fresh(plain.key(Scheme.HTTP))).reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(check(fresh(proxy(HTTP, REDIRECT).key(Scheme.HTTP))).reason())
                .isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(visits).hasValue(0);
    }

    // --- targets

    @Test
    void aWorkingProxyMustPassTheOperatorsOwnChecksAsWell() {
        AtomicInteger visits = new AtomicInteger();
        HttpServer shop = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    visits.incrementAndGet();
                    boolean banned = request.remoteAddress().hostAddress().equals("127.0.0.31");
                    request.response().setStatusCode(banned ? 403 : 200).end("{\"open\": true}");
                })
                .listen(0, "127.0.0.1"));
        targets = Map.of(
                "shop",
                new TargetConfig(
                        "http://127.0.0.1:" + shop.actualPort() + "/x?y=z", List.of(), null, null, "open=true"));
        Checks checks = checks();
        LoopbackProxy welcomed = LoopbackProxy.start(vertx, "127.0.0.32", HTTP, CONNECT);
        LoopbackProxy banned = LoopbackProxy.start(vertx, "127.0.0.31", HTTP, CONNECT);
        LoopbackProxy dead = LoopbackProxy.start(vertx, "127.0.0.33", WELCOME);

        CheckOutcome good = check(checks, fresh(welcomed.key(Scheme.HTTP)));
        assertThat(visits).hasValue(1);
        CheckOutcome bad = check(checks, fresh(banned.key(Scheme.HTTP)));
        assertThat(visits).as("through the proxy, and directly").hasValue(3);
        CheckOutcome again = check(checks, due(banned.key(Scheme.HTTP), Health.fresh(0), CheckKind.DEEP));
        CheckOutcome light = check(checks, due(banned.key(Scheme.HTTP), judged(BOTH), CheckKind.LIGHT));
        CheckOutcome none = check(checks, fresh(dead.key(Scheme.HTTP)));

        assertThat(good.alive()).isTrue();
        assertThat(bad.reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(bad.latencyMillis()).isNaN();
        assertThat(again.reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(again.deep()).as("who does not pass is not measured").isNull();
        assertThat(light.alive()).as("light checks are one judged request").isTrue();
        assertThat(none.reason()).isEqualTo(FailureReason.JUDGE_MISMATCH);
        assertThat(visits).as("known directly").hasValue(4);
    }

    // --- one to one

    @Test
    void everyOfAThousandVerdictsBelongsToItsOwnProxy() {
        int count = 1_000;
        List<DueProxy> proxies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String address = "127.1." + i / 250 + '.' + (i % 250 + 1);
            LoopbackProxy.Trait trait = i % 4 == 3 ? WELCOME : HTTP;
            proxies.add(
                    due(LoopbackProxy.start(vertx, address, trait).key(Scheme.HTTP), judged(PLAIN), CheckKind.LIGHT));
        }
        firstByte = Duration.ofSeconds(60);
        Checks checks = checks();

        List<Future<CheckOutcome>> all = new ArrayList<>();
        for (DueProxy due : proxies) {
            all.add(start(checks, due));
        }

        for (int i = 0; i < count; i++) {
            CheckOutcome outcome = await(all.get(i));
            assertThat(outcome.proxy()).isSameAs(proxies.get(i));
            assertThat(outcome.reason())
                    .as(proxies.get(i).key().url())
                    .isEqualTo(i % 4 == 3 ? FailureReason.JUDGE_MISMATCH : FailureReason.NONE);
            assertThat(outcome.exitAddress())
                    .isEqualTo(i % 4 == 3 ? null : proxies.get(i).key().host());
        }
    }

    @Test
    void aCheckEndsOnTheContextItWasCalledOn() {
        LoopbackProxy proxy = proxy(HTTP);
        Checks checks = checks();
        for (int i = 0; i < 8; i++) {
            Promise<Boolean> same = Promise.promise();
            vertx.runOnContext(begun -> {
                Context caller = vertx.getOrCreateContext();
                checks.run(fresh(proxy.key(Scheme.HTTP)))
                        .onSuccess(verdict -> same.complete(Vertx.currentContext() == caller));
            });
            assertThat(await(same.future())).isTrue();
        }
        assertThat(confirmed).as("the tunnel was refused each time").hasValue(8);
    }

    // --- tools

    private static SelfSigned identity() throws Exception {
        Instant now = Instant.now();
        return SelfSigned.create(
                "judge.sluice", InetAddress.getByName("127.0.0.1"), now.minusSeconds(60), now.plusSeconds(3_600));
    }

    private Judge plainJudge() {
        return new Judge(JudgeUrl.parse("http://127.0.0.1:" + own.port()), JudgeForm.SLUICE, null, signer);
    }

    private Judge tlsJudge(@Nullable String pin) {
        return new Judge(JudgeUrl.parse("https://127.0.0.1:" + own.tlsPort()), JudgeForm.SLUICE, pin, signer);
    }

    private EchoSite site(String address, JudgeForm form) {
        return EchoSite.start(vertx, address, form, signer);
    }

    private void seat(int quorum, EchoSite... sites) {
        seats = new JudgeSeats(
                Arrays.stream(sites).map(EchoSite::judge).toList(), List.of(), false, Set.of(OWN), quorum);
    }

    private LoopbackProxy proxy(LoopbackProxy.Trait... traits) {
        return LoopbackProxy.start(vertx, "127.0.0.2", traits);
    }

    private ScriptedPort port(ScriptedPort.Script script) {
        return ScriptedPort.start(vertx, "127.0.0.3", script);
    }

    private ScriptedPort saying(String status) {
        return port((number, first) -> new Say("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"));
    }

    private Checks checks() {
        Duration total = firstByte.plusSeconds(10);
        Deadlines deadlines = new Deadlines(Duration.ofSeconds(10), Duration.ofSeconds(10), firstByte, total);
        ProxyClient client = new ProxyClient(vertx, resolver, LOOPBACK, deadlines, 65_536);
        ProxyClient direct = new ProxyClient(vertx, resolver, LOOPBACK, deadlines, 65_536);
        clients.add(client);
        clients.add(direct);
        CheckConfig config = new CheckConfig(
                mode,
                false,
                List.of(),
                List.of(),
                List.of(),
                2,
                targets,
                List.of(),
                false,
                false,
                0,
                1_000,
                0,
                0,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                firstByte,
                total,
                retries,
                20,
                new ByteSize(65_536));
        return new Checks(vertx, config, client, direct, () -> seats, this::confirm, () -> Nonce.fresh(random));
    }

    /** Answers on another thread, as a watch with an event loop of its own does. */
    private Future<Boolean> confirm(Judge judge) {
        confirmed.incrementAndGet();
        Promise<Boolean> up = Promise.promise();
        Thread elsewhere = new Thread(() -> up.complete(!down.contains(judge)), "confirms");
        elsewhere.start();
        return up.future();
    }

    private CheckOutcome check(DueProxy due) {
        return check(checks(), due);
    }

    private CheckOutcome check(Checks checks, DueProxy due) {
        return await(start(checks, due));
    }

    private Future<CheckOutcome> start(Checks checks, DueProxy due) {
        Promise<CheckOutcome> ended = Promise.promise();
        vertx.runOnContext(
                begun -> checks.run(due).map(verdict -> verdict.outcome(due, 1)).onComplete(ended));
        return ended.future();
    }

    private DueProxy fresh(ProxyKey key) {
        return due(key, Health.fresh(0), CheckKind.LIGHT);
    }

    private DueProxy due(ProxyKey key, Health health, CheckKind kind) {
        return new DueProxy(ids.incrementAndGet(), key, health, kind);
    }

    /** Health of a proxy that was judged before. */
    private static Health judged(int capabilities) {
        return new Health(
                true,
                true,
                Verified.FULL,
                capabilities,
                Anonymity.ELITE,
                Tampering.NONE,
                null,
                Tier.ACTIVE,
                RiskCategory.LOW,
                5,
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

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not within 60 s", e);
        }
    }
}
