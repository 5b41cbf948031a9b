package dev.sluice.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.message.Candidate;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ListFormat;
import dev.sluice.parse.Rejection;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImporterVerticleTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final Vertx vertx = Vertx.vertx();
    private final ListStore store = new ListStore();
    private final Importer importer = new Importer(vertx, store, AddressPolicy.PUBLIC, InstantSource.fixed(NOW));

    @TempDir
    Path folder;

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void entriesOfAFileAreStoredAndCounted() throws Exception {
        Path file = write(
                "list.txt",
                "# mine\n1.2.3.4:80:Germany\n\nsocks5://u:p@1.2.3.5:1080\n1.2.3.4:80\n10.0.0.1:80\n1.2.3.6\n");
        store.proxies.put(ProxyKey.of(Scheme.UNKNOWN, "1.2.3.4", 80), candidate("1.2.3.4"));

        ImportResult result = run(file, ImportOptions.defaults().withMerge(Merge.REPLACE));

        ImportProgress counts = result.counts();
        assertThat(counts.lines()).isEqualTo(7);
        assertThat(counts.bytes()).isEqualTo(Files.size(file)).isEqualTo(counts.totalBytes());
        assertThat(counts.accepted()).isEqualTo(2);
        assertThat(counts.added()).isEqualTo(1);
        assertThat(counts.known()).isEqualTo(1);
        assertThat(counts.rejected())
                .isEqualTo(Map.of(
                        Rejection.COMMENT, 1L,
                        Rejection.BLANK, 1L,
                        Rejection.DUPLICATE, 1L,
                        Rejection.NON_PUBLIC, 1L,
                        Rejection.NO_PORT, 1L));
        assertThat(result.cancelled()).isFalse();
        assertThat(result.duration()).isEqualTo(Duration.ZERO);
        assertThat(store.batches).singleElement().satisfies(batch -> {
            assertThat(batch.source()).isEqualTo("import:list.txt");
            assertThat(batch.fetchedAtMillis()).isEqualTo(NOW.toEpochMilli());
            assertThat(batch.candidates())
                    .extracting(Candidate::key)
                    .containsExactly(
                            ProxyKey.of(Scheme.UNKNOWN, "1.2.3.4", 80),
                            new ProxyKey(Scheme.SOCKS5, "1.2.3.5", 1080, Credentials.of("u", "p")));
            assertThat(batch.candidates().get(0).claimedCountry()).isEqualTo("DE");
        });
        assertThat(store.merges).containsExactly(Merge.REPLACE);
    }

    @Test
    void theReportTellsTheFateOfEachLineWithoutCredentials() throws Exception {
        Path file = write("list.txt", "# x\nhttp://u:hunter2@1.2.3.4:80\n1.2.3.5:81:XK\n1.2.3.5:81\n1.2.3.5:99999\n");
        Path report = folder.resolve("report.ndjson");

        run(file, ImportOptions.defaults().withReport(report).withDryRun(true));

        assertThat(Files.readAllLines(report))
                .containsExactly(
                        "{\"line\":1,\"verdict\":\"skipped\",\"reason\":\"comment\"}",
                        "{\"line\":2,\"verdict\":\"accepted\",\"url\":\"http://1.2.3.4:80\"}",
                        "{\"line\":3,\"verdict\":\"accepted\",\"url\":\"unknown://1.2.3.5:81\",\"country\":\"XK\"}",
                        "{\"line\":4,\"verdict\":\"duplicate\"}",
                        "{\"line\":5,\"verdict\":\"rejected\",\"reason\":\"port-range\"}");
        for (String line : Files.readAllLines(report)) {
            JsonNode node = new ObjectMapper().readTree(line);
            assertThat(node.isObject()).isTrue();
        }
    }

    @Test
    void aDryRunWritesNothingAndNeedsNoStore() throws Exception {
        Path file = write("list.txt", "1.2.3.4:80\n");
        Importer alone = new Importer(vertx, null, AddressPolicy.PUBLIC);

        ImportResult result = await(alone.run(file, ImportOptions.defaults().withDryRun(true)));
        assertThat(result.counts().accepted()).isEqualTo(1);
        assertThat(result.counts().added()).isZero();
        run(file, ImportOptions.defaults().withDryRun(true));
        assertThat(store.batches).isEmpty();

        assertThatThrownBy(() -> await(alone.run(file, ImportOptions.defaults())))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no store");
    }

    @Test
    void everyFormatIsToldAndGzipIsOpened() throws Exception {
        String json = "{\"data\":[{\"ip\":\"1.2.3.4\",\"port\":\"80\",\"protocols\":[\"socks4\"]}]}";
        assertThat(run(write("a.json", json), ImportOptions.defaults()).counts().accepted())
                .isEqualTo(1);
        String lines = "{\"ip\":\"1.2.3.5\",\"port\":80}\nbroken\n{\"ip\":\"1.2.3.6\",\"port\":80}\n";
        assertThat(run(write("a.ndjson", lines), ImportOptions.defaults())
                        .counts()
                        .accepted())
                .isEqualTo(2);
        String csv = "ip;port;protocol\n1.2.3.7;80;http\n";
        assertThat(run(write("a.csv", csv), ImportOptions.defaults()).counts().accepted())
                .isEqualTo(1);
        byte[] gzip = gzip("1.2.3.8:80\n1.2.3.9:80\n");
        Path file = folder.resolve("a.txt.gz");
        Files.write(file, gzip);
        ImportProgress counts = run(file, ImportOptions.defaults()).counts();
        assertThat(counts.accepted()).isEqualTo(2);
        assertThat(counts.bytes()).isEqualTo(gzip.length);
        assertThat(store.proxies).hasSize(6);
        assertThat(run(write("b.txt", ""), ImportOptions.defaults()).counts().lines())
                .isZero();
        assertThat(run(write("c.txt", "\u001f"), ImportOptions.defaults().withFormat(ListFormat.TEXT))
                        .counts()
                        .lines())
                .isEqualTo(1);
    }

    @Test
    void theHttpAndTheHttpsEntryOfAnEndpointAreOneProxy() throws Exception {
        Path file = write("list.txt", "http://1.2.3.4:80\nhttps://1.2.3.4:80\n");
        ImportProgress counts = run(file, ImportOptions.defaults()).counts();
        assertThat(counts.accepted()).isEqualTo(2);
        assertThat(counts.added()).isEqualTo(1);
        assertThat(store.batches.get(0).candidates())
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.claimedCapabilities())
                        .isEqualTo(Capability.HTTP.bit() | Capability.HTTPS.bit()));
    }

    @Test
    void noMoreThanTwoBatchesAreEverOnTheirWay() throws Exception {
        Path file = folder.resolve("long.txt");
        writeLong(file, 10 * StoreFeed.CHUNK + 1);
        store.hold = true;
        Future<ImportResult> running = importer.run(file, ImportOptions.defaults());
        for (int batch = 1; batch <= 11; batch++) {
            // Batch n + 2 may only come after batch n was let go.
            store.awaitHeld();
            if (batch > 1) {
                store.release();
            }
        }
        store.release();
        ImportProgress counts = await(running).counts();
        assertThat(store.mostAtOnce.get()).isEqualTo(2);
        assertThat(counts.added()).isEqualTo(10L * StoreFeed.CHUNK + 1);
        assertThat(store.batches).hasSize(11);
        assertThat(store.batches.subList(0, 10))
                .allSatisfy(batch -> assertThat(batch.candidates()).hasSize(StoreFeed.CHUNK));
    }

    @Test
    void aStoreThatAnswersFromAWorkerDoesNotStopTheImport() throws Exception {
        Path file = folder.resolve("long.txt");
        writeLong(file, 6 * StoreFeed.CHUNK);
        store.worker = vertx;
        Promise<ImportResult> outcome = Promise.promise();
        vertx.runOnContext(v -> importer.run(file, ImportOptions.defaults()).onComplete(outcome));
        assertThat(await(outcome.future()).counts().added()).isEqualTo(6L * StoreFeed.CHUNK);
    }

    @Test
    void progressGrowsUntilAllIsCounted() throws Exception {
        Path file = folder.resolve("long.txt");
        writeLong(file, 50_000);
        List<ImportProgress> seen = new ArrayList<>();
        ImportResult result = run(file, ImportOptions.defaults().withProgress(seen::add));
        assertThat(seen).hasSizeGreaterThan(5);
        assertThat(seen).isSortedAccordingTo(Comparator.comparingLong(ImportProgress::lines));
        assertThat(seen.get(seen.size() - 1)).isEqualTo(result.counts());
        assertThat(result.counts().lines()).isEqualTo(50_000);
    }

    @Test
    void aCancelledImportKeepsWhatItHas() throws Exception {
        Path file = folder.resolve("long.txt");
        writeLong(file, 50_000);
        AtomicInteger asked = new AtomicInteger();
        ImportResult result = run(file, ImportOptions.defaults().withCancelled(() -> asked.incrementAndGet() > 3));
        assertThat(result.cancelled()).isTrue();
        assertThat(result.counts().accepted()).isBetween(1L, 49_999L);
        assertThat(result.counts().added()).isEqualTo(result.counts().accepted());
    }

    @Test
    void aFailingStoreEndsTheImportWithItsReason() throws Exception {
        Path file = folder.resolve("long.txt");
        writeLong(file, 50_000);
        store.failure = new StoreException(StoreException.Kind.FULL, "data/sluice.db: no room on the disk");
        assertThatThrownBy(() -> run(file, ImportOptions.defaults()))
                .hasRootCauseInstanceOf(StoreException.class)
                .hasMessageContaining("no room on the disk");
        assertThat(store.batches.size()).isLessThanOrEqualTo(4);
    }

    @Test
    void whatCannotBeReadIsNamed() throws Exception {
        assertThatThrownBy(() -> run(folder, ImportOptions.defaults()))
                .hasRootCauseInstanceOf(IOException.class)
                .hasMessageContaining(folder + ": a directory (expected: a file)");
        Path missing = folder.resolve("missing.txt");
        assertThatThrownBy(() -> run(missing, ImportOptions.defaults()))
                .hasRootCauseInstanceOf(IOException.class)
                .hasMessageContaining(missing + ": not there");
        Path cut = folder.resolve("cut.gz");
        byte[] gzip = gzip("1.2.3.4:80\n".repeat(1_000));
        Files.write(cut, Arrays.copyOf(gzip, gzip.length / 2));
        assertThatThrownBy(() -> run(cut, ImportOptions.defaults()))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining(cut.toString());
        Path file = write("list.txt", "1.2.3.4:80\n");
        Path report = folder.resolve("nowhere").resolve("report.ndjson");
        assertThatThrownBy(() -> run(file, ImportOptions.defaults().withReport(report)))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining(report + ": report not written");
    }

    private ImportResult run(Path file, ImportOptions options) throws Exception {
        return await(importer.run(file, options));
    }

    private static ImportResult await(Future<ImportResult> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static void writeLong(Path file, int lines) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (int i = 0; i < lines; i++) {
                writer.write("8." + (i >> 16 & 255) + '.' + (i >> 8 & 255) + '.' + (i & 255) + ":8080\n");
            }
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static Candidate candidate(String host) {
        return new Candidate(ProxyKey.of(Scheme.UNKNOWN, host, 80), Capability.NONE, null);
    }
}
