package dev.sluice.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ListFormat;
import dev.sluice.port.Imports;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.JobsFullException;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.UploadRefusedException;
import dev.sluice.port.UploadRefusedException.Reason;
import dev.sluice.port.Vault;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import dev.sluice.queue.QueueThread;
import dev.sluice.queue.Queues;
import dev.sluice.queue.Settings;
import dev.sluice.store.MemoryJobRecords;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.TestVaults;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportDeskVerticleTest {
    private static final long MAX_BYTES = 40L << 20;
    private static final int PIECE = 64 << 10;
    private static final int ATTEMPTS = 4;

    private final Vertx vertx = Vertx.vertx();
    private final QueueThread thread = new QueueThread();
    private final List<GuardedHttp> clients = new ArrayList<>();
    private final ListAddresses addresses = new ListAddresses(TestVaults.usual(), new MemoryProxyStore().settings());
    private final MemoryJobRecords records = new MemoryJobRecords();
    private final JobQueue jobs = queue("queue.max-waiting=100");

    @TempDir
    Path folder;

    private ImportDesk desk;

    @BeforeEach
    void open() throws Exception {
        desk = desk(jobs, "here", () -> Long.MAX_VALUE);
        await(desk.start());
    }

    @AfterEach
    void close() throws Exception {
        for (GuardedHttp http : clients) {
            await(http.close());
        }
        thread.close();
        await(vertx.close());
    }

    // Uploads

    @Test
    void aListIsOnDiskBeforeItsJobIs() throws Exception {
        Buffer list = lines(50_000);
        Jobs.Submitted submitted = posted(desk, order(null), list);

        assertThat(submitted.known()).isFalse();
        NewJob job = submitted.job().job();
        assertThat(job.node()).isEqualTo("here");
        assertThat(job.maxAttempts()).isEqualTo(ATTEMPTS);
        assertThat(job.owner()).isEqualTo("somebody");
        ImportPayload payload = Json.read(job.payload(), ImportPayload.class);
        assertThat(uploads()).containsExactly(payload.file());
        assertThat(Files.readAllBytes(folder.resolve("uploads").resolve(String.valueOf(payload.file()))))
                .isEqualTo(list.getBytes());
    }

    @Test
    void aBodyIsReadNoFasterThanTheDiskTakesIt() throws Exception {
        Pieces body = new Pieces(256);
        Jobs.Submitted submitted = uploaded(desk, order(null), body, -1);

        assertThat(body.pauses).isGreaterThan(10);
        assertThat(body.longestBurst).isLessThanOrEqualTo(4 * PIECE);
        String file =
                Json.read(submitted.job().job().payload(), ImportPayload.class).file();
        assertThat(Files.readAllBytes(folder.resolve("uploads").resolve(String.valueOf(file))))
                .isEqualTo(body.all());
    }

    @Test
    void aLengthAnnouncedAboveTheLimitIsRefusedBeforeAnythingIsRead() throws Exception {
        Pieces body = new Pieces(1);
        assertRefused(Reason.TOO_LARGE, desk, body, MAX_BYTES + 1);
        assertThat(body.given).isZero();
    }

    @Test
    void aBodyOfUnknownLengthIsCutOffAtTheLimit() throws Exception {
        Pieces body = new Pieces((int) (2 * MAX_BYTES / PIECE));
        assertRefused(Reason.TOO_LARGE, desk, body, -1);
        assertThat((long) body.given * PIECE).isBetween(MAX_BYTES, MAX_BYTES + 4L * PIECE);
        assertThat(body.paused).isTrue();
    }

    @Test
    void aListOfTheLargestSizeIsTaken() throws Exception {
        Pieces body = new Pieces((int) (MAX_BYTES / PIECE));
        uploaded(desk, order(null), body, MAX_BYTES);
        assertThat(uploads()).hasSize(1);
    }

    @Test
    void whatWouldFillTheDiskIsRefusedBeforeAnythingIsRead() throws Exception {
        ImportDesk full = desk(jobs, "here", () -> DiskRoom.RESERVE_BYTES + PIECE - 1);
        Pieces body = new Pieces(1);
        assertRefused(Reason.NO_ROOM, full, body, PIECE);
        assertThat(body.given).isZero();
    }

    @Test
    void aDiskThatFillsUpEndsAnUpload() throws Exception {
        long[] looks = new long[1];
        ImportDesk filling = desk(jobs, "here", () -> looks[0]++ == 0 ? Long.MAX_VALUE : DiskRoom.RESERVE_BYTES - 1);
        // Half of it is read by the time of the second look; how much more depends on how soon that answers.
        assertRefused(Reason.NO_ROOM, filling, new Pieces((int) (2 * DiskRoom.LOOK_BYTES / PIECE)), -1);
        assertThat(looks[0]).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aBodyThatBreaksLeavesNothing() throws Exception {
        Pieces body = new Pieces(100);
        body.breaksAt = 50;
        assertRefused(Reason.BROKEN, desk, body, -1);
        assertThat(body.given).isEqualTo(50);
    }

    @Test
    void aBodyThatIsShorterThanAnnouncedLeavesNothing() throws Exception {
        assertRefused(Reason.BROKEN, desk, new Pieces(3), 4 * PIECE);
    }

    @Test
    void aClientThatLeavesBeforeItsBodyIsReadLeavesNothing() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        ImportDesk waiting = desk(jobs, "here", () -> {
            try {
                assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return Long.MAX_VALUE;
        });
        Promise<Jobs.Submitted> answer = Promise.promise();
        Promise<Void> begun = Promise.promise();
        int port = serve(request -> {
            request.connection().closeHandler(closed -> left.countDown());
            waiting.upload(order(null), request, 1_000).onComplete(answer);
            begun.complete();
        });
        NetClient client = vertx.createNetClient();
        NetSocket socket = await(client.connect(port, "127.0.0.1"));
        await(socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n8.8.8.8:80\n"));
        await(begun.future());
        await(socket.close());

        assertThatThrownBy(() -> await(answer.future()))
                .cause()
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.BROKEN));
        assertThat(uploads()).isEmpty();
    }

    @Test
    void theSameKeyGivesTheSameJob() throws Exception {
        Jobs.Submitted first = posted(desk, order("today"), lines(10));
        List<String> there = uploads();
        Jobs.Submitted second = posted(desk, order("today"), lines(20));

        assertThat(second.known()).isTrue();
        assertThat(second.job().id()).isEqualTo(first.job().id());
        assertThat(uploads()).isEqualTo(there).hasSize(1);
    }

    @Test
    void whereNoJobIsTakenNoListStays() throws Exception {
        ImportDesk crowded = desk(queue("queue.max-waiting=1"), "here", () -> Long.MAX_VALUE);
        uploaded(crowded, order(null), new Pieces(1), -1);
        assertThatThrownBy(() -> uploaded(crowded, order(null), new Pieces(1), -1))
                .hasCauseInstanceOf(JobsFullException.class);
        assertThat(uploads()).hasSize(1);
    }

    @Test
    void aPrivateAddressIsNotFetched() {
        assertThatThrownBy(() -> await(desk.fetch(order(null), "http://10.0.0.1/list")))
                .cause()
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.ADDRESS));
        assertThatThrownBy(() -> await(desk.fetch(order(null), "http://8.8.8.8/a b?key=hush")))
                .cause()
                .isInstanceOf(UploadRefusedException.class)
                .hasMessageNotContaining("hush");
    }

    @Test
    void theAddressOfAListIsStoredEncrypted() throws Exception {
        String url = "http://8.8.8.8/list?key=hush";
        NewJob job = await(desk.fetch(order(null), url)).job().job();

        String payload = job.payload();
        assertThat(payload).doesNotContain("hush", "8.8.8.8").contains("\"url\":\"v1:");
        String stored = String.valueOf(Json.read(payload, ImportPayload.class).url());
        assertThat(addresses.openOrNull(stored, "list.txt")).isEqualTo(url);
        assertThat(addresses.openOrNull(stored, "another"))
                .as("under another name")
                .isNull();
        assertThat(TestVaults.usual()
                        .open(stored, new Vault.Binding("8.8.8.8", 80, "", "k1:x"))
                        .available())
                .as("as a password")
                .isFalse();
        assertThat(addresses.openOrNull(url, "list.txt"))
                .as("of an older program")
                .isEqualTo(url);
    }

    // Files

    @Test
    void whatNobodyNamesIsSweptAtTheStart() throws Exception {
        JobRecord job = posted(desk, order(null), lines(10)).job();
        String wanted = uploads().get(0);
        ImportFiles own = new ImportPlace(folder, "here", MAX_BYTES).files();
        ImportFiles others = new ImportPlace(folder, "there", MAX_BYTES).files();
        String gone = "01980000-0000-7000-8000-000000000001";
        Path report = write(own.rejected(job.id()));
        Path fetched = write(own.fetched(job.id()));
        Path foreign = write(others.upload(others.newUpload()));
        Path foreignPart = write(ImportFiles.part(others.upload(others.newUpload())));
        List<Path> lost = List.of(
                write(own.upload(own.newUpload())),
                write(ImportFiles.part(own.upload(own.newUpload()))),
                write(ImportFiles.part(own.fetched(job.id()))),
                write(own.fetched(gone)),
                write(own.rejected(gone)));

        await(desk(jobs, "here", () -> Long.MAX_VALUE).start());

        assertThat(lost).allSatisfy(file -> assertThat(file).doesNotExist());
        assertThat(List.of(report, fetched, foreign, foreignPart, own.upload(wanted)))
                .allSatisfy(file -> assertThat(file).exists());
    }

    @Test
    void forgottenJobsTakeTheirFilesAlong() throws Exception {
        JobRecord job = posted(desk, order(null), lines(10)).job();
        JobRecord other = posted(desk, order(null), lines(10)).job();
        ImportFiles files = new ImportPlace(folder, "here", MAX_BYTES).files();
        write(files.rejected(job.id()));
        write(files.rejected(other.id()));
        JobRecord export =
                await(jobs.submit(NewJob.of(JobKind.EXPORT, "export", "{}"))).job();

        await(desk.forget(List.of(job, export)));

        assertThat(uploads())
                .containsExactly(
                        Json.read(other.job().payload(), ImportPayload.class).file());
        assertThat(files.rejected(job.id())).doesNotExist();
        assertThat(files.rejected(other.id())).exists();
    }

    @Test
    void aDroppedJobTakesItsListAlong() throws Exception {
        JobRecord job = posted(desk, order(null), lines(10)).job();
        await(jobs.cancel(job.id()));
        await(jobs.drop(job.id()));
        assertThat(uploads()).isEmpty();
    }

    @Test
    void onlyAnImportHasAReport() throws Exception {
        JobRecord job = posted(desk, order(null), lines(10)).job();
        JobRecord export =
                await(jobs.submit(NewJob.of(JobKind.EXPORT, "export", "{}"))).job();
        ImportFiles files = new ImportPlace(folder, "here", MAX_BYTES).files();
        write(files.rejected(export.id()));
        assertThat(await(desk.rejected(job.id()))).as("before there is one").isEmpty();
        assertThat(await(desk.rejected(export.id()))).isEmpty();
        assertThat(await(desk.rejected("../../etc/passwd"))).isEmpty();

        write(files.rejected(job.id()));
        assertThat(await(desk.rejected(job.id()))).hasValueSatisfying(report -> {
            assertThat(report.complete()).isFalse();
            assertThat(report.bytes()).isEqualTo(1);
        });
        await(jobs.cancel(job.id()));
        assertThat(await(desk.rejected(job.id())))
                .hasValueSatisfying(report -> assertThat(report.complete()).isTrue());
    }

    @Test
    void aNodeKeepsItsName() throws Exception {
        Path data = folder.resolve("data");
        String drawn = NodeName.of(data, null);
        assertThat(drawn).isNotBlank().isEqualTo(NodeName.of(data, null));
        assertThat(NodeName.of(folder.resolve("other"), null)).isNotEqualTo(drawn);
        assertThat(NodeName.of(data, "chosen")).isEqualTo("chosen");
        assertThat(NodeName.of(data, null))
                .as("what was chosen once is not kept")
                .isEqualTo(drawn);

        Files.writeString(data.resolve("node"), "\n");
        assertThatThrownBy(() -> NodeName.of(data, null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("node");
    }

    // What tests are made of

    /** A body of pieces, given on an event loop while it is not paused. */
    private final class Pieces implements ReadStream<Buffer> {
        private final int pieces;
        private final Random content = new Random(20260103);
        private final Buffer all = Buffer.buffer();
        private int breaksAt = -1;
        private int given;
        private int pauses;
        private int longestBurst;
        private boolean paused;
        private boolean giving;
        private boolean over;
        private @Nullable Handler<Buffer> handler;
        private @Nullable Handler<Void> endHandler;
        private @Nullable Handler<Throwable> exceptionHandler;

        Pieces(int pieces) {
            this.pieces = pieces;
        }

        byte[] all() {
            return all.getBytes();
        }

        private void give() {
            giving = false;
            int burst = 0;
            while (!paused && !over && handler != null) {
                if (given == breaksAt) {
                    over = true;
                    if (exceptionHandler != null) {
                        exceptionHandler.handle(new IOException("connection reset"));
                    }
                } else if (given == pieces) {
                    over = true;
                    if (endHandler != null) {
                        endHandler.handle(null);
                    }
                } else {
                    byte[] bytes = new byte[PIECE];
                    content.nextBytes(bytes);
                    given++;
                    burst += PIECE;
                    all.appendBytes(bytes);
                    handler.handle(Buffer.buffer(bytes));
                }
            }
            longestBurst = Math.max(longestBurst, burst);
        }

        @Override
        public ReadStream<Buffer> handler(@Nullable Handler<Buffer> next) {
            handler = next;
            return this;
        }

        @Override
        public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> next) {
            exceptionHandler = next;
            return this;
        }

        @Override
        public ReadStream<Buffer> endHandler(@Nullable Handler<Void> next) {
            endHandler = next;
            return this;
        }

        @Override
        public ReadStream<Buffer> pause() {
            paused = true;
            pauses++;
            return this;
        }

        @Override
        public ReadStream<Buffer> resume() {
            paused = false;
            if (!giving) {
                giving = true;
                vertx.runOnContext(v -> give());
            }
            return this;
        }

        @Override
        public ReadStream<Buffer> fetch(long amount) {
            return resume();
        }
    }

    private JobQueue queue(String setting) {
        return Queues.of(
                vertx,
                records,
                Settings.queue(setting),
                "here",
                thread,
                new Random(1),
                new JobNews(change -> {}),
                gone -> desk.forget(gone),
                new SimpleMeterRegistry());
    }

    private ImportDesk desk(JobQueue queue, String node, DiskRoom.Measure measure) {
        GuardedHttp http = new GuardedHttp(vertx, new Names(vertx, List.of(), 1), AddressPolicy.PUBLIC);
        clients.add(http);
        return new ImportDesk(
                vertx, queue, http, new ImportPlace(folder, node, MAX_BYTES), addresses, ATTEMPTS, measure);
    }

    private static Imports.Order order(@Nullable String key) {
        return new Imports.Order("list.txt", Merge.UPDATE, ListFormat.AUTO, null, false, false, 5, key, "somebody");
    }

    private void assertRefused(Reason reason, ImportDesk where, Pieces body, long announced) throws Exception {
        assertThatThrownBy(() -> uploaded(where, order(null), body, announced))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
        assertThat(uploads()).isEmpty();
        assertThat(await(jobs.counts()).getOrDefault(JobKind.IMPORT, java.util.Map.of()))
                .doesNotContainKey(JobState.PENDING);
    }

    private Jobs.Submitted uploaded(ImportDesk where, Imports.Order order, Pieces body, long announced)
            throws Exception {
        Promise<Jobs.Submitted> answer = Promise.promise();
        vertx.runOnContext(v -> where.upload(order, body, announced).onComplete(answer));
        return await(answer.future());
    }

    /** Sends it over a connection, in chunks. */
    private Jobs.Submitted posted(ImportDesk where, Imports.Order order, Buffer list) throws Exception {
        Promise<Jobs.Submitted> answer = Promise.promise();
        int port = serve(request -> where.upload(order, request, -1).onComplete(taken -> {
            answer.handle(taken);
            request.response().end();
        }));
        HttpClient client = vertx.createHttpClient();
        HttpClientRequest request = await(client.request(HttpMethod.POST, port, "127.0.0.1", "/"));
        request.setChunked(true);
        request.write(list.getBuffer(0, list.length() / 2));
        request.end(list.getBuffer(list.length() / 2, list.length()));
        return await(answer.future());
    }

    private int serve(Handler<HttpServerRequest> answer) throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(answer);
        return await(server.listen(0, "127.0.0.1")).actualPort();
    }

    private List<String> uploads() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("uploads"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static Path write(Path file) throws IOException {
        return Files.writeString(file, "\n");
    }

    private static Buffer lines(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append("8.8." + (i >> 8 & 255) + '.' + (i & 255) + ":8080\n");
        }
        return Buffer.buffer(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
