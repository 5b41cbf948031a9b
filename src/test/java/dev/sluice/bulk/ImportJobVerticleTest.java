package dev.sluice.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import dev.sluice.message.Candidate;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.ListFormat;
import dev.sluice.port.Imports;
import dev.sluice.port.JobKind;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.queue.PlayedRun;
import dev.sluice.queue.RetryLaterException;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImportJobVerticleTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String JOB = "01980000-0000-7000-8000-000000000001";
    private static final long MIB = 1L << 20;

    private final Vertx vertx = Vertx.vertx();
    private final List<GuardedHttp> clients = new ArrayList<>();
    private final ListAddresses addresses = new ListAddresses(TestVaults.usual(), new MemoryProxyStore().settings());

    @TempDir
    Path folder;

    private ImportPlace place;
    private ImportFiles files;

    @BeforeEach
    void makeDirectories() throws IOException {
        place = new ImportPlace(folder, "here", 64 * MIB);
        files = place.files();
        files.create();
    }

    @AfterEach
    void close() throws Exception {
        for (GuardedHttp http : clients) {
            http.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** Forms of the same list. */
    enum Form {
        TEXT(StandardCharsets.UTF_8, "list.txt"),
        WINDOWS(StandardCharsets.UTF_8, "list.txt"),
        MACINTOSH(StandardCharsets.UTF_8, "list.txt"),
        UTF_16(StandardCharsets.UTF_16, "list.txt"),
        GZIP(StandardCharsets.UTF_8, "list.gz"),
        ZSTD(StandardCharsets.UTF_8, "list.zst"),
        CSV(StandardCharsets.UTF_8, "list.csv"),
        LINES_OF_JSON(StandardCharsets.UTF_8, "list.ndjson"),
        JSON(StandardCharsets.UTF_8, "list.json"),
        HTML(StandardCharsets.UTF_8, "list.html");

        final Charset charset;
        final String name;

        Form(Charset charset, String name) {
            this.charset = charset;
            this.name = name;
        }

        byte[] write(Random random) throws IOException {
            StringBuilder text = new StringBuilder();
            switch (this) {
                case CSV -> text.append("ip,port,protocol,country\n");
                case JSON -> text.append("[{}");
                case HTML -> text.append("<table><tr><th>IP</th><th>Port</th><th>Protocol</th></tr>");
                default -> text.append("# mine\n\n");
            }
            for (int i = 0; i < 400; i++) {
                // One in four stood before, one in eight is no public address.
                int host = random.nextInt(4) == 0 ? random.nextInt(i + 1) : i;
                String ip = (host % 8 == 7 ? "10.0." : "8.8.") + (host >> 8) + '.' + (host & 255);
                String protocol = random.nextBoolean() ? "http" : "https";
                String country = random.nextBoolean() ? "DE" : "FR";
                switch (this) {
                    case CSV -> text.append(ip + ",8080," + protocol + ',' + country + "\n");
                    case JSON ->
                        text.append(",{\"ip\":\"" + ip + "\",\"port\":8080,\"protocols\":[\"http\",\"https\"]"
                                + ",\"country\":\"" + country + "\"}");
                    case LINES_OF_JSON ->
                        text.append("{\"ip\":\"" + ip + "\",\"port\":8080,\"protocols\":[\"" + protocol
                                + "\",\"socks5\"]}\n");
                    case HTML -> text.append("<tr><td>" + ip + "</td><td>8080</td><td>" + protocol + "</td></tr>");
                    default -> text.append(protocol + "://" + ip + ":8080\n");
                }
                if (i % 50 == 49 && this != JSON && this != HTML) {
                    text.append("größer:hunter\n");
                }
            }
            text.append(this == JSON ? "]" : this == HTML ? "</table>" : "");
            String whole = text.toString();
            return switch (this) {
                case WINDOWS -> whole.replace("\n", "\r\n").getBytes(charset);
                case MACINTOSH -> whole.replace("\n", "\r").getBytes(charset);
                // In members, and cut within a line.
                case GZIP ->
                    joined(
                            gzip(whole.substring(0, 1_003).getBytes(charset)),
                            gzip(whole.substring(1_003).getBytes(charset)));
                case ZSTD ->
                    joined(
                            Zstd.compress(whole.substring(0, 1_003).getBytes(charset)),
                            Zstd.compress(whole.substring(1_003).getBytes(charset)));
                default -> whole.getBytes(charset);
            };
        }
    }

    /** What an import left behind. */
    private record Left(
            Map<ProxyKey, Candidate> proxies,
            long lines,
            long accepted,
            long added,
            long known,
            long rejected,
            String report) {}

    @ParameterizedTest
    @EnumSource(Form.class)
    void aCrashBetweenAnyTwoChunksChangesNothing(Form form) throws Exception {
        long seed = 20260102L + form.ordinal();
        for (Merge merge : new Merge[] {Merge.UPDATE, Merge.SKIP}) {
            byte[] list = form.write(new Random(seed));
            Left undisturbed = crashing(form, list, merge, new ListStore(), () -> new ChunkSize(60, 60, 1, 60), -1);
            assertThat(undisturbed.lines).isGreaterThanOrEqualTo(400);
            assertThat(undisturbed.added).isBetween(200L, 800L);
            assertThat(undisturbed.known).isPositive();
            assertThat(undisturbed.rejected).isPositive();
            // A first run tells how many boundaries there are; every one of them is a place to crash at, twice.
            for (int crash = 0; crash < 40; crash++) {
                Random random = new Random(seed + crash);
                Left disturbed = crashing(
                        form,
                        list,
                        merge,
                        new ListStore(),
                        () -> new ChunkSize(5 + random.nextInt(40), 5, 1 + random.nextInt(20), 90),
                        crash);
                assertThat(disturbed)
                        .as("%s, %s, crash at %d, seed %d", form, merge, crash, seed)
                        .isEqualTo(undisturbed);
            }
        }
    }

    /** Runs until it is done. An attempt ends before the chunk {@code crash / 2} of it is written, or behind it. */
    private Left crashing(Form form, byte[] list, Merge merge, ListStore store, Supplier<ChunkSize> sizes, int crash)
            throws Exception {
        Files.deleteIfExists(files.rejected(JOB));
        ImportJob job = job(store, sizes);
        PlayedRun run = upload(form.name, list, merge);
        for (int attempt = 0; attempt < 500; attempt++) {
            store.leaseToken = run.token();
            store.stopsBefore = crash >= 0 && crash % 2 == 0 && attempt < 5 ? crash / 2 : -1;
            store.stopsAfter = crash >= 0 && crash % 2 == 1 && attempt < 5 ? crash / 2 : -1;
            try {
                Imports.Progress result = progress(await(job.run(run)));
                await(job.close());
                return new Left(
                        new HashMap<>(store.proxies),
                        result.lines(),
                        result.accepted(),
                        result.added(),
                        result.known(),
                        result.rejected(),
                        Files.readString(files.rejected(JOB)));
            } catch (ExecutionException e) {
                assertThat(e.getCause()).hasMessage("the database is gone");
                run = run.next(run.token() + 1);
            }
        }
        throw new AssertionError("never done");
    }

    @Test
    void whatAListSaysTwiceIsKnownTheSecondTime() throws Exception {
        ListStore store = new ListStore();
        store.proxies.put(key("8.8.8.1"), new Candidate(key("8.8.8.1"), Capability.NONE, null));
        Imports.Progress result = imported(
                store,
                "list.txt",
                "# mine\n8.8.8.1:80\n8.8.8.2:80\n8.8.8.2:80\n\n10.0.0.1:80\n8.8.8.3\n8.8.8.2:80\n"
                        .getBytes(StandardCharsets.UTF_8));

        assertThat(result.phase()).isEqualTo("done");
        assertThat(result.lines()).isEqualTo(8);
        assertThat(result.accepted()).isEqualTo(4);
        assertThat(result.added()).isEqualTo(1);
        assertThat(result.known()).isEqualTo(3);
        assertThat(result.rejected()).isEqualTo(2);
        assertThat(result.bytes()).isEqualTo(result.totalBytes()).isPositive();
        assertThat(result.secondsLeft()).isZero();
        assertThat(report())
                .containsExactly(
                        "{\"line\":6,\"verdict\":\"rejected\",\"reason\":\"non-public\",\"detail\":\"private\","
                                + "\"sample\":\"10.0.0.1:80\"}",
                        "{\"line\":7,\"verdict\":\"rejected\",\"reason\":\"no-port\",\"sample\":\"8.8.8.3\"}");
    }

    @Test
    void everyChunkCarriesTheListsNameAndTheTimeItBegan() throws Exception {
        ListStore store = new ListStore();
        imported(store, "list.txt", lines(0, 100), () -> new ChunkSize(10, 10, 1, 10));
        List<ImportChunk> chunks = store.chunks(JOB);
        assertThat(chunks).hasSize(10).allSatisfy(chunk -> {
            assertThat(chunk.entries().source()).isEqualTo("import:list.txt");
            assertThat(chunk.entries().fetchedAtMillis()).isEqualTo(NOW.toEpochMilli());
            assertThat(chunk.lines()).isEqualTo(10);
        });
        assertThat(store.merges).containsOnly(Merge.UPDATE);
    }

    @Test
    void mergesReachTheStore() throws Exception {
        for (Merge merge : Merge.values()) {
            ListStore store = new ListStore();
            PlayedRun run = upload("list.txt", lines(0, 5), merge);
            await(job(store, ImportJobVerticleTest::usual).run(run));
            assertThat(store.merges).containsExactly(merge);
        }
    }

    @Test
    void aDryRunOnlyCountsAndGoesOnFromItsNotes() throws Exception {
        ListStore store = new ListStore();
        ImportPayload payload = new ImportPayload(
                "list.txt", Merge.UPDATE, ListFormat.AUTO, null, false, true, stored(lines(0, 50)), null);
        Imports.Progress result =
                progress(await(job(store, ImportJobVerticleTest::usual).run(run(payload))));
        assertThat(result.accepted()).isEqualTo(50);
        assertThat(result.added()).isZero();
        assertThat(result.known()).isZero();
        assertThat(store.chunks(JOB)).isEmpty();

        payload = new ImportPayload(
                "list.txt", Merge.UPDATE, ListFormat.AUTO, null, false, true, stored(lines(0, 50)), null);
        // 20 lines of 13 or 14 bytes were counted already, by an attempt that was not heard of again.
        long offset = new String(lines(0, 20), StandardCharsets.UTF_8).length();
        ImportCursor noted = new ImportCursor(
                NOW.toEpochMilli(), null, 0, offset, 20, 0, 20, 0, RejectedLines.Mark.BEGINNING, false);
        PlayedRun second = new PlayedRun(JOB, newJob(payload), 2, 0, Json.write(noted));
        assertThat(progress(await(job(store, ImportJobVerticleTest::usual).run(second)))
                        .accepted())
                .isEqualTo(50);
    }

    @Test
    void onceTheLeaseIsLostNothingMoreIsWritten() throws Exception {
        ListStore store = new ListStore();
        byte[] list = lines(0, 500);
        PlayedRun run = upload("list.txt", list, Merge.UPDATE);
        store.afterChunk = () -> {
            if (store.chunks(JOB).size() == 3) {
                store.leaseToken = 2;
            }
        };
        assertThatThrownBy(() ->
                        await(job(store, () -> new ChunkSize(10, 10, 1, 10)).run(run)))
                .hasCauseInstanceOf(LeaseLostException.class);
        assertThat(store.chunks(JOB)).hasSize(3);

        store.afterChunk = null;
        Imports.Progress result =
                progress(await(job(store, () -> new ChunkSize(7, 7, 1, 7)).run(run.next(2))));
        assertThat(result.added()).isEqualTo(500);
        assertThat(result.lines()).isEqualTo(500);
        assertThat(store.proxies).hasSize(500);
        assertThat(store.chunks(JOB).get(3).lines()).isEqualTo(7);
    }

    @ParameterizedTest
    @EnumSource(
            value = Form.class,
            names = {"TEXT", "ZSTD", "JSON"})
    void aCancelledImportKeepsWhatItWroteAndGoesOnFromThere(Form form) throws Exception {
        byte[] list = form.write(new Random(7));
        Left undisturbed = crashing(form, list, Merge.UPDATE, new ListStore(), ImportJobVerticleTest::usual, -1);
        ListStore store = new ListStore();
        store.worker = vertx;
        Files.deleteIfExists(files.rejected(JOB));
        PlayedRun run = upload(form.name, list, Merge.UPDATE);
        store.afterChunk = () -> {
            if (store.chunks(JOB).size() == 5) {
                run.stop();
            }
        };
        ImportJob job = job(store, () -> new ChunkSize(10, 10, 1, 10));
        assertThatThrownBy(() -> await(job.run(run))).hasCauseInstanceOf(JobStoppedException.class);
        int written = store.proxies.size();
        assertThat(written).isBetween(20, undisturbed.proxies.size() - 1);
        Imports.Progress told = progress(run.notes.get(run.notes.size() - 1));
        assertThat(told.added()).isEqualTo(written);
        assertThat(told.accepted()).isEqualTo(told.added() + told.known());

        store.afterChunk = null;
        Imports.Progress result = progress(await(job.run(run.next(1))));
        assertThat(store.proxies).isEqualTo(undisturbed.proxies);
        assertThat(result.accepted()).isEqualTo(undisturbed.accepted);
        assertThat(result.added()).isEqualTo(undisturbed.added);
        assertThat(result.rejected()).isEqualTo(undisturbed.rejected);
        assertThat(Files.readString(files.rejected(JOB))).isEqualTo(undisturbed.report);
    }

    @Test
    void onceAllIsNotedOnlyTheResultIsMissingAndTheListMayBeGone() throws Exception {
        ListStore store = new ListStore();
        PlayedRun run = upload("list.txt", lines(0, 30), Merge.UPDATE);
        ImportJob job = job(store, ImportJobVerticleTest::usual);
        Imports.Progress first = progress(await(job.run(run)));
        try (var left = Files.list(folder.resolve("uploads"))) {
            assertThat(left).isEmpty();
        }
        Imports.Progress second = progress(await(job.run(run.next(2))));
        assertThat(second.added()).isEqualTo(first.added()).isEqualTo(30);
        assertThat(second.lines()).isEqualTo(first.lines());
        assertThat(store.chunks(JOB)).hasSize(1);
    }

    @Test
    void aListThatIsGoneIsGivenUp() throws Exception {
        ImportPayload payload = new ImportPayload(
                "list.txt", Merge.UPDATE, ListFormat.AUTO, null, false, false, files.newUpload(), null);
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(run(payload))))
                .hasCauseInstanceOf(PermanentJobException.class)
                .hasMessageContaining("list.txt: what was uploaded is gone");
        PlayedRun outside = run(new ImportPayload(
                "list.txt", Merge.UPDATE, ListFormat.AUTO, null, false, false, "../../etc/passwd", null));
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(outside)))
                .hasMessageContaining("expected: a name without directories");
        PlayedRun nonsense =
                new PlayedRun(JOB, NewJob.of(JobKind.IMPORT, Imports.TYPE, "{\"merge\":\"secret\"}"), 1, 0, null);
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(nonsense)))
                .hasCauseInstanceOf(PermanentJobException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void brokenCompressionIsGivenUpBehindWhatWasWhole() throws Exception {
        byte[] list = lines(0, 60_000);
        byte[] gzip = gzip(list);
        byte[] zstd = zstd(list, 0);
        for (byte[] whole : List.of(gzip, zstd)) {
            ListStore store = new ListStore();
            PlayedRun run = upload("list", Arrays.copyOf(whole, whole.length / 2), Merge.UPDATE);
            assertThatThrownBy(() ->
                            await(job(store, () -> new ChunkSize(50, 50, 1, 50)).run(run)))
                    .hasCauseInstanceOf(PermanentJobException.class)
                    .hasMessageContaining("list: ")
                    .hasMessageNotContaining(folder.toString());
            assertThat(store.proxies.size())
                    .isBetween(1_000, 59_999)
                    .isEqualTo(store.chunks(JOB).size() * 50);
        }
        byte[] spoilt = gzip.clone();
        Arrays.fill(spoilt, spoilt.length / 2, spoilt.length / 2 + 40, (byte) 0x55);
        PlayedRun run = upload("list", spoilt, Merge.UPDATE);
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(run)))
                .hasCauseInstanceOf(PermanentJobException.class);
    }

    @Test
    void bombsAreGivenUp() throws Exception {
        byte[] zeroes = new byte[(int) (40 * MIB)];
        Arrays.fill(zeroes, (byte) '\n');
        PlayedRun ratio = upload("bomb.gz", gzip(zeroes), Merge.UPDATE);
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(ratio)))
                .hasCauseInstanceOf(PermanentJobException.class)
                .hasMessageContaining("bomb.gz: unpacks to more than 100 times its size");

        place = new ImportPlace(folder, "here", MIB);
        PlayedRun size = upload("large.zst", zstd(lines(0, 200_000), 0), Merge.UPDATE);
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(size)))
                .hasCauseInstanceOf(PermanentJobException.class)
                .hasMessageContaining("large.zst: more than 1048576 bytes of content");
    }

    @Test
    void aZstdWindowIsHeldOnlyUpToABound() throws Exception {
        byte[] list = lines(0, 2_000);
        assertThat(imported(new ListStore(), "list.zst", zstd(list, 27)).added())
                .isEqualTo(2_000);
        byte[] wider = zstd(list, 27);
        // RFC 8878, section 3.1.1.1.2: the same frame asks for twice the window.
        wider[5] = (byte) (28 - 10 << 3);
        PlayedRun run = upload("list.zst", wider, Merge.UPDATE);
        assertThatThrownBy(() ->
                        await(job(new ListStore(), ImportJobVerticleTest::usual).run(run)))
                .hasCauseInstanceOf(PermanentJobException.class)
                .hasMessageContaining("list.zst: zstd: ");
    }

    @Test
    void anEndlessLineIsOneRejection() throws Exception {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        list.write("8.8.8.8:80\n".getBytes(StandardCharsets.US_ASCII));
        byte[] endless = new byte[(int) (3 * MIB)];
        Arrays.fill(endless, (byte) 'x');
        list.write(endless);
        list.write("\n8.8.4.4:80\n".getBytes(StandardCharsets.US_ASCII));
        list.write(endless);
        Imports.Progress result = imported(new ListStore(), "list.txt", list.toByteArray());
        assertThat(result.lines()).isEqualTo(4);
        assertThat(result.added()).isEqualTo(2);
        assertThat(result.rejected()).isEqualTo(2);
        assertThat(report()).hasSize(2).allSatisfy(line -> assertThat(line).contains("\"reason\":\"too-long\""));
    }

    @Test
    void mixedEncodingsAreCountedExactly() throws Exception {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        list.write("\ufeff8.8.8.8:80 Müll\n".getBytes(StandardCharsets.UTF_8));
        list.write("8.8.4.4:80 M\u00fcnchen\n".getBytes(StandardCharsets.ISO_8859_1));
        list.write(new byte[] {'8', '.', '8', '.', '8', '.', '9', ':', '8', '0', ' ', (byte) 0xe2, (byte) 0x82, '\n'});
        list.write("größer\n".getBytes(StandardCharsets.ISO_8859_1));
        list.write(new byte[] {(byte) 0xff, (byte) 0xfe, 0, '\n'});
        Imports.Progress mixed = imported(new ListStore(), "list.txt", list.toByteArray());
        assertThat(mixed.lines()).isEqualTo(5);
        assertThat(mixed.added()).isEqualTo(3);
        assertThat(mixed.rejected()).isEqualTo(2);
        for (String line : report()) {
            assertThat(MAPPER.readTree(line).isObject()).isTrue();
        }

        for (Charset charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
            ByteArrayOutputStream wide = new ByteArrayOutputStream();
            wide.write("\ufeff8.8.8.8:80\r\n\ud83c\udde9\ud83c\uddea 8.8.4.4:80\n".getBytes(charset));
            // Half a pair, and half a character.
            wide.write(
                    charset == StandardCharsets.UTF_16BE ? new byte[] {(byte) 0xd8, 0} : new byte[] {0, (byte) 0xd8});
            wide.write("\n8.8.9.9:80\n".getBytes(charset));
            wide.write('x');
            Imports.Progress result = imported(new ListStore(), "wide.txt", wide.toByteArray());
            assertThat(result.added()).as(charset.name()).isEqualTo(3);
            assertThat(result.lines()).as(charset.name()).isEqualTo(5);
            // What is left of half a character is no letter: such lines are headings at worst.
            assertThat(result.rejected()).as(charset.name()).isZero();
        }
    }

    @Test
    void randomBytesAreCountedLineByLine() throws Exception {
        long seed = 99;
        byte[] noise = new byte[200_000];
        new Random(seed).nextBytes(noise);
        // Not like anything that is told from its beginning.
        noise[0] = 'x';
        Imports.Progress result = imported(new ListStore(), "noise", noise);
        String text = new String(noise, StandardCharsets.ISO_8859_1);
        long lines = text.split("\r\n|\r|\n", -1).length;
        lines -= text.endsWith("\n") || text.endsWith("\r") ? 1 : 0;
        assertThat(result.lines()).as("seed %d", seed).isEqualTo(lines);
        assertThat(result.accepted()).isEqualTo(result.added() + result.known());
        assertThat(report())
                .hasSize((int) result.rejected())
                .allSatisfy(
                        line -> assertThat(MAPPER.readTree(line).path("verdict").asText())
                                .isEqualTo("rejected"));
    }

    @Test
    void theReportIsBoundedAndSaysHowManyAreNotInIt() throws Exception {
        ListStore store = new ListStore();
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            list.append("nothing ").append(i).append('\n');
            list.append(i % 100 == 0 ? "8.8.8." + i / 100 + ":80\n" : "");
        }
        PlayedRun run = upload("list.txt", list.toString().getBytes(StandardCharsets.US_ASCII), Merge.UPDATE);
        store.stopsAfter = 3;
        ImportJob job = new ImportJob(
                vertx,
                store,
                http(AddressPolicy.PUBLIC),
                AddressPolicy.PUBLIC,
                place,
                addresses,
                1,
                InstantSource.fixed(NOW),
                100_000,
                () -> new ChunkSize(5, 5, 1, 5));
        assertThatThrownBy(() -> await(job.run(run))).hasMessageContaining("the database is gone");
        Imports.Progress result = progress(await(job.run(run.next(1))));
        assertThat(result.rejected()).isEqualTo(5_000);
        List<String> report = report();
        assertThat(Files.size(files.rejected(JOB))).isLessThan(100_300);
        JsonNode last = MAPPER.readTree(report.get(report.size() - 1));
        assertThat(last.path("verdict").asText()).isEqualTo("left-out");
        assertThat(last.path("lines").asLong())
                .isEqualTo(5_000 - (report.size() - 1))
                .isPositive();
        assertThat(report.stream().distinct()).hasSameSizeAs(report);
    }

    @Test
    void whatAReportLostCountsAsLeftOut() throws Exception {
        ListStore store = new ListStore();
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            list.append("nothing ").append(i).append("\n8.8.8.").append(i).append(":80\n");
        }
        PlayedRun run = upload("list.txt", list.toString().getBytes(StandardCharsets.US_ASCII), Merge.UPDATE);
        store.stopsBefore = 2;
        ImportJob job = job(store, () -> new ChunkSize(10, 10, 1, 10));
        assertThatThrownBy(() -> await(job.run(run))).hasMessageContaining("the database is gone");
        // As after a loss of power: the end of the file is gone, within a line.
        byte[] there = Files.readAllBytes(files.rejected(JOB));
        String first =
                new String(there, StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
        Files.write(files.rejected(JOB), Arrays.copyOf(there, 3 * (first.length() + 1) - 5));

        assertThat(progress(await(job.run(run.next(1)))).rejected()).isEqualTo(40);
        List<String> report = report();
        assertThat(MAPPER.readTree(report.get(report.size() - 1)).path("lines").asLong())
                .isEqualTo(40 - (report.size() - 1))
                .isPositive();
    }

    @Test
    void noSampleShowsAPassword() throws Exception {
        String list = String.join(
                "\n",
                "http://alice:hunter2@10.0.0.1:80",
                "http://alice:hunter2@8.8.8.8:99999",
                "alice:hunter2@8.8.8.8",
                "8.8.8.8:99999:alice:hunter2",
                "socks5://8.8.8.8:99999:alice:hunter2",
                "alice:hunter2:8.8.8.8:99999",
                "alice:hunter2:10.0.0.1:80",
                "8.8.8.8 99999 alice hunter2",
                "8.8.8.8,99999,alice,hunter2",
                "8.8.8.8;99999;alice;hunter2",
                "8.8.8.8|99999|alice|hunter2",
                "8.8.8.8\t99999\talice\thunter2",
                "socks5 8.8.8.8 99999 alice hunter2",
                "10.0.0.1:80:alice:hunter2",
                "8.8.8.8 alice:hunter2",
                "user=alice password=hunter2 host=8.8.8.8",
                "login alice, pass: hunter2, ip 8.8.8.8",
                "{\"ip\":\"8.8.8.8\",\"port\":99999,\"user\":\"alice\",\"password\":\"hunter2\"}",
                "{\"ip\":\"8.8.8.8\",\"pwd\":\"hunter2\"",
                "http://8.8.8.8/?token=hunter2",
                "ftp://alice:hunter2@8.8.8.8:21",
                "alice:hunter2");
        imported(new ListStore(), "list.txt", list.getBytes(StandardCharsets.UTF_8));
        assertThat(report())
                .hasSizeGreaterThan(15)
                .allSatisfy(line -> assertThat(line).doesNotContain("hunter2"));
        String table = "ip,port,username,password\n8.8.8.8,99999,alice,hunter2\n,80,alice,hunter2\n"
                + "nonsense,alice,hunter2\n8.8.8.8:99999:alice:hunter2\n";
        imported(new ListStore(), "list.csv", table.getBytes(StandardCharsets.UTF_8));
        assertThat(report()).hasSize(4).allSatisfy(line -> assertThat(line).doesNotContain("hunter2"));
    }

    // Lists that are fetched

    @Test
    void aListIsFetchedReadAndRemoved() throws Exception {
        ListStore store = new ListStore();
        int port = serve(request -> request.response().end(Buffer.buffer(lines(0, 3_000))));
        PlayedRun run = fetched("http://127.0.0.1:" + port + "/list.txt?key=hunter2");
        Imports.Progress result = progress(await(fetching(store).run(run)));
        assertThat(result.added()).isEqualTo(3_000);
        assertThat(run.notes).noneSatisfy(note -> assertThat(note).contains("hunter2"));
        try (var left = Files.list(folder.resolve("uploads"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void anUnchangedListIsNotFetchedTwiceAndGoesOn() throws Exception {
        ListStore store = new ListStore();
        AtomicInteger asked = new AtomicInteger();
        int port = serve(request -> {
            asked.incrementAndGet();
            request.response().end(Buffer.buffer(lines(0, 100)));
        });
        PlayedRun run = fetched("http://127.0.0.1:" + port + "/");
        store.stopsBefore = 4;
        ImportJob job = fetching(store);
        assertThatThrownBy(() -> await(job.run(run))).hasMessageContaining("the database is gone");
        Imports.Progress result = progress(await(job.run(run.next(1))));
        assertThat(asked).hasValue(1);
        assertThat(result.lines()).isEqualTo(100);
        assertThat(result.added()).isEqualTo(100);
    }

    @Test
    void aListThatIsFetchedAnewAndIsTheSameGoesOnWhereItWas() throws Exception {
        ListStore store = new ListStore();
        int port = serve(request -> request.response().end(Buffer.buffer(lines(0, 100))));
        PlayedRun run = fetched("http://127.0.0.1:" + port + "/");
        store.stopsBefore = 4;
        ImportJob job = fetching(store);
        assertThatThrownBy(() -> await(job.run(run))).hasMessageContaining("the database is gone");
        // As on another node.
        Files.delete(files.fetched(JOB));
        Imports.Progress result = progress(await(job.run(run.next(1))));
        assertThat(result.lines()).isEqualTo(100);
        assertThat(result.accepted()).isEqualTo(100);
        assertThat(result.added()).isEqualTo(100);
    }

    @Test
    void aListThatChangedIsReadFromItsBeginningAndTheStoreTellsWhatItKnows() throws Exception {
        ListStore store = new ListStore();
        AtomicInteger asked = new AtomicInteger();
        int port = serve(request ->
                request.response().end(Buffer.buffer(asked.incrementAndGet() == 1 ? lines(0, 100) : lines(20, 120))));
        PlayedRun run = fetched("http://127.0.0.1:" + port + "/");
        store.stopsBefore = 4;
        ImportJob job = fetching(store);
        assertThatThrownBy(() -> await(job.run(run))).hasMessageContaining("the database is gone");
        assertThat(store.proxies).hasSize(40);
        Files.delete(files.fetched(JOB));

        Imports.Progress result = progress(await(job.run(run.next(1))));
        assertThat(store.proxies).hasSize(120);
        assertThat(result.lines()).isEqualTo(140);
        assertThat(result.accepted()).isEqualTo(140);
        assertThat(result.added()).isEqualTo(120);
        assertThat(result.known()).isEqualTo(20);
        assertThat(report()).singleElement().satisfies(line -> assertThat(line).contains("\"restarted\""));
    }

    @Test
    void whatASourceAnswersDecidesWhetherItIsAskedAgain() throws Exception {
        int port = serve(request -> {
            switch (request.path()) {
                case "/gone" -> request.response().setStatusCode(404).end();
                case "/busy" ->
                    request.response()
                            .setStatusCode(503)
                            .putHeader("retry-after", "17")
                            .end();
                case "/ill" -> request.response().setStatusCode(500).end();
                case "/large" ->
                    request.response()
                            .putHeader("content-length", Long.toString(65 * MIB))
                            .end();
                default ->
                    request.response()
                            .setStatusCode(302)
                            .putHeader("location", "http://10.0.0.1/")
                            .end();
            }
        });
        String origin = "http://127.0.0.1:" + port;
        assertThat(failure(origin + "/gone")).isInstanceOf(PermanentJobException.class);
        assertThat(failure(origin + "/busy"))
                .isInstanceOfSatisfying(
                        RetryLaterException.class,
                        later -> assertThat(later.delay().toSeconds()).isEqualTo(17));
        assertThat(failure(origin + "/ill")).isInstanceOf(IOException.class);
        assertThat(failure(origin + "/large")).isInstanceOf(PermanentJobException.class);
        assertThat(failure(origin + "/inside")).isInstanceOf(PermanentJobException.class);
        assertThat(failure("http://10.0.0.1/")).isInstanceOf(PermanentJobException.class);
        try (var left = Files.list(folder.resolve("uploads"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aSourceThatSendsNothingMoreDoesNotKeepACancelledImport() throws Exception {
        PlayedRun[] run = new PlayedRun[1];
        int port = serve(request -> {
            request.response().setChunked(true);
            // Silent from here on: the wish to stop is what ends it.
            request.response().write("8.8.8.8:80\n").onSuccess(v -> run[0].stop());
        });
        run[0] = fetched("http://127.0.0.1:" + port + "/");
        assertThatThrownBy(() -> await(fetching(new ListStore()).run(run[0])))
                .hasCauseInstanceOf(JobStoppedException.class);
        try (var left = Files.list(folder.resolve("uploads"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aListThatCameBrokenIsFetchedAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        byte[] gzip = gzip(lines(0, 1_000));
        int port = serve(request -> request.response()
                .end(Buffer.buffer(asked.incrementAndGet() == 1 ? Arrays.copyOf(gzip, gzip.length / 2) : gzip)));
        ListStore store = new ListStore();
        PlayedRun run = fetched("http://127.0.0.1:" + port + "/");
        ImportJob job = fetching(store);
        AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
        assertThatThrownBy(() -> await(job.run(run))).satisfies(failure -> first.set(failure.getCause()));
        assertThat(first.get()).isNotInstanceOf(PermanentJobException.class);
        assertThat(progress(await(job.run(run.next(1)))).accepted()).isGreaterThanOrEqualTo(1_000);
        assertThat(store.proxies).hasSize(1_000);
    }

    private Throwable failure(String url) throws Exception {
        try {
            await(fetching(new ListStore()).run(fetched(url)));
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError(url + " was imported");
    }

    private ImportJob fetching(ListStore store) {
        AddressPolicy loopback = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
        return new ImportJob(
                vertx,
                store,
                http(loopback),
                AddressPolicy.PUBLIC,
                place,
                addresses,
                1,
                InstantSource.fixed(NOW),
                RejectedLines.MAX_BYTES,
                () -> new ChunkSize(10, 10, 1, 10));
    }

    private GuardedHttp http(AddressPolicy policy) {
        GuardedHttp http = new GuardedHttp(vertx, new Names(vertx, List.of(), 1), policy);
        clients.add(http);
        return http;
    }

    private int serve(Consumer<HttpServerRequest> answer) throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(answer::accept);
        return await(server.listen(0, "127.0.0.1")).actualPort();
    }

    @Test
    void anAddressIsDecryptedToBeFetched() throws Exception {
        int port = serve(request -> request.response().end("8.8.8.8:80\n"));
        String url = "http://127.0.0.1:" + port + "/list?key=hush";
        ListStore store = new ListStore();

        await(fetching(store).run(fetched(await(addresses.seal(url, "list")))));

        assertThat(store.chunks(JOB)).isNotEmpty();
    }

    @Test
    void anAddressWhoseKeyIsNotHereEndsTheAttemptAndNotTheJob() throws Exception {
        ListAddresses others =
                new ListAddresses(TestVaults.of(TestVaults.OTHER_KEY), new MemoryProxyStore().settings());

        assertThat(failure(await(others.seal("http://127.0.0.1:1/list?key=hush", "list"))))
                .isNotInstanceOf(PermanentJobException.class)
                .hasMessageContaining("cannot be decrypted (expected: the encryption key")
                .hasMessageNotContaining("hush");
    }

    private PlayedRun fetched(String url) {
        return run(new ImportPayload("list", Merge.UPDATE, ListFormat.AUTO, null, false, false, null, url));
    }

    // Lists that were uploaded

    private static ChunkSize usual() {
        return ChunkSize.within(Runtime.getRuntime().maxMemory());
    }

    private ImportJob job(ListStore store, Supplier<ChunkSize> sizes) {
        return new ImportJob(
                vertx,
                store,
                http(AddressPolicy.PUBLIC),
                AddressPolicy.PUBLIC,
                place,
                addresses,
                1,
                InstantSource.fixed(NOW),
                RejectedLines.MAX_BYTES,
                sizes);
    }

    private Imports.Progress imported(ListStore store, String name, byte[] list) throws Exception {
        return imported(store, name, list, ImportJobVerticleTest::usual);
    }

    private Imports.Progress imported(ListStore store, String name, byte[] list, Supplier<ChunkSize> sizes)
            throws Exception {
        Files.deleteIfExists(files.rejected(JOB));
        return progress(await(job(store, sizes).run(upload(name, list, Merge.UPDATE))));
    }

    private PlayedRun upload(String name, byte[] list, Merge merge) throws IOException {
        return run(new ImportPayload(name, merge, ListFormat.AUTO, null, false, false, stored(list), null));
    }

    private String stored(byte[] list) throws IOException {
        String file = files.newUpload();
        Files.write(files.upload(file), list);
        return file;
    }

    private static PlayedRun run(ImportPayload payload) {
        return new PlayedRun(JOB, newJob(payload), 1, 0, null);
    }

    private static NewJob newJob(ImportPayload payload) {
        return NewJob.of(JobKind.IMPORT, Imports.TYPE, Json.write(payload));
    }

    private List<String> report() throws IOException {
        return Files.readAllLines(files.rejected(JOB));
    }

    private static ProxyKey key(String host) {
        return ProxyKey.of(Scheme.UNKNOWN, host, 80);
    }

    private static Imports.Progress progress(String json) {
        return Json.read(json, Imports.Progress.class);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static byte[] lines(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append("8." + (i >> 16 & 255) + '.' + (i >> 8 & 255) + '.' + (i & 255) + ":8080\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] zstd(byte[] content, int windowLog) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
            if (windowLog > 0) {
                out.setLong(windowLog);
            }
            // In two, so that a frame does not know its size, and asks for the whole window.
            out.write(content, 0, content.length / 2);
            out.flush();
            out.write(content, content.length / 2, content.length - content.length / 2);
        }
        return bytes.toByteArray();
    }
}
