package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.judge.EchoPage;
import dev.sluice.judge.HeaderField;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.net.Deadlines;
import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Request;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.port.Checking;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The watch over judges that are made up, on a clock of its own. */
class JudgeWatchTest {
    private static final String US = "203.0.113.77";
    private static final String US_PUBLIC = "9.9.9.9";
    private static final String EXIT = "8.8.4.4";
    private static final Exchange REFUSED = new Exchange.Failed(FailureReason.REFUSED, "refused");

    private final JudgeSigner signer = JudgeSigner.random(new Random(5));
    private final Map<String, Function<Request, Exchange>> answers = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    private final Map<String, Promise<Void>> held = new ConcurrentHashMap<>();
    private final BlockingQueue<String> questions = new LinkedBlockingQueue<>();
    private final BlockingQueue<Pause> pauses = new LinkedBlockingQueue<>();
    private final AtomicLong now = new AtomicLong(-42);
    private final AtomicInteger nonces = new AtomicInteger();

    private Vertx vertx;
    private Context home;

    private record Pause(long millis, Promise<Void> over) {}

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        home = vertx.getOrCreateContext();
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    // --- forms

    @Test
    void howAJudgeAnswersIsToldByAskingIt() {
        JudgeWatch watch = watch(
                own("http://own.example").withPublic(List.of("http://json.example/get", "http://env.example/"), 2));
        answers.put("own.example", signed(signer, US));
        answers.put("json.example", json(US_PUBLIC));
        answers.put("env.example", environment(US_PUBLIC));

        assertThat(watch.states())
                .containsExactly(
                        new Checking.Judge("http://own.example/judge", "sluice", false),
                        new Checking.Judge("http://json.example/get", "unknown", false),
                        new Checking.Judge("http://env.example/", "unknown", false));
        await(watch.probe());

        assertThat(watch.states())
                .containsExactly(
                        new Checking.Judge("http://own.example/judge", "sluice", true),
                        new Checking.Judge("http://json.example/get", "json", true),
                        new Checking.Judge("http://env.example/", "environment", true));
        assertThat(watch.up()).isEqualTo(3);
        assertThat(watch.seats().own()).containsExactlyInAnyOrder(US, US_PUBLIC);
    }

    @Test
    void aJudgeWithAnotherSecretIsDownWhereverItIsListed() {
        JudgeWatch watch = watch(own("http://own.example").withPublic(List.of("http://page.example/judge"), 1));
        JudgeSigner other = JudgeSigner.random(new Random(6));
        answers.put("own.example", signed(other, US));
        answers.put("page.example", signed(other, US));

        await(watch.probe());

        assertThat(watch.up()).isZero();
        assertThat(watch.seats().firstPlain()).isNull();
        assertThat(watch.seats().own()).isEmpty();
    }

    @Test
    void anUnsignedPageIsNoJudgeOfOurOwn() {
        JudgeWatch watch = watch(own("http://own.example"));
        answers.put("own.example", json(US));

        await(watch.probe());

        assertThat(watch.up()).isZero();
    }

    @Test
    void aPublicListingThatSignsIsAJudgeLikeOurOwn() {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/judge"), 2));
        answers.put("page.example", signed(signer, US));

        await(watch.probe());

        assertThat(watch.seats().plain()).extracting(Judge::signed).containsExactly(true);
        assertThat(watch.seats().quorum()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Its address alone says nothing of headers.
                "{\"ip\": \"9.9.9.9\"}",
                // Headers of which ours are none.
                "{\"args\":{\"nonce\":\"N\"},\"headers\":{\"A\":\"b\"},\"origin\":\"9.9.9.9\"}",
                // Who asks stays unknown.
                "{\"args\":{\"nonce\":\"N\"},\"headers\":{\"X-Canary-Id\":\"N\"}}",
                // One of two addresses is ours, but which?
                "{\"args\":{\"nonce\":\"N\"},\"headers\":{\"X-Canary-Id\":\"N\"},\"origin\":\"9.9.9.9, 1.1.1.1\"}",
                "{\"args\":{\"nonce\":\"N\"},\"headers\":{\"X-Canary-Id\":\"N\",\"CF-Connecting-IP\":\"9.9.9.9\"},"
                        + "\"origin\":\"1.1.1.1\"}",
                "{\"args\":{\"nonce\":\"N\"},\"headers\":{\"X-Canary-Id\":\"N\",\"X-Forwarded-For\":\"9.9.9.9, 1.1.1.1\"},"
                        + "\"origin\":\"9.9.9.9, 1.1.1.1\"}",
                // It sees only the machine before it.
                "{\"args\":{\"nonce\":\"N\"},\"headers\":{\"X-Canary-Id\":\"N\"},\"origin\":\"10.0.0.1\"}",
                "{\"args\":{\"nonce\":\"of another question\"},\"headers\":{\"X-Canary-Id\":\"N\"},\"origin\":\"9.9.9.9\"}"
            })
    void aPageThatCannotTellAnonymityIsNoJudge(String body) {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/get"), 1));
        answers.put("page.example", request -> reached(body.replace("\"N\"", '"' + nonceOf(request) + '"'), 10));

        await(watch.probe());

        assertThat(watch.seats().firstPlain()).isNull();
        assertThat(watch.seats().own()).isEmpty();
    }

    @Test
    void aPageMayNameUsTwice() {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/get"), 1));
        answers.put("page.example", json("9.9.9.9, 9.9.9.9", "X-Real-IP", "9.9.9.9:51234"));

        await(watch.probe());

        assertThat(watch.seats().plain()).hasSize(1);
        assertThat(watch.seats().own()).containsExactly("9.9.9.9");
    }

    @Test
    void aPageForTlsNeedNotTellWhoAsks() {
        JudgeWatch watch = watch(own().withPublic(List.of("https://page.example/get"), 2));
        answers.put("page.example", json(null));

        await(watch.probe());

        assertThat(watch.seats().firstTls()).isNotNull();
        assertThat(watch.seats().firstPlain()).isNull();
        assertThat(watch.seats().own()).isEmpty();
    }

    @Test
    void whatAPageAddsToEveryRequestIsNotHeldAgainstProxies() {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/get"), 1));
        Function<Request, Exchange> direct = json(US_PUBLIC, "X-Real-Ip", US_PUBLIC);
        answers.put("page.example", direct);
        await(watch.probe());
        Judge judge = watch.seats().plain().get(0);
        Request request = judge.echo("n-1");

        assertThat(anonymity(judge, request, json(EXIT, "X-Real-Ip", EXIT))).isEqualTo(Anonymity.ELITE);
        assertThat(anonymity(judge, request, json(EXIT, "X-Real-Ip", "10.0.0.1")))
                .isEqualTo(Anonymity.ANONYMOUS);
        assertThat(anonymity(judge, request, json(EXIT, "Via", "1.1 squid"))).isEqualTo(Anonymity.ANONYMOUS);
        assertThat(anonymity(judge, request, json(EXIT, "X-Real-Ip", US_PUBLIC)))
                .isEqualTo(Anonymity.TRANSPARENT);
        assertThat(anonymity(judge, request, direct)).isEqualTo(Anonymity.TRANSPARENT);
    }

    private static Anonymity anonymity(Judge judge, Request request, Function<Request, Exchange> answer) {
        Exchange.Reached reached = (Exchange.Reached) answer.apply(request);
        JudgeAnswer.Genuine genuine = (JudgeAnswer.Genuine) judge.read(reached.body(), "n-1");
        return judge.anonymity(request, genuine.answer(), Set.of(US_PUBLIC));
    }

    // --- up and down

    @Test
    void aJudgeIsDownAfterTwoFailuresInARow() {
        JudgeWatch watch = watch(own("http://own.example"));
        answers.put("own.example", signed(signer, US));
        await(watch.probe());
        answers.put("own.example", request -> REFUSED);

        await(watch.probe());
        assertThat(watch.up()).isEqualTo(1);
        await(watch.probe());
        assertThat(watch.up()).isZero();

        answers.put("own.example", signed(signer, US));
        await(watch.probe());
        assertThat(watch.seats().firstPlain()).isNotNull();
    }

    @Test
    void aTransportThatFailsIsAJudgeThatIsDown() {
        answers.put("own.example", request -> {
            throw new IllegalStateException("closed");
        });
        JudgeWatch watch = watch(own("http://own.example"));

        await(watch.probe());

        assertThat(watch.up()).isZero();
        assertThat(await(watch.confirm(judgeAt("http://own.example")))).isFalse();
    }

    @Test
    void ownJudgesAreAskedEveryTimeAndPagesOnceAMinute() {
        JudgeWatch watch = watch(own("http://own.example").withPublic(List.of("http://page.example/get"), 1));
        answers.put("own.example", signed(signer, US));
        answers.put("page.example", json(US_PUBLIC));

        for (int second = 0; second < 180; second += 3) {
            await(watch.probe());
            pass(Duration.ofSeconds(3));
        }

        assertThat(asked("own.example")).isEqualTo(60);
        assertThat(asked("page.example")).isEqualTo(3);
    }

    @Test
    void aPageThatIsDownIsAskedEverMoreSeldom() {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/get"), 1));
        answers.put("page.example", request -> REFUSED);
        List<Long> gaps = new ArrayList<>();
        long last = now.get();
        for (int second = 0; second < 3_600; second++) {
            int before = asked("page.example");
            await(watch.probe());
            if (asked("page.example") > before) {
                gaps.add(Duration.ofNanos(now.get() - last).toSeconds());
                last = now.get();
            }
            pass(Duration.ofSeconds(1));
        }

        assertThat(gaps).containsExactly(0L, 10L, 20L, 40L, 80L, 160L, 320L, 600L, 600L, 600L, 600L);
    }

    // --- quorum and order

    @Test
    void fewerPagesThanMustAgreeJudgeNothing() {
        JudgeWatch watch = watch(own().withPublic(
                        List.of("http://a.example/get", "http://a.example/azenv.php", "http://b.example/get"), 2));
        answers.put("a.example", json(US_PUBLIC));
        answers.put("b.example", request -> REFUSED);

        await(watch.probe());
        assertThat(watch.up()).isEqualTo(2);
        assertThat(watch.seats().firstPlain()).as("two pages of one host").isNull();

        answers.put("b.example", environment(US_PUBLIC));
        pass(Duration.ofSeconds(60));
        await(watch.probe());

        assertThat(watch.seats().plain()).hasSize(3);
        assertThat(watch.seats().quorum()).isEqualTo(2);
    }

    @Test
    void judgesThatSignComeFirstAndAreEnoughAlone() {
        JudgeWatch watch = watch(Judges.of(List.of("http://own.example"), List.of("https://own.example"), "pin", signer)
                .withPublic(List.of("http://a.example/get", "http://b.example/get", "https://a.example/get"), 2));
        answers.put("own.example", signed(signer, US));
        answers.put("a.example", json(US_PUBLIC));
        answers.put("b.example", json(US_PUBLIC));

        await(watch.probe());

        for (int i = 0; i < 4; i++) {
            JudgeSeats seats = watch.seats();
            assertThat(seats.plain()).extracting(Judge::signed).containsExactly(true, false, false);
            assertThat(seats.tls()).extracting(Judge::signed).containsExactly(true, false);
            assertThat(seats.tls()).extracting(Judge::pin).containsExactly("pin", null);
            assertThat(seats.quorum()).isEqualTo(1);
            assertThat(seats.unsigned()).isEqualTo(2);
        }
    }

    @Test
    void pagesThatAnswerEquallyWellTakeTurnsAndSlowOnesComeLast() {
        JudgeWatch watch = watch(own().withPublic(
                        List.of(
                                "http://slow.example/get",
                                "http://a.example/get",
                                "http://b.example/get",
                                "http://c.example/get"),
                        2));
        answers.put("a.example", json(US_PUBLIC));
        answers.put("b.example", json(US_PUBLIC));
        answers.put("c.example", json(US_PUBLIC));
        answers.put("slow.example", request -> {
            Exchange.Reached quick = (Exchange.Reached) json(US_PUBLIC).apply(request);
            return new Exchange.Reached(
                    200, List.of(), quick.body(), 1, Duration.ofSeconds(3).toNanos(), null);
        });
        await(watch.probe());

        Map<String, Integer> first = new ConcurrentHashMap<>();
        for (int i = 0; i < 300; i++) {
            JudgeSeats seats = watch.seats();
            first.merge(seats.plain().get(0).url().host(), 1, Integer::sum);
            assertThat(seats.plain()).hasSize(4);
            assertThat(seats.plain().get(3).url().host()).isEqualTo("slow.example");
        }
        assertThat(first).isEqualTo(Map.of("a.example", 100, "b.example", 100, "c.example", 100));
    }

    // --- confirming

    @Test
    void confirmingAsksAnewAndCallersShareTheQuestion() throws Exception {
        JudgeWatch watch = watch(own("http://own.example"));
        answers.put("own.example", signed(signer, US));
        await(watch.probe());
        Judge judge = watch.seats().plain().get(0);
        questions.clear();
        Promise<Void> hold = Promise.promise();
        held.put("own.example", hold);
        Future<Void> underWay = watch.probe();
        assertThat(questions.poll(10, TimeUnit.SECONDS)).isEqualTo("own.example");
        Future<Boolean> one = watch.confirm(judge);
        Future<Boolean> two = watch.confirm(judge);
        drain();
        answers.put("own.example", request -> REFUSED);
        held.clear();
        home.runOnContext(here -> hold.complete());

        await(underWay);
        assertThat(await(one)).isFalse();
        assertThat(await(two)).isFalse();
        assertThat(asked("own.example"))
                .as("the first, the held one, the shared one")
                .isEqualTo(3);
    }

    @Test
    void confirmingCompletesOnTheCallersContext() {
        JudgeWatch watch = watch(own("http://own.example"));
        answers.put("own.example", signed(signer, US));
        await(watch.probe());
        Judge judge = watch.seats().plain().get(0);
        Context elsewhere = contextBesides();
        Promise<Context> completedOn = Promise.promise();

        elsewhere.runOnContext(
                there -> watch.confirm(judge).onComplete(up -> completedOn.complete(Vertx.currentContext())));

        assertThat(await(completedOn.future())).isSameAs(elsewhere);
    }

    @Test
    void aPageIsConfirmedAtMostEveryFiveSeconds() throws Exception {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/get"), 1));
        answers.put("page.example", json(US_PUBLIC));
        await(watch.probe());
        Judge judge = watch.seats().plain().get(0);
        pass(Duration.ofSeconds(2));

        List<Future<Boolean>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(watch.confirm(judge));
        }
        Pause pause = pauses.poll(10, TimeUnit.SECONDS);
        assertThat(pause).isNotNull();
        drain();
        assertThat(pause.millis()).isEqualTo(3_000);
        assertThat(pauses).isEmpty();
        assertThat(asked("page.example")).isEqualTo(1);

        answers.put("page.example", request -> REFUSED);
        pass(Duration.ofSeconds(3));
        home.runOnContext(here -> pause.over().complete());

        for (Future<Boolean> one : waiting) {
            assertThat(await(one)).isFalse();
        }
        assertThat(asked("page.example")).isEqualTo(2);
        pass(Duration.ofSeconds(6));
        answers.put("page.example", json(US_PUBLIC));
        assertThat(await(watch.confirm(judge))).as("not asked lately: at once").isTrue();
    }

    @Test
    void aProbeServesThoseWhoWaitForAQuestion() throws Exception {
        JudgeWatch watch = watch(own().withPublic(List.of("http://page.example/get"), 1));
        answers.put("page.example", json(US_PUBLIC));
        await(watch.probe());
        Judge judge = watch.seats().plain().get(0);
        Future<Boolean> waiting = watch.confirm(judge);
        Pause pause = pauses.poll(10, TimeUnit.SECONDS);
        assertThat(pause).isNotNull();
        pass(Duration.ofSeconds(60));

        await(watch.probe());

        assertThat(await(waiting)).isTrue();
        home.runOnContext(here -> pause.over().complete());
        drain();
        assertThat(asked("page.example")).isEqualTo(2);
    }

    @Test
    void aJudgeNobodyKnowsIsNotConfirmed() {
        JudgeWatch watch = watch(own("http://own.example"));

        assertThat(await(watch.confirm(judgeAt("http://else.example")))).isFalse();
        assertThat(asked).isEmpty();
    }

    // --- TLS

    @Test
    void noTlsJudgeIsExpectedWhereNoneIsConfigured() {
        assertThat(watch(own("http://own.example")).seats().tlsExpected()).isFalse();
    }

    @Test
    void aTlsJudgeThatNeverAnsweredIsWaitedForAMinute() {
        JudgeWatch watch = watch(Judges.of(List.of(), List.of("https://own.example"), null, signer));
        answers.put("own.example", request -> REFUSED);

        assertThat(watch.seats().tlsExpected()).isTrue();
        pass(Duration.ofSeconds(60));
        await(watch.probe());
        assertThat(watch.seats().tlsExpected()).isTrue();
        pass(Duration.ofSeconds(1));
        await(watch.probe());
        assertThat(watch.seats().tlsExpected()).isFalse();

        answers.put("own.example", signed(signer, US));
        await(watch.probe());
        assertThat(watch.seats().tlsExpected()).isTrue();
        assertThat(watch.seats().firstTls()).isNotNull();
    }

    @Test
    void aTlsJudgeThatIsDownIsWaitedForTenMinutes() {
        JudgeWatch watch = watch(Judges.of(List.of(), List.of("https://own.example"), null, signer));
        answers.put("own.example", signed(signer, US));
        pass(Duration.ofHours(1));
        await(watch.probe());
        answers.put("own.example", request -> REFUSED);
        await(watch.probe());
        await(watch.probe());

        assertThat(watch.seats().firstTls()).isNull();
        pass(Duration.ofMinutes(10));
        await(watch.probe());
        assertThat(watch.seats().tlsExpected()).isTrue();
        pass(Duration.ofSeconds(1));
        await(watch.probe());
        assertThat(watch.seats().tlsExpected()).isFalse();
    }

    // --- our own addresses

    @Test
    void ourAddressesAreKeptForADay() {
        JudgeWatch watch = watch(own("http://own.example"));
        answers.put("own.example", signed(signer, "::ffff:203.0.113.1"));
        await(watch.probe());
        pass(Duration.ofHours(23));
        answers.put("own.example", signed(signer, "203.0.113.2"));
        await(watch.probe());
        assertThat(watch.seats().own()).containsExactlyInAnyOrder("203.0.113.1", "203.0.113.2");

        pass(Duration.ofHours(2));
        await(watch.probe());
        assertThat(watch.seats().own()).containsExactly("203.0.113.2");
    }

    @Test
    void ofManyAddressesTheLatestAreKept() {
        JudgeWatch watch = watch(own("http://own.example"));
        for (int i = 0; i < 70; i++) {
            answers.put("own.example", signed(signer, "203.0.113." + i));
            await(watch.probe());
        }

        assertThat(watch.seats().own())
                .hasSize(64)
                .contains("203.0.113.69", "203.0.113.6")
                .doesNotContain("203.0.113.5");
    }

    @Test
    void watchingNeedsAContext() {
        ProxyClient client = new ProxyClient(
                vertx,
                host -> Future.failedFuture("no names here"),
                AddressPolicy.PUBLIC,
                new Deadlines(
                        Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)),
                1_000);

        assertThatThrownBy(() -> new JudgeWatch(own(), client, () -> "n"))
                .hasMessageContaining("expected: one of Vert.x");
        assertThat(new JudgeWatch(own(), client, () -> "n", home).seats().plain())
                .isEmpty();
    }

    // --- tools

    private Judges own(String... plain) {
        return Judges.of(List.of(plain), List.of(), null, signer);
    }

    private Judge judgeAt(String url) {
        return new Judge(JudgeUrl.parse(url), dev.sluice.judge.JudgeForm.SLUICE, null, signer);
    }

    private JudgeWatch watch(Judges judges) {
        return new JudgeWatch(
                judges, this::answer, () -> "nonce-" + nonces.incrementAndGet(), home, now::get, this::pause);
    }

    private Future<Void> pause(long millis) {
        Promise<Void> over = Promise.promise();
        pauses.add(new Pause(millis, over));
        return over.future();
    }

    private Future<Exchange> answer(Request request) {
        asked.computeIfAbsent(request.host(), host -> new AtomicInteger()).incrementAndGet();
        questions.add(request.host());
        Promise<Void> hold = held.get(request.host());
        Future<Void> ready = hold == null ? Future.succeededFuture() : hold.future();
        return ready.map(
                none -> answers.getOrDefault(request.host(), unknown -> REFUSED).apply(request));
    }

    private int asked(String host) {
        AtomicInteger count = asked.get(host);
        return count == null ? 0 : count.get();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    /** What was handed to the home context before has run. */
    private void drain() {
        Promise<Void> reached = Promise.promise();
        home.runOnContext(here -> reached.complete());
        await(reached.future());
    }

    private Context contextBesides() {
        List<Context> found = new CopyOnWriteArrayList<>();
        Promise<Void> there = Promise.promise();
        vertx.deployVerticle(new io.vertx.core.VerticleBase() {
                    @Override
                    public Future<?> start() {
                        found.add(Vertx.currentContext());
                        return Future.succeededFuture();
                    }
                })
                .<Void>mapEmpty()
                .onComplete(there);
        await(there.future());
        return found.get(0);
    }

    private static Function<Request, Exchange> signed(JudgeSigner by, String peer) {
        return request -> new Exchange.Reached(
                200,
                List.of(),
                new JudgeAnswer(nonceOf(request), peer, 1, "GET " + request.path() + " HTTP/1.1", request.headers())
                        .write(by),
                1,
                10,
                null);
    }

    private static Function<Request, Exchange> json(@Nullable String peer, String... added) {
        return request -> {
            StringBuilder body = new StringBuilder("{\"args\":{\"nonce\":\"")
                    .append(nonceOf(request))
                    .append("\"},\"headers\":{");
            List<HeaderField> headers = new ArrayList<>(request.headers());
            for (int i = 0; i < added.length; i += 2) {
                headers.add(new HeaderField(added[i], added[i + 1]));
            }
            String separator = "";
            for (HeaderField header : headers) {
                body.append(separator)
                        .append('"')
                        .append(header.name())
                        .append("\":\"")
                        .append(header.value())
                        .append('"');
                separator = ",";
            }
            return reached(body + "}" + (peer == null ? "" : ",\"origin\":\"" + peer + '"') + "}", 10);
        };
    }

    private static Function<Request, Exchange> environment(String peer) {
        return request -> {
            StringBuilder body = new StringBuilder("<html><body><pre>\n");
            for (HeaderField header : request.headers()) {
                String name = header.name().toUpperCase(java.util.Locale.ROOT).replace('-', '_');
                body.append("HTTP_")
                        .append(name)
                        .append(" = ")
                        .append(header.value())
                        .append('\n');
            }
            return reached(
                    body + "REMOTE_ADDR = " + peer + "\nREQUEST_URI = " + request.path() + "\n</pre></body></html>",
                    10);
        };
    }

    private static Exchange reached(String body, long millis) {
        return new Exchange.Reached(
                200,
                List.of(),
                body.getBytes(StandardCharsets.ISO_8859_1),
                1,
                Duration.ofMillis(millis).toNanos(),
                null);
    }

    private static String nonceOf(Request request) {
        String mark = EchoPage.PARAMETER + '=';
        return request.path().substring(request.path().indexOf(mark) + mark.length());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("not within 20 s", e);
        }
    }
}
