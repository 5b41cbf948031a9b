package dev.sluice.check;

import static dev.sluice.check.LoopbackProxy.Trait.CONNECT;
import static dev.sluice.check.LoopbackProxy.Trait.HTTP;
import static dev.sluice.check.LoopbackProxy.Trait.SWAP_CERTIFICATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bus.Loop;
import dev.sluice.config.TargetConfig;
import dev.sluice.judge.JudgeForm;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Deadlines;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.SelfSigned;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's own checks, against targets on loopback. */
class TargetChecksVerticleTest {
    private static final int PLAIN = Capability.HTTP.bit();
    private static final int TUNNEL = Capability.HTTPS.bit();
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);

    private final AtomicInteger visits = new AtomicInteger();
    private final AtomicInteger askedDirectly = new AtomicInteger();
    private Vertx vertx;
    private ProxyClient client;
    private HttpServer site;
    private LoopbackProxy proxy;
    private long nanos = 1;
    private int status = 200;
    private String body = "{\"state\": \"open\"} größe";
    private Exchange direct = page(200, "{\"state\": \"open\"} größe");
    private @Nullable Promise<Exchange> held;

    @BeforeEach
    void startSite() {
        vertx = Vertx.vertx();
        Duration ample = Duration.ofSeconds(20);
        client = new ProxyClient(
                vertx,
                host -> Future.failedFuture(new UnknownHostException(host)),
                LOOPBACK,
                new Deadlines(ample, ample, ample, ample),
                65_536);
        site = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    visits.incrementAndGet();
                    request.response()
                            .setStatusCode(status)
                            .putHeader("Location", "http://127.0.0.1/")
                            .end(body);
                })
                .listen(0, "127.0.0.1"));
        proxy = LoopbackProxy.start(vertx, "127.0.0.2", HTTP);
    }

    @AfterEach
    void stop() {
        await(client.close());
        await(vertx.close());
    }

    @Test
    void whatComesAsExpectedPasses() {
        Verdict verdict = run(target(List.of(), "größe", "banned", null));

        assertThat(verdict.alive()).isTrue();
        assertThat(visits).hasValue(1);
        assertThat(askedDirectly).as("only a failure is looked into").hasValue(0);
    }

    @Test
    void eachRuleCanFail() {
        assertThat(run(target(List.of(204), null, null, null)).alive())
                .as("which fails directly too")
                .isTrue();
        status = 429;
        assertThat(run(target(List.of(), null, null, null)).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        status = 200;
        body = "{\"state\": \"closed\"} banned";
        direct = page(200, "{\"state\": \"open\"}");
        assertThat(run(target(List.of(), "open", null, null)).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(run(target(List.of(), null, "banned", null)).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        body = "{\"state\": \"closed\"}";
        assertThat(run(target(List.of(), null, null, "state=open")).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(run(target(List.of(), null, null, "state=closed")).alive()).isTrue();
    }

    @Test
    void aRedirectIsAStatus() {
        status = 302;

        assertThat(run(target(List.of(), null, null, null)).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(run(target(List.of(302), null, null, null)).alive()).isTrue();
        assertThat(visits).hasValue(2);
    }

    @Test
    void aTargetThatIsDownIsHeldAgainstNobodyAndAskedEveryThirtySeconds() {
        direct = new Exchange.Failed(FailureReason.REFUSED, "down");
        status = 503;
        TargetChecks checks = checks(Map.of("shop", target(List.of(), null, null, null)));

        assertThat(run(checks, PLAIN).alive()).isTrue();
        assertThat(run(checks, PLAIN).alive()).isTrue();
        assertThat(askedDirectly).hasValue(1);
        assertThat(visits).as("known to be down: proxies are not sent there").hasValue(1);

        nanos += TimeUnit.SECONDS.toNanos(30);
        direct = page(200, "here again");
        assertThat(run(checks, PLAIN).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(run(checks, PLAIN).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(askedDirectly).hasValue(2);
        assertThat(visits).hasValue(3);
    }

    @Test
    void checksAtTheSameTimeShareTheQuestion() {
        held = Promise.promise();
        status = 503;
        TargetChecks checks = checks(Map.of("shop", target(List.of(), null, null, null)));

        List<Future<Verdict>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(start(checks, PLAIN));
        }
        await(until(() -> visits.get() == 10));
        held.complete(page(200, "up"));

        assertThat(all).allSatisfy(one -> assertThat(await(one).reason()).isEqualTo(FailureReason.TARGET_CHECK));
        assertThat(askedDirectly).hasValue(1);
    }

    @Test
    void whereOurOwnSideCouldNotAskThereIsNoVerdict() {
        direct = new Exchange.Failed(FailureReason.LOCAL, "too many open files");
        status = 503;
        TargetChecks checks = checks(Map.of("shop", target(List.of(), null, null, null)));

        assertThat(run(checks, PLAIN).reason()).isEqualTo(FailureReason.LOCAL);
        direct = page(200, "up");
        assertThat(run(checks, PLAIN).reason()).as("asked anew").isEqualTo(FailureReason.TARGET_CHECK);
    }

    @Test
    void whoOnlyTunnelsIsAskedByTunnel() {
        proxy = LoopbackProxy.start(vertx, "127.0.0.2", CONNECT);

        assertThat(run(checks(Map.of("shop", target(List.of(), "open", null, null))), TUNNEL)
                        .alive())
                .isTrue();
    }

    @Test
    void whoCannotTunnelFailsATargetOfHttps() {
        TargetConfig secure = new TargetConfig("https://127.0.0.1:" + site.actualPort(), List.of(), null, null, null);

        assertThat(run(secure).reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(visits).hasValue(0);
    }

    @Test
    void aCertificateThatIsNoneThroughTheProxyAloneIsTampering() throws Exception {
        SelfSigned identity = SelfSigned.create(
                "shop.sluice",
                InetAddress.getByName("127.0.0.1"),
                Instant.now().minusSeconds(60),
                Instant.now().plusSeconds(3_600));
        HttpServer impostor = await(vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .addCertValue(Buffer.buffer(identity.certificatePem()))
                                .addKeyValue(Buffer.buffer(identity.privateKeyPem()))))
                .requestHandler(request -> request.response().end("open"))
                .listen(0, "127.0.0.1"));
        proxy = LoopbackProxy.start(vertx, "127.0.0.2", impostor.actualPort(), CONNECT, SWAP_CERTIFICATE);
        TargetConfig secure = new TargetConfig("https://127.0.0.1:" + site.actualPort(), List.of(), null, null, null);

        Verdict caught = run(secure);
        direct = new Exchange.Failed(FailureReason.TAMPERED, "no authority vouches for it");
        Verdict unknown = run(secure);

        assertThat(caught.reason()).isEqualTo(FailureReason.TAMPERED);
        assertThat(caught.tampering()).isEqualTo(Tampering.CERTIFICATE);
        assertThat(unknown.alive()).as("so it is without the proxy").isTrue();
    }

    @Test
    void targetsAreAskedInTheOrderOfTheirNamesUntilOneDoesNotPass() {
        status = 500;
        TargetConfig server = target(List.of(), null, null, null);

        Verdict verdict =
                run(checks(Map.of("b", server, "c", server, "a", target(List.of(500), "open", null, null))), PLAIN);

        assertThat(verdict.reason()).isEqualTo(FailureReason.TARGET_CHECK);
        assertThat(visits).as("a passed, b did not, c was not asked").hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://x/", "http://", "http://u:p@x/", "http://x:0/", "http://x:70000/", "no url"})
    void aTargetThatCannotBeAskedIsNamed(String url) {
        assertThatThrownBy(() -> checks(Map.of("shop", new TargetConfig(url, List.of(), null, null, null))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("check.targets.shop: url: ");
        assertThatThrownBy(() -> checks(Map.of("shop", new TargetConfig("http://x/", List.of(), null, null, "a..b"))))
                .hasMessageStartingWith("check.targets.shop: json-path: a..b ");
    }

    @Test
    void aTargetIsAskedAsItIsWritten() {
        TargetCheck check =
                TargetCheck.of("shop", new TargetConfig("https://[::1]/a%20b?q=ü#part", List.of(), null, null, null));

        assertThat(check.request().host()).isEqualTo("::1");
        assertThat(check.request().port()).isEqualTo(443);
        assertThat(check.request().path()).isEqualTo("/a%20b?q=%C3%BC");
        assertThat(check.request().pin()).isNull();
        assertThat(check.request().headers().get(0).value()).isEqualTo("[::1]");
    }

    // --- tools

    private TargetConfig target(
            List<Integer> statuses, @Nullable String contains, @Nullable String containsNot, @Nullable String path) {
        return new TargetConfig(
                "http://127.0.0.1:" + site.actualPort() + "/page", statuses, contains, containsNot, path);
    }

    private static Exchange page(int status, String body) {
        return new Exchange.Reached(status, List.of(), body.getBytes(StandardCharsets.UTF_8), 1, 2, null);
    }

    private TargetChecks checks(Map<String, TargetConfig> targets) {
        Exchanges exchanges = new Exchanges(client, 0, millis -> Future.succeededFuture());
        return new TargetChecks(
                targets,
                exchanges,
                request -> {
                    askedDirectly.incrementAndGet();
                    return held == null ? Future.succeededFuture(direct) : held.future();
                },
                () -> nanos);
    }

    private Verdict run(TargetConfig target) {
        return run(checks(Map.of("shop", target)), PLAIN);
    }

    private Verdict run(TargetChecks checks, int capabilities) {
        return await(start(checks, capabilities));
    }

    private Future<Verdict> start(TargetChecks checks, int capabilities) {
        DueProxy due = new DueProxy(1, proxy.key(Scheme.HTTP), Health.fresh(0), CheckKind.COMPREHENSIVE);
        Judge judge = new Judge(
                JudgeUrl.parse("http://127.0.0.1"), JudgeForm.SLUICE, null, JudgeSigner.random(new Random(3)));
        Verdict found = Verdict.judged(new Verdict.Answer(judge, 5, "127.0.0.2"), capabilities, Anonymity.ELITE);
        return onLoop(ended -> checks.run(
                        new Subject(due, JudgeSeats.EMPTY, new Loop(vertx.getOrCreateContext())), due.key(), found)
                .onComplete(ended));
    }

    private <T> Future<T> onLoop(Consumer<Promise<T>> task) {
        Promise<T> ended = Promise.promise();
        vertx.runOnContext(begun -> task.accept(ended));
        return ended.future();
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
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not within 60 s", e);
        }
    }
}
