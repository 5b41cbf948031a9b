package dev.sluice.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.message.JobChanged;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ListFormat;
import dev.sluice.port.Download;
import dev.sluice.port.Imports;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Merge;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import dev.sluice.queue.QueueThread;
import dev.sluice.queue.Queues;
import dev.sluice.queue.Workers;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports from the upload to the database: desk, queue, workers, handler and a SQLite file together. */
class ImportsThroughTest {
    private static final int LINES = 20_000;
    private static final int CHUNK = 500;
    private static final long SEED = 20260104;
    private static final String CURRENT = "sluice.db";

    private final Vertx vertx = Vertx.vertx();
    private final LinkedBlockingQueue<JobChanged> news = new LinkedBlockingQueue<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<ProxyStore> stores = new ArrayList<>();
    /** Each process has a name of its own, drawn from this. */
    private final Random names = new Random(SEED);

    /** What processes that are as good as dead wait for. */
    private final Promise<Void> never = Promise.promise();

    @TempDir
    Path folder;

    private SluiceConfig config = ConfigLoader.defaults();
    private ProxyStore store;
    private Path list;
    private Outcome undisturbed;

    /** What an import did, without how long it took. */
    private record Counters(String phase, long lines, long accepted, long added, long known, long rejected) {}

    /** What an import left behind. */
    private record Outcome(Counters counters, Map<String, String> entries, String report) {}

    /** Stands in the way of the chunks of a store: called before each with its number, it says when the answer comes. */
    private interface Gate extends Function<Integer, Future<Void>> {}

    /** One process. */
    private record Node(
            JobQueue queue, ImportDesk desk, ImportJob job, Workers workers, GuardedHttp http, QueueThread thread) {}

    @BeforeEach
    void undisturbed() throws Exception {
        list = folder.resolve("list.txt");
        Files.write(list, lines(new Random(SEED)));
        store = open("undisturbed.db");
        Node node = start(store, chunk -> Future.succeededFuture());
        String id = upload(node);
        undisturbed = outcome(node, ended(id, JobState.COMPLETED));
        await(node.workers.stop(10_000));
        store = open(CURRENT);
    }

    @AfterEach
    void close() throws Exception {
        never.tryFail("the test is over");
        for (Node node : nodes) {
            await(node.workers.stop(10_000));
            node.thread.close();
            await(node.http.close());
        }
        for (ProxyStore each : stores) {
            await(each.close());
        }
        await(vertx.close());
    }

    @Test
    void whatAListNamesIsStoredAndCounted() {
        // One line in ten names what the line before it named, one in twenty no endpoint.
        assertThat(undisturbed.counters.phase).isEqualTo("done");
        assertThat(undisturbed.counters.lines).isEqualTo(LINES);
        assertThat(undisturbed.counters.rejected).isEqualTo(LINES / 20);
        assertThat(undisturbed.counters.accepted).isEqualTo(LINES - LINES / 20);
        assertThat(undisturbed.counters.known).isEqualTo(LINES / 10);
        assertThat(undisturbed.counters.added).isEqualTo(LINES - LINES / 20 - LINES / 10);
        assertThat(undisturbed.entries).hasSize(LINES - LINES / 20 - LINES / 10);
        assertThat(undisturbed.entries.values()).allMatch(lists -> lists.equals("[import:list.txt]"));
        assertThat(undisturbed.report.lines())
                .hasSize(LINES / 20)
                .first()
                .asString()
                .contains("\"line\":20,", "\"verdict\":\"rejected\"");
    }

    @Test
    void aCancelledImportKeepsWhatItWroteAndGoesOnFromThere() throws Exception {
        Promise<Void> reached = Promise.promise();
        Promise<Void> goOn = Promise.promise();
        Node node = start(store, chunk -> {
            if (chunk != 5) {
                return Future.succeededFuture();
            }
            reached.tryComplete();
            return goOn.future();
        });
        String id = upload(node);
        await(reached.future());
        await(node.queue.cancel(id));
        // What is done on this thread now is done after the handler was asked to stop.
        node.thread.execute(goOn::complete);

        JobRecord cancelled = ended(id, JobState.CANCELLED);
        int stored = entries().size();
        assertThat(stored).isBetween(5 * CHUNK / 2, undisturbed.entries.size() / 2);
        assertThat(counters(String.valueOf(cancelled.progress())).lines).isBetween(5L * CHUNK, LINES / 2L);

        await(node.queue.retry(id));
        assertThat(outcome(node, ended(id, JobState.COMPLETED))).isEqualTo(undisturbed);
    }

    @Test
    void anImportWhoseWorkersStopGoesOnWithTheNextOnes() throws Exception {
        Promise<Void> reached = Promise.promise();
        Promise<Void> goOn = Promise.promise();
        Node first = start(store, chunk -> {
            if (chunk != 7) {
                return Future.succeededFuture();
            }
            reached.tryComplete();
            return goOn.future();
        });
        String id = upload(first);
        await(reached.future());
        Future<Void> stopped = first.workers.stop(30_000);
        first.thread.execute(goOn::complete);
        await(stopped);

        JobRecord waiting = await(store.jobs().get(id)).orElseThrow();
        assertThat(waiting.state()).isEqualTo(JobState.PENDING);
        assertThat(waiting.attempts()).as("handing back is no attempt").isZero();
        assertThat(entries().size()).isBetween(7 * CHUNK / 2, undisturbed.entries.size() / 2);

        Node second = start(store, chunk -> Future.succeededFuture());
        assertThat(outcome(second, ended(id, JobState.COMPLETED))).isEqualTo(undisturbed);
    }

    @Test
    void anImportOfAKilledProcessGoesOnWithTheNextOneHoweverOften() throws Exception {
        String id = "";
        for (int kill = 0; kill < Workers.MOST_LOST_LEASES + 2; kill++) {
            AtomicInteger chunks = new AtomicInteger();
            Promise<Void> reached = Promise.promise();
            Node victim = start(store, number -> {
                if (chunks.getAndIncrement() < 3) {
                    return Future.succeededFuture();
                }
                reached.tryComplete();
                return never.future();
            });
            id = kill == 0 ? upload(victim) : id;
            await(reached.future());
            // Nothing is written any more, no lease prolonged: as good as dead.
            victim.thread.close();
            nodes.remove(victim);
        }

        Node last = start(store, chunk -> Future.succeededFuture());
        assertThat(outcome(last, ended(id, JobState.COMPLETED))).isEqualTo(undisturbed);
    }

    // What tests are made of

    private static byte[] lines(Random random) {
        StringBuilder text = new StringBuilder();
        String before = "";
        for (int i = 0; i < LINES; i++) {
            String line = "http://" + "8.8." + (i >> 8 & 255) + '.' + (i & 255) + ':' + (1 + random.nextInt(65_535));
            if (i % 20 == 19) {
                text.append("größer:hunter");
            } else {
                text.append(i % 10 == 5 ? before : line);
                before = line;
            }
            text.append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private ProxyStore open(String file) throws Exception {
        // Leases are far longer than the test: what goes on does not because they end.
        config = ConfigLoader.defaults(
                "store.url=sqlite:" + folder.resolve(file), "queue.lease=1h", "queue.workers-import=1");
        ProxyStore opened = await(Stores.open(vertx, config.store(), TestVaults.usual()));
        stores.add(opened);
        return opened;
    }

    private Node start(ProxyStore real, Gate gate) throws Exception {
        GuardedHttp http = new GuardedHttp(vertx, new Names(vertx, List.of(), 1), AddressPolicy.PUBLIC);
        ImportPlace place = new ImportPlace(folder.resolve("bulk"), NodeName.of(folder, null), 64 << 20);
        QueueThread thread = new QueueThread();
        JobNews told = new JobNews(news::add);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        JobQueue queue = Queues.of(
                vertx,
                real.jobs(),
                config.queue(),
                place.node(),
                thread,
                new Random(1),
                told,
                gone -> Future.succeededFuture(),
                meters);
        ListAddresses addresses = new ListAddresses(TestVaults.usual(), real.settings());
        ImportDesk desk = new ImportDesk(vertx, queue, http, place, addresses, 3);
        // Each has a thread of its own: one whose process is as good as dead still holds its.
        ImportJob job = new ImportJob(
                vertx,
                gated(real, gate),
                http,
                AddressPolicy.PUBLIC,
                place,
                addresses,
                8,
                InstantSource.system(),
                RejectedLines.MAX_BYTES,
                () -> new ChunkSize(CHUNK, CHUNK, 1, CHUNK));
        Context loop = vertx.getOrCreateContext();
        Workers workers = new Workers(
                queue,
                config.queue(),
                place.node(),
                List.of(job),
                thread,
                task -> loop.runOnContext(v -> task.run()),
                names,
                told,
                meters);
        Node node = new Node(queue, desk, job, workers, http, thread);
        nodes.add(node);
        await(desk.start());
        await(workers.startAlone());
        return node;
    }

    private static ProxyStore gated(ProxyStore real, Gate gate) {
        AtomicInteger chunks = new AtomicInteger();
        return (ProxyStore) Proxy.newProxyInstance(
                ImportsThroughTest.class.getClassLoader(),
                new Class<?>[] {ProxyStore.class},
                (self, method, arguments) -> {
                    try {
                        if (!method.getName().equals("keepChunk")) {
                            return method.invoke(real, arguments);
                        }
                        int number = chunks.getAndIncrement();
                        @SuppressWarnings("unchecked")
                        Future<ChunkKept> kept = (Future<ChunkKept>) method.invoke(real, arguments);
                        return kept.compose(stored -> gate.apply(number).map(stored));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private String upload(Node node) throws Exception {
        AsyncFile body = await(vertx.fileSystem().open(list.toString(), new OpenOptions().setRead(true)));
        Imports.Order order =
                new Imports.Order("list.txt", Merge.UPDATE, ListFormat.AUTO, null, false, false, 5, null, null);
        return await(node.desk.upload(order, body, Files.size(list))).job().id();
    }

    /** Waits for the job to end as it should. */
    private JobRecord ended(String id, JobState state) throws Exception {
        while (true) {
            JobChanged change = news.poll(60, TimeUnit.SECONDS);
            assertThat(change).as("news of job %s", id).isNotNull();
            JobState now = JobState.of(change.state());
            if (change.id().equals(id) && now != null && !now.live()) {
                assertThat(now).as("error: %s", change.error()).isEqualTo(state);
                return await(store.jobs().get(id)).orElseThrow();
            }
        }
    }

    private Outcome outcome(Node node, JobRecord job) throws Exception {
        Download report = await(node.desk.rejected(job.id())).orElseThrow();
        assertThat(report.complete()).isTrue();
        assertThat(report.bytes()).isEqualTo(Files.size(report.file()));
        return new Outcome(counters(String.valueOf(job.result())), entries(), Files.readString(report.file()));
    }

    private static Counters counters(String json) {
        Imports.Progress progress = Json.read(json, Imports.Progress.class);
        return new Counters(
                progress.phase(),
                progress.lines(),
                progress.accepted(),
                progress.added(),
                progress.known(),
                progress.rejected());
    }

    /** What is stored, and who lists it. */
    private Map<String, String> entries() throws Exception {
        Map<String, String> entries = new TreeMap<>();
        long after = 0;
        List<StoredProxy> page;
        do {
            page = await(store.page(after, 10_000));
            for (StoredProxy proxy : page) {
                entries.put(proxy.key().url(), proxy.lists().toString());
                after = proxy.id();
            }
        } while (!page.isEmpty());
        return entries;
    }

    private static <T extends @Nullable Object> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
