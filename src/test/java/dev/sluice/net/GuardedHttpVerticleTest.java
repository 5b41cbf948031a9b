package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.net.HttpFetchException.Kind;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.junit5.VertxExtension;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class GuardedHttpVerticleTest {
    private static final AddressPolicy LOOPBACK = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
    private static final long MIB = 1L << 20;

    private final List<String> resolved = new CopyOnWriteArrayList<>();
    private final List<HttpServerRequest> requests = new CopyOnWriteArrayList<>();
    private Resolver names;
    private Vertx vertx;
    private GuardedHttp http;

    @BeforeEach
    void build(Vertx injected) {
        vertx = injected;
        Names literals = new Names(vertx, List.of(), 1);
        names = host -> {
            resolved.add(host);
            return host.endsWith(".example")
                    ? Future.succeededFuture(List.of(GuardedResolverTest.address("127.0.0.1")))
                    : literals.resolve(host);
        };
        http = new GuardedHttp(vertx, names, LOOPBACK);
    }

    @AfterEach
    void close() throws Exception {
        await(http.close());
    }

    @Test
    void aBodyArrivesWithItsValidators() throws Exception {
        int port = serve(request -> request.response()
                .putHeader("etag", "\"v1\"")
                .putHeader("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT")
                .end("hello"));
        Sink sink = new Sink();

        HttpFetched fetched = await(http.get(fetch(url(port)), sink));

        assertThat(sink.text()).isEqualTo("hello");
        assertThat(fetched)
                .isEqualTo(new HttpFetched(false, new Validators("\"v1\"", "Wed, 21 Oct 2015 07:28:00 GMT"), 5, 5));
    }

    @Test
    void validatorsMakeTheRequestConditional() throws Exception {
        int port = serve(request -> request.response()
                .setStatusCode("\"v1\"".equals(request.getHeader("if-none-match")) ? 304 : 200)
                .end());
        Validators known = new Validators("\"v1\"", "Wed, 21 Oct 2015 07:28:00 GMT");

        HttpFetched fetched = await(http.get(
                new HttpFetch(URI.create(url(port)), Map.of(), known, Duration.ofSeconds(5), MIB), new Sink()));

        assertThat(fetched.notModified()).isTrue();
        assertThat(fetched.validators()).isEqualTo(known);
        assertThat(requests.get(0).getHeader("if-modified-since")).isEqualTo(known.lastModified());
    }

    @Test
    void theCheckedAddressIsConnectedToAndTheNameIsStillTheHost() throws Exception {
        int port = serve(request -> request.response().end(request.authority().toString()));
        List<String> answers = new ArrayList<>(List.of("127.0.0.1", "9.9.9.9"));
        AtomicInteger asked = new AtomicInteger();
        GuardedHttp rebound = new GuardedHttp(
                vertx,
                host -> Future.succeededFuture(
                        List.of(GuardedResolverTest.address(answers.get(asked.getAndIncrement())))),
                LOOPBACK);
        Sink sink = new Sink();

        await(rebound.get(fetch("http://rebinding.example:" + port + "/"), sink));
        Throwable second = failure(rebound.get(fetch("http://rebinding.example:" + port + "/"), new Sink()));

        assertThat(sink.text()).isEqualTo("rebinding.example:" + port);
        assertThat(asked.get()).isEqualTo(2);
        assertThat(second).hasMessageContaining("9.9.9.9 (expected: an address in net.allowed-networks)");
        await(rebound.close());
    }

    @Test
    void oneForbiddenAnswerAmongSeveralRefuses() throws Exception {
        int port = serve(request -> request.response().end());
        GuardedHttp mixed = new GuardedHttp(
                vertx,
                host -> Future.succeededFuture(List.<InetAddress>of(
                        GuardedResolverTest.address("127.0.0.1"), GuardedResolverTest.address("10.1.2.3"))),
                LOOPBACK);

        Throwable failure = failure(mixed.get(fetch("http://mixed.example:" + port + "/"), new Sink()));

        assertKind(failure, Kind.REFUSED);
        assertThat(failure).hasMessageContaining("mixed.example: resolves to 10.1.2.3");
        assertThat(requests).isEmpty();
        await(mixed.close());
    }

    @Test
    void redirectsAreFollowedAndTheOperatorsHeadersStayHome() throws Exception {
        int target = serve(request -> request.response().end("list"));
        int port = serve(request -> request.response()
                .setStatusCode(302)
                .putHeader("location", "http://other.example:" + target + "/moved?x=1")
                .end());
        Sink sink = new Sink();

        await(http.get(
                new HttpFetch(
                        URI.create("http://first.example:" + port + "/"),
                        Map.of("X-Key", "secret"),
                        Validators.NONE,
                        Duration.ofSeconds(5),
                        MIB),
                sink));

        assertThat(sink.text()).isEqualTo("list");
        assertThat(requests.get(0).getHeader("x-key")).isEqualTo("secret");
        assertThat(requests.get(1).getHeader("x-key")).isNull();
        assertThat(requests.get(1).uri()).isEqualTo("/moved?x=1");
    }

    @Test
    void aRedirectToAMetadataServiceIsRefused() throws Exception {
        int port = serve(request -> request.response()
                .setStatusCode(302)
                .putHeader("location", "http://169.254.169.254/latest/meta-data/")
                .end());
        GuardedHttp open = new GuardedHttp(
                vertx,
                names,
                new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("169.254.0.0/16")), true));

        Throwable failure = failure(open.get(fetch(url(port)), new Sink()));

        assertKind(failure, Kind.REFUSED);
        assertThat(failure).hasMessageContaining("169.254.169.254").hasMessageContaining("metadata");
        await(open.close());
    }

    @Test
    void aRedirectLoopEnds() throws Exception {
        int port = serve(request -> request.response()
                .setStatusCode(301)
                .putHeader("location", "/again")
                .end());

        Throwable failure = failure(http.get(fetch(url(port)), new Sink()));

        assertKind(failure, Kind.REFUSED);
        assertThat(failure).hasMessageContaining("more than 3 redirects");
        assertThat(requests).hasSize(4);
    }

    @Test
    void otherSchemesAreRefusedFirstOrAfterARedirect() throws Exception {
        int port = serve(request -> request.response()
                .setStatusCode(302)
                .putHeader("location", "file:///etc/passwd")
                .end());

        assertThat(failure(http.get(fetch("ftp://127.0.0.1/list"), new Sink())))
                .hasMessageContaining("scheme: ftp (expected: http or https)");
        assertThat(failure(http.get(fetch(url(port)), new Sink()))).hasMessageContaining("scheme: file");
    }

    @Test
    void fromHttpsNoRedirectLeadsToHttp() throws Exception {
        SelfSigned certificate = SelfSigned.create(
                "localhost",
                InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
                Instant.now().minusSeconds(60),
                Instant.now().plusSeconds(3_600));
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertValue(Buffer.buffer(certificate.certificatePem()))
                        .setKeyValue(Buffer.buffer(certificate.privateKeyPem()))));
        server.requestHandler(request -> {
            if (request.path().equals("/down")) {
                request.response()
                        .setStatusCode(302)
                        .putHeader("location", "http://127.0.0.1/")
                        .end();
            } else {
                request.response().end("secure");
            }
        });
        int port = await(server.listen(0, "127.0.0.1")).actualPort();
        GuardedHttp trusting = new GuardedHttp(
                vertx,
                names,
                LOOPBACK,
                new PemTrustOptions().addCertValue(Buffer.buffer(certificate.certificatePem())));
        Sink sink = new Sink();

        await(trusting.get(fetch("https://localhost:" + port + "/"), sink));
        Throwable down = failure(trusting.get(fetch("https://localhost:" + port + "/down"), new Sink()));
        Throwable untrusted = failure(http.get(fetch("https://localhost:" + port + "/"), new Sink()));

        assertThat(sink.text()).isEqualTo("secure");
        assertKind(down, Kind.REFUSED);
        assertThat(down).hasMessageContaining("from https to http://127.0.0.1/ (expected: https)");
        assertKind(untrusted, Kind.UNREACHABLE);
        await(trusting.close());
    }

    @Test
    void aGigabyteOfZerosIsGivenUpEarly() throws Exception {
        byte[] member = ContentDecoderTest.gzip(new byte[16 << 20]);
        Buffer bomb = Buffer.buffer();
        for (int i = 0; i < 64; i++) {
            bomb.appendBytes(member);
        }
        int port = serve(request ->
                request.response().putHeader("content-encoding", "gzip").end(bomb));
        Sink sink = new Sink();

        Throwable failure = failure(http.get(
                new HttpFetch(URI.create(url(port)), Map.of(), Validators.NONE, Duration.ofSeconds(20), 4096 * MIB),
                sink));

        assertKind(failure, Kind.TOO_LARGE);
        assertThat(failure).hasMessageContaining("100 times its size");
        assertThat(sink.size()).isLessThan((int) (120 * bomb.length() + MIB)).isLessThan(64 << 20);
    }

    @Test
    void theLimitHoldsForWhatIsUnpacked() throws Exception {
        byte[] packed = ContentDecoderTest.gzip("192.0.2.1:80 ".repeat(10_000).getBytes(StandardCharsets.UTF_8));
        int port = serve(request ->
                request.response().putHeader("content-encoding", "gzip").end(Buffer.buffer(packed)));

        Throwable failure = failure(http.get(
                new HttpFetch(URI.create(url(port)), Map.of(), Validators.NONE, Duration.ofSeconds(5), 100_000),
                new Sink()));

        assertKind(failure, Kind.TOO_LARGE);
        assertThat(failure).hasMessageContaining("unpacks to more than 100000 bytes");
    }

    @Test
    void aBodyOverTheLimitIsRefusedByItsLengthOrWhileItComes() throws Exception {
        Buffer large = Buffer.buffer(new byte[300_000]);
        int declared = serve(request -> request.response().end(large));
        int chunked = serve(request -> request.response().setChunked(true).end(large));

        for (int port : new int[] {declared, chunked}) {
            Throwable failure = failure(http.get(
                    new HttpFetch(URI.create(url(port)), Map.of(), Validators.NONE, Duration.ofSeconds(5), 200_000),
                    new Sink()));
            assertKind(failure, Kind.TOO_LARGE);
            assertThat(failure).hasMessageContaining("200000");
        }
    }

    @Test
    void aTrickleEndsByTheTotalTime() throws Exception {
        int port = serve(request -> {
            request.response().setChunked(true);
            vertx.setPeriodic(20, id -> {
                if (request.response().closed()) {
                    vertx.cancelTimer(id);
                } else {
                    request.response().write("1");
                }
            });
        });

        Throwable failure = failure(http.get(
                new HttpFetch(URI.create(url(port)), Map.of(), Validators.NONE, Duration.ofMillis(300), MIB),
                new Sink()));

        assertKind(failure, Kind.TIMEOUT);
        assertThat(failure).hasMessageContaining("not done after 300 ms");
    }

    @Test
    void aServerThatNeverAnswersEndsByTheTotalTime() throws Exception {
        NetServer silent = vertx.createNetServer().connectHandler(socket -> {});
        int port = await(silent.listen(0, "127.0.0.1")).actualPort();

        assertKind(
                failure(http.get(
                        new HttpFetch(URI.create(url(port)), Map.of(), Validators.NONE, Duration.ofMillis(200), MIB),
                        new Sink())),
                Kind.TIMEOUT);
    }

    @Test
    void aBodyShorterThanItsLengthIsBroken() throws Exception {
        int port = raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n192.0.2.1:80\n");
        Sink sink = new Sink();

        Throwable failure = failure(http.get(fetch(url(port)), sink));

        assertKind(failure, Kind.BROKEN);
        assertThat(failure).hasMessageContaining("ends early, after 13 bytes");
        assertThat(sink.text()).isEqualTo("192.0.2.1:80\n");
    }

    @Test
    void aCompressedBodyThatEndsEarlyIsBroken() throws Exception {
        byte[] packed = ContentDecoderTest.gzip("192.0.2.1:80\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        int port = serve(request -> request.response()
                .putHeader("content-encoding", "gzip")
                .end(Buffer.buffer(packed).slice(0, packed.length - 4)));

        Throwable failure = failure(http.get(fetch(url(port)), new Sink()));

        assertKind(failure, Kind.BROKEN);
    }

    @Test
    void anAnswerThatIsNoSuccessSaysSoAndHowLongToWait() throws Exception {
        int port = serve(request -> request.response()
                .setStatusCode(Integer.parseInt(request.path().substring(1)))
                .putHeader("retry-after", "120")
                .end("never read"));

        for (int status : new int[] {404, 429, 500, 206, 204}) {
            Throwable failure =
                    failure(http.get(fetch("http://127.0.0.1:" + port + "/" + status + "?key=hidden"), new Sink()));
            assertKind(failure, Kind.STATUS);
            assertThat(((HttpFetchException) failure).status()).isEqualTo(status);
            assertThat(((HttpFetchException) failure).retryAfter()).isEqualTo(Duration.ofSeconds(120));
            assertThat(failure)
                    .hasMessage("http://127.0.0.1:" + port + "/" + status + ": status " + status + " (expected: 200)");
        }
    }

    @Test
    void nobodyListeningIsUnreachable() throws Exception {
        NetServer gone = vertx.createNetServer().connectHandler(socket -> {});
        int port = await(gone.listen(0, "127.0.0.1")).actualPort();
        await(gone.close());

        assertKind(failure(http.get(fetch(url(port)), new Sink())), Kind.UNREACHABLE);
        assertKind(failure(http.get(fetch("http://unknown.invalid/"), new Sink())), Kind.UNREACHABLE);
    }

    @Test
    void anEndlessHeaderIsCut() throws Exception {
        int port = raw("HTTP/1.1 200 OK\r\nx: " + "y".repeat(200_000));

        assertThat(failure(http.get(fetch(url(port)), new Sink()))).isInstanceOf(HttpFetchException.class);
    }

    @Test
    void theConnectionIsNotReadWhileTheSinkIsBusy() throws Exception {
        AtomicInteger written = new AtomicInteger();
        int port = serve(request -> {
            request.response().setChunked(true);
            Buffer piece = Buffer.buffer(new byte[64 * 1024]);
            vertx.setPeriodic(1, id -> {
                if (request.response().closed()) {
                    vertx.cancelTimer(id);
                } else if (!request.response().writeQueueFull()) {
                    written.addAndGet(piece.length());
                    request.response().write(piece);
                }
            });
        });
        Promise<Void> first = Promise.promise();
        Promise<Void> hold = Promise.promise();
        AtomicInteger taken = new AtomicInteger();
        Future<HttpFetched> fetched = http.get(
                new HttpFetch(URI.create(url(port)), Map.of(), Validators.NONE, Duration.ofMillis(800), 1024 * MIB),
                (bytes, offset, length) -> {
                    taken.addAndGet(length);
                    first.tryComplete();
                    return hold.future();
                });

        await(first.future());
        Throwable failure = failure(fetched);

        assertKind(failure, Kind.TIMEOUT);
        // One piece was taken; the rest waits in the buffers of the operating system, not in memory of ours.
        assertThat(taken.get()).isLessThanOrEqualTo(64 * 1024);
        assertThat(written.get()).isLessThan(64 << 20);
    }

    @Test
    void aSinkThatFailsEndsTheRequest() throws Exception {
        int port = serve(request -> request.response().end("list"));
        IllegalStateException full = new IllegalStateException("full");

        assertThat(failure(http.get(fetch(url(port)), (bytes, offset, length) -> Future.failedFuture(full))))
                .isSameAs(full);
    }

    @Test
    void headersThatTheFetcherSetsAreRefusedAndBrokenOnesAreNotShown() throws Exception {
        int port = serve(request -> request.response().end());

        Throwable reserved = failure(http.get(
                new HttpFetch(URI.create(url(port)), Map.of("Host", "x"), Validators.NONE, Duration.ofSeconds(5), MIB),
                new Sink()));
        Throwable broken = failure(http.get(
                new HttpFetch(
                        URI.create(url(port)),
                        Map.of("x-key", "secret\r\nx: y"),
                        Validators.NONE,
                        Duration.ofSeconds(5),
                        MIB),
                new Sink()));

        assertThat(reserved).hasMessageContaining("headers: Host");
        assertThat(broken).hasMessageContaining("headers: x-key").hasMessageNotContaining("secret");
        assertThat(requests).isEmpty();
    }

    private int serve(Consumer<HttpServerRequest> handler) throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(request -> {
            requests.add(request);
            handler.accept(request);
        });
        return await(server.listen(0, "127.0.0.1")).actualPort();
    }

    private int raw(String answer) throws Exception {
        NetServer server = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(request -> socket.end(Buffer.buffer(answer))));
        return await(server.listen(0, "127.0.0.1")).actualPort();
    }

    private static HttpFetch fetch(String url) {
        return new HttpFetch(URI.create(url), Map.of(), Validators.NONE, Duration.ofSeconds(10), MIB);
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port + "/";
    }

    private static void assertKind(Throwable failure, Kind kind) {
        assertThat(failure).isInstanceOf(HttpFetchException.class);
        assertThat(((HttpFetchException) failure).kind())
                .as(failure.getMessage())
                .isEqualTo(kind);
    }

    private static Throwable failure(Future<?> future) {
        Throwable failure = catchThrowable(() -> await(future));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    private static final class Sink implements BodySink {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int size;

        @Override
        public synchronized Future<Void> accept(byte[] piece, int offset, int length) {
            size += length;
            if (bytes.size() < MIB) {
                bytes.write(piece, offset, length);
            }
            return Future.succeededFuture();
        }

        synchronized int size() {
            return size;
        }

        synchronized String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
