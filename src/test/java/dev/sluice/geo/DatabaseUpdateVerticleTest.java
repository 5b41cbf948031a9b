package dev.sluice.geo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.geo.mmdb.Mmdb;
import dev.sluice.geo.mmdb.TestDatabases;
import dev.sluice.geo.mmdb.TinyMmdb;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.junit5.VertxExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Updates from a server on loopback that plays MaxMind's, well and badly. */
@ExtendWith(VertxExtension.class)
class DatabaseUpdateVerticleTest {
    private static final String EDITION = "GeoLite2-City";
    private static final String PATH = "/geoip/databases/GeoLite2-City/download?suffix=tar.gz";
    private static final Secret KEY = Secret.of("s3cret-licence");
    private static final byte[] CITY = TestDatabases.bytes("GeoLite2-City-Test.mmdb");
    private static final int MAX_BYTES = 1 << 20;
    private static final String MODIFIED = "Fri, 20 Nov 2026 10:11:12 GMT";

    private final List<HttpServerRequest> requests = new CopyOnWriteArrayList<>();
    private Vertx vertx;
    private GuardedHttp http;
    private DatabaseUpdate update;
    private String base;
    private volatile Answer answer = (request, response) -> response.end();

    @TempDir
    private Path folder = Path.of(".");

    private interface Answer {
        void to(HttpServerRequest request, HttpServerResponse response) throws Exception;
    }

    @BeforeEach
    void build(Vertx injected) throws Exception {
        vertx = injected;
        http = new GuardedHttp(
                vertx, new Names(vertx, List.of(), 1), new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false));
        update = new DatabaseUpdate(vertx, http, folder, MAX_BYTES);
        base = serve();
    }

    @AfterEach
    void close() throws Exception {
        await(update.close());
        await(http.close());
    }

    private String serve() throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(request -> {
            requests.add(request);
            try {
                answer.to(request, request.response());
            } catch (Exception e) {
                request.response().setStatusCode(500).end(e.toString());
            }
        });
        return "http://127.0.0.1:" + await(server.listen(0, "127.0.0.1")).actualPort();
    }

    /** Plays MaxMind's service with this archive. */
    private void maxMind(byte[] archive, String sha256) {
        answer = (request, response) -> {
            if (request.uri().equals(PATH + ".sha256")) {
                response.end(sha256 + "  GeoLite2-City_20261120.tar.gz\n");
            } else if (MODIFIED.equals(request.getHeader("if-modified-since"))) {
                response.setStatusCode(304).end();
            } else {
                response.putHeader("last-modified", MODIFIED).end(Buffer.buffer(archive));
            }
        };
    }

    private Future<DatabaseUpdate.Outcome> edition() {
        return update.edition(base, "123456", KEY, EDITION);
    }

    @Test
    void anEditionIsFetchedCheckedAndPutInPlace() throws Exception {
        byte[] archive = gzip(tar("GeoLite2-City_20261120/GeoLite2-City.mmdb", CITY));
        maxMind(archive, sha256(archive));

        DatabaseUpdate.Outcome outcome = await(edition());

        assertThat(outcome.changed()).isTrue();
        assertThat(outcome.type()).isEqualTo("GeoLite2-City");
        assertThat(outcome.file())
                .isEqualTo(folder.resolve("GeoLite2-City.mmdb"))
                .hasBinaryContent(CITY);
        assertThat(names()).containsExactly("GeoLite2-City.mmdb");
        assertThat(requests)
                .hasSize(2)
                .allSatisfy(request -> assertThat(request.getHeader("authorization"))
                        .isEqualTo("Basic "
                                + Base64.getEncoder()
                                        .encodeToString("123456:s3cret-licence".getBytes(StandardCharsets.UTF_8))));

        requests.clear();
        DatabaseUpdate.Outcome again = await(edition());
        assertThat(again.changed()).as("nothing newer is there").isFalse();
        assertThat(again.type()).isEqualTo("GeoLite2-City");
        assertThat(requests).hasSize(1);
        assertThat(outcome.file()).hasBinaryContent(CITY);

        Files.write(outcome.file(), new byte[100]);
        assertThat(await(edition()).changed())
                .as("a broken file is fetched anew")
                .isTrue();
        assertThat(outcome.file()).hasBinaryContent(CITY);
    }

    @Test
    void aWrongChecksumChangesNothing() throws Exception {
        byte[] archive = gzip(tar("GeoLite2-City.mmdb", CITY));
        maxMind(archive, "0".repeat(64));

        failsAndKeepsTheOld("GeoLite2-City.mmdb: the download has SHA-256 " + sha256(archive));
    }

    @ParameterizedTest
    @CsvSource({
        "401, account id or licence key is wrong (geo.account-id)",
        "403, may not fetch this edition",
        "404, there is no such edition",
        "429, too many downloads today",
        "500, status 500",
    })
    void aRefusalIsExplained(int status, String meaning) throws Exception {
        answer = (request, response) -> response.setStatusCode(status).end("s3cret-licence");

        failsAndKeepsTheOld(meaning.replace(" (geo.account-id)", ""));
    }

    @Test
    void aTruncatedDownloadChangesNothing() throws Exception {
        byte[] archive = gzip(tar("GeoLite2-City.mmdb", CITY));
        byte[] cut = Arrays.copyOf(archive, archive.length / 2);
        maxMind(cut, sha256(cut));
        failsAndKeepsTheOld("ends early");

        answer = (request, response) -> {
            response.putHeader("content-length", String.valueOf(archive.length));
            response.write(Buffer.buffer(cut))
                    .onComplete(written -> request.connection().close());
        };
        failsAndKeepsTheOld("the body ends early");
    }

    @Test
    void whatIsNoDatabaseChangesNothing() throws Exception {
        for (byte[] content : List.of(new byte[0], "<html>".getBytes(StandardCharsets.UTF_8), new byte[5_000])) {
            byte[] archive = gzip(tar("GeoLite2-City.mmdb", content));
            maxMind(archive, sha256(archive));
            failsAndKeepsTheOld("GeoLite2-City.mmdb: no MaxMind DB");
        }
        byte[] other = gzip(tar("README.txt", CITY));
        maxMind(other, sha256(other));
        failsAndKeepsTheOld("no file whose name ends in .mmdb");
        maxMind(other, "no checksum");
        failsAndKeepsTheOld("checksum file");
    }

    @Test
    void whatUnpacksWithoutEndIsCutOff() throws Exception {
        for (byte[] bomb : List.of(
                gzip(new byte[64 << 20]),
                gzip(tar("GeoLite2-City.mmdb", new byte[16 << 20])),
                gzip(tar("other", new byte[64 << 20])))) {
            maxMind(bomb, sha256(bomb));
            failsAndKeepsTheOld("larger than geo.max-database, 1048576 bytes");
        }
        answer = (request, response) -> {
            response.setChunked(true);
            endless(response);
        };
        failsAndKeepsTheOld("more than 1048576 bytes");
    }

    private static void endless(HttpServerResponse response) {
        response.write(Buffer.buffer(new byte[64 << 10])).onSuccess(written -> endless(response));
    }

    @Test
    void aRedirectToPlainHttpElsewhereIsNotFollowed() throws Exception {
        String elsewhere = serve();
        answer = (request, response) -> response.setStatusCode(302)
                .putHeader("location", elsewhere + "/file")
                .end();

        failsAndKeepsTheOld("redirected to " + elsewhere + "/file (expected: https, or the same origin)");
        assertThat(requests).as("the other server heard nothing").hasSize(1);
    }

    @Test
    void aRedirectWithinTheOriginIsFollowed() throws Exception {
        byte[] archive = gzip(CITY);
        answer = (request, response) -> {
            if (request.path().equals("/first")) {
                response.setStatusCode(302).putHeader("location", "/second").end();
            } else {
                response.end(Buffer.buffer(archive));
            }
        };

        assertThat(await(update.fetch(URI.create(base + "/first"), sha256(archive), "own.mmdb"))
                        .changed())
                .isTrue();
        assertThat(folder.resolve("own.mmdb")).hasBinaryContent(CITY);
    }

    @Test
    void anyFormOfFileIsTaken() throws Exception {
        byte[] tiny = TinyMmdb.everywhere("DE");
        for (byte[] form : List.of(tiny, gzip(tiny), tar("deep/in/x.mmdb", tiny), gzip(tar("x.mmdb", tiny)))) {
            answer = (request, response) -> response.end(Buffer.buffer(form));
            DatabaseUpdate.Outcome outcome = await(update.fetch(URI.create(base + "/x"), null, "x.mmdb"));
            assertThat(outcome.changed()).isTrue();
            assertThat(outcome.builtAtMillis()).isEqualTo(1_700_000_000_000L);
            assertThat(outcome.file()).hasBinaryContent(tiny);
            Files.delete(outcome.file());
        }
    }

    @Test
    void nothingOutsideTheAllowedNetworksIsDialled() throws Exception {
        GuardedHttp strict = new GuardedHttp(vertx, new Names(vertx, List.of(), 1), AddressPolicy.PUBLIC);
        DatabaseUpdate forbidden = new DatabaseUpdate(vertx, strict, folder, MAX_BYTES);

        Throwable failure = failure(forbidden.fetch(URI.create(base + "/x"), null, "x.mmdb"));

        assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining("expected: a public address");
        assertThat(requests).isEmpty();
        await(strict.close());
    }

    private void failsAndKeepsTheOld(String message) throws Exception {
        Path target = folder.resolve("GeoLite2-City.mmdb");
        byte[] old = TinyMmdb.everywhere("DE");
        Files.write(target, old);
        requests.clear();

        Throwable failure = failure(edition());

        assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining(message);
        assertThat(failure.toString()).doesNotContain("s3cret");
        assertThat(target).hasBinaryContent(old);
        assertThat(Mmdb.open("old", Files.readAllBytes(target)).type()).isEqualTo("country ipv4");
        assertThat(names()).as("nothing is left behind").containsExactly("GeoLite2-City.mmdb");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static byte[] tar(String name, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        entry("COPYRIGHT.txt", "(c)".getBytes(StandardCharsets.UTF_8), out);
        entry(name, content, out);
        out.writeBytes(new byte[1_024]);
        return out.toByteArray();
    }

    private static void entry(String name, byte[] content, ByteArrayOutputStream out) {
        byte[] head = new byte[512];
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(nameBytes, 0, head, 0, nameBytes.length);
        byte[] size = String.format("%011o", content.length).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(size, 0, head, 124, size.length);
        head[156] = '0';
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, head, 257, 5);
        out.writeBytes(head);
        out.writeBytes(content);
        out.writeBytes(new byte[(512 - content.length % 512) % 512]);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static Throwable failure(Future<?> future) {
        @Nullable Throwable thrown = catchThrowable(() -> await(future));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        return thrown == null || thrown.getCause() == null ? new AssertionError("it did not fail") : thrown.getCause();
    }
}
