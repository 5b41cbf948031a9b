package dev.sluice.bulk.export;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.export.ExportFormat;
import dev.sluice.pool.Entries;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.Download;
import dev.sluice.port.Exports.Exported;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.port.Exports.Scope;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Verified;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.store.MemoryProxyStore;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExportJobVerticleTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ENTRIES = 4 * ExportPass.PAGE + 17;
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(NOW));

    private final Vertx vertx = Vertx.vertx();
    private final MemoryProxyStore store = new MemoryProxyStore();
    private final KnownJobs jobs = new KnownJobs();

    @TempDir
    private Path folder = Path.of(".");

    private Path directory = Path.of(".");
    private ExportJob handler;
    private FileExports exports;

    @BeforeEach
    void start() {
        directory = folder.resolve("exports");
        handler = new ExportJob(vertx, store, directory, () -> false, CLOCK, System::nanoTime, 0);
        exports = new FileExports(vertx, jobs, directory, "here", 3);
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private void put(Entries entry, long id) {
        PooledProxy proxy = entry.host("192.0." + id / 256 + '.' + id % 256).pooled();
        store.put(proxy.key(), proxy.health(), proxy.location(), proxy.lists().toArray(String[]::new));
    }

    private void fill() {
        for (int id = 1; id <= ENTRIES; id++) {
            put(
                    entry(id)
                            .alive(id % 3 > 0)
                            .scheme(id % 2 == 0 ? Scheme.SOCKS5 : Scheme.HTTP)
                            .latency(ENTRIES - id)
                            .country(id % 5 == 0 ? "DE" : "FR"),
                    id);
        }
    }

    private static Order order(ExportFormat format, Scope scope, Map<String, String> filters) {
        return new Order(format, scope, filters, false, null);
    }

    private static NewJob job(Order order) {
        return NewJob.of(JobKind.EXPORT, "export", Notes.payload(order));
    }

    private JsonNode run(EndingRun run) throws Exception {
        return JSON.readTree(handler.run(run).await());
    }

    private String content(JsonNode result) throws IOException {
        return Files.readString(directory.resolve(result.get("file").asText()));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private String inOneGo(Order order) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Exporter(vertx, store, false, CLOCK)
                .run(order, out, progress -> {}, () -> false)
                .await();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everythingIsExportedTheDeadAndArchivedToo() throws Exception {
        fill();
        JsonNode result = run(EndingRun.toTheEnd(job(order(ExportFormat.NDJSON, Scope.ALL, Map.of())), 1, null));
        List<String> lines = content(result).lines().toList();
        assertThat(lines).hasSize(ENTRIES);
        assertThat(lines).filteredOn(line -> line.contains("\"alive\":false")).hasSize(ENTRIES / 3);
        assertThat(result.get("written").asInt()).isEqualTo(ENTRIES);
        assertThat(result.get("total").asInt()).isEqualTo(ENTRIES);
        assertThat(result.get("bytes").asLong()).isEqualTo(content(result).length());
    }

    @Test
    void whatIsAliveAndMatchesIsExported() throws Exception {
        fill();
        put(entry(9_000).verified(Verified.CONNECT).country("DE"), 9_000);
        JsonNode result = run(EndingRun.toTheEnd(
                job(order(ExportFormat.TEXT, Scope.ALIVE, Map.of("country", "DE", "protocol", "socks5"))), 1, null));
        List<String> expected = new ArrayList<>();
        for (int id = 10; id <= ENTRIES; id += 10) {
            if (id % 3 > 0) {
                expected.add("socks5://192.0." + id / 256 + '.' + id % 256);
            }
        }
        assertThat(content(result).lines().map(line -> line.substring(0, line.lastIndexOf(':'))))
                .containsExactlyElementsOf(expected);
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void anExportThatWasCutOffEndsAsInOneGo(ExportFormat format) throws Exception {
        fill();
        Order order = order(format, Scope.ALL, Map.of());
        EndingRun cut = new EndingRun(job(order), 1, null, 2, true);
        assertThatThrownBy(() -> handler.run(cut).await()).isInstanceOf(LeaseLostException.class);

        String cursor = cut.cursor();
        EndingRun second = new EndingRun(job(order), 2, cursor == null || cursor.isEmpty() ? null : cursor, 1, true);
        assertThatThrownBy(() -> handler.run(second).await()).isInstanceOf(LeaseLostException.class);

        String later = second.cursor();
        JsonNode result = run(EndingRun.toTheEnd(job(order), 3, later == null || later.isEmpty() ? null : later));
        assertThat(content(result)).isEqualTo(inOneGo(order));
        assertThat(files()).containsExactly(EndingRun.ID + "-3." + format.extension());
    }

    @Test
    void aWorkerThatLostItsLeaseWritesWhereNobodyLooks() throws Exception {
        fill();
        Order order = order(ExportFormat.CSV, Scope.ALL, Map.of());
        EndingRun first = new EndingRun(job(order), 1, null, 1, true);
        assertThatThrownBy(() -> handler.run(first).await()).isInstanceOf(LeaseLostException.class);
        String cursor = first.cursor();
        JsonNode result = run(EndingRun.toTheEnd(job(order), 3, cursor));

        // The one of the second lease wakes up late.
        run(EndingRun.toTheEnd(job(order), 2, cursor));

        assertThat(result.get("file").asText()).isEqualTo(EndingRun.ID + "-3.csv");
        assertThat(content(result)).isEqualTo(inOneGo(order));
    }

    @Test
    void aFileThatIsGoneOrShortIsBegunAnew() throws Exception {
        fill();
        Order order = order(ExportFormat.JSON, Scope.ALL, Map.of());
        EndingRun first = new EndingRun(job(order), 1, null, 2, true);
        assertThatThrownBy(() -> handler.run(first).await()).isInstanceOf(LeaseLostException.class);
        Files.writeString(directory.resolve(EndingRun.ID + "-1.json"), "short");
        assertThat(content(run(EndingRun.toTheEnd(job(order), 2, first.cursor()))))
                .isEqualTo(inOneGo(order));
        Files.delete(directory.resolve(EndingRun.ID + "-2.json"));
        assertThat(content(run(EndingRun.toTheEnd(job(order), 3, first.cursor()))))
                .isEqualTo(inOneGo(order));
    }

    @Test
    void itStopsAtTheNextPageWhenItIsAskedTo() throws Exception {
        fill();
        EndingRun run = new EndingRun(job(order(ExportFormat.TEXT, Scope.ALL, Map.of())), 1, null, 2, false);
        assertThatThrownBy(() -> handler.run(run).await()).isInstanceOf(JobStoppedException.class);
        assertThat(run.cursors).hasSize(2);
        assertThat(JSON.readTree(run.cursors.get(1)).get("read").asInt()).isEqualTo(2 * ExportPass.PAGE);
    }

    @Test
    void aFormatThatHoldsAFewGetsTheFastest() throws Exception {
        fill();
        JsonNode result = run(EndingRun.toTheEnd(job(order(ExportFormat.PAC, Scope.ALL, Map.of())), 1, null));
        // The last ones are the fastest.
        assertThat(content(result))
                .contains("[\n  \"" + (ENTRIES % 2 == 0 ? "SOCKS5" : "PROXY") + " 192.0." + ENTRIES / 256 + '.'
                        + ENTRIES % 256 + ':');
        assertThat(result.get("written").asInt()).isEqualTo(32);
        assertThat(result.at("/left_out/limit").asInt()).isEqualTo(ENTRIES - 32);
    }

    @Test
    void anOrderThatCannotBeReadIsGivenUp() {
        for (String payload : List.of(
                "{}",
                "nonsense",
                "{\"format\":\"yaml\",\"scope\":\"all\"}",
                "{\"format\":\"csv\",\"scope\":\"all\",\"filters\":{\"country\":\"nowhere\"}}")) {
            NewJob job = NewJob.of(JobKind.EXPORT, "export", payload);
            assertThatThrownBy(
                            () -> handler.run(EndingRun.toTheEnd(job, 1, null)).await())
                    .as(payload)
                    .isInstanceOf(PermanentJobException.class);
        }
    }

    @Test
    void onlyTheOwnerMayReadAFile() throws Exception {
        put(entry(1).credentials("u", "hush"), 1);
        Order order = new Order(ExportFormat.TEXT, Scope.ALL, Map.of(), true, null);
        JsonNode result = run(EndingRun.toTheEnd(job(order), 1, null));
        assertThat(content(result)).contains("u:hush@");
        Path file = directory.resolve(result.get("file").asText());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void anOrderBecomesAJobOfThisNodeAndItsFileIsFound() throws Exception {
        fill();
        Order order = new Order(ExportFormat.CSV, Scope.ALL, Map.of("country", "DE"), true, "key-1");
        Exported ordered = exports.order(order).await();
        NewJob job = jobs.submitted.get(0);
        assertThat(job.node()).isEqualTo("here");
        assertThat(job.owner()).isEqualTo("key-1");
        assertThat(job.maxAttempts()).isEqualTo(3);
        assertThat(ordered.progress()).isNull();
        assertThat(exports.content(EndingRun.ID).await()).isEmpty();

        String result = handler.run(EndingRun.toTheEnd(job, 4, null)).await();
        jobs.known.put(EndingRun.ID, EndingRun.record(job, JobState.COMPLETED, 4, null, result));

        Exported done = exports.get(EndingRun.ID).await().orElseThrow();
        assertThat(done.order()).isEqualTo(order);
        Progress progress = done.progress();
        assertThat(progress == null ? 0 : progress.counts().written()).isEqualTo(ENTRIES / 5);
        Download download = exports.content(EndingRun.ID).await().orElseThrow();
        assertThat(download.bytes()).isEqualTo(Files.size(download.file()));
        assertThat(download.name()).isEqualTo("proxies.csv");
        assertThat(download.complete()).isTrue();
        assertThat(exports.list(10).await()).containsExactly(done);
        Files.delete(download.file());
        assertThat(exports.content(EndingRun.ID).await()).isEmpty();
    }

    @Test
    void aResultThatNamesAnotherFileIsNotFollowed() throws Exception {
        NewJob job = job(order(ExportFormat.CSV, Scope.ALL, Map.of()));
        Files.writeString(folder.resolve("secret"), "x");
        jobs.known.put(EndingRun.ID, EndingRun.record(job, JobState.COMPLETED, 1, null, "{\"file\":\"../secret\"}"));
        assertThat(exports.content(EndingRun.ID).await()).isEmpty();
    }

    @Test
    void filesOfForgottenAndOfOldExportsGo() throws Exception {
        Files.createDirectories(directory);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < FileExports.MOST_KEPT + 5; i++) {
            String id = "019b76da-a800-7000-8000-%012x".formatted(0x1000 + i);
            ids.add(id);
            Files.writeString(directory.resolve(id + "-1.csv"), "x");
            NewJob job = job(order(ExportFormat.CSV, Scope.ALL, Map.of()));
            JobState state = i == 1 ? JobState.PROCESSING : JobState.COMPLETED;
            jobs.known.put(id, EndingRun.record(job, state, 1, null, null));
        }
        String forgotten = ids.get(50);
        jobs.known.remove(forgotten);
        Files.writeString(directory.resolve("notes.txt"), "mine");

        exports.tidy().await();

        List<String> kept = files();
        assertThat(kept).contains("notes.txt").doesNotContain(forgotten + "-1.csv", ids.get(0) + "-1.csv");
        assertThat(kept).contains(ids.get(1) + "-1.csv", ids.get(5) + "-1.csv");

        NewJob job = job(order(ExportFormat.CSV, Scope.ALL, Map.of()));
        Files.writeString(directory.resolve(EndingRun.ID + "-2.csv"), "x");
        exports.forgotten(List.of(EndingRun.record(job, JobState.COMPLETED, 2, null, null)))
                .await();
        assertThat(files()).isEqualTo(kept);
    }

    @Test
    void anExportIntoAStreamCanBeCancelled() {
        fill();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<Progress> told = new ArrayList<>();
        assertThatThrownBy(() -> new Exporter(vertx, store, false, CLOCK)
                        .run(order(ExportFormat.TEXT, Scope.ALL, Map.of()), out, told::add, () -> told.size() == 2)
                        .await())
                .isInstanceOf(CancellationException.class);
        assertThat(told).hasSize(2);
        assertThat(told.get(1).read()).isEqualTo(2 * ExportPass.PAGE);
    }

    @Test
    void anEmptyStoreIsExportedAsNothing() throws Exception {
        assertThat(content(run(EndingRun.toTheEnd(job(order(ExportFormat.JSON, Scope.ALL, Map.of())), 1, null))))
                .isEqualTo("{\"proxies\":[],\"left_out\":0}\n");
    }
}
