package dev.sluice.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.config.QueueConfig;
import dev.sluice.message.JobChanged;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Secret;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobIds;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.QueueThread;
import dev.sluice.queue.Settings;
import dev.sluice.queue.Workers;
import dev.sluice.queue.sql.SqlQueue;
import dev.sluice.store.MemoryJobRecords;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

/** A real Redis, of the oldest version that is supported. */
class RedisQueueIT {
    private static final String PASSWORD = "hush-hush-4711";
    private static final long PATIENCE_SECONDS = 60;

    private static int port;
    private static @Nullable RedisServer server;
    private static Vertx vertx = Vertx.vertx();

    private final MemoryJobRecords records = new MemoryJobRecords();
    private final BlockingQueue<JobChanged> news = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Context context = vertx.getOrCreateContext();
    private Redis client = Redis.createClient(vertx, url());

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try {
            server = RedisServer.newRedisServer()
                    .bind("127.0.0.1")
                    .port(port)
                    .setting("requirepass " + PASSWORD)
                    .setting("save \"\"")
                    .build();
            server.start();
        } catch (IOException | RuntimeException e) {
            System.err.println("SKIPPED: the embedded Redis does not start here: " + e);
            server = null;
        }
        assumeTrue(server != null, "the embedded Redis does not start here");
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.stop();
        }
        await(vertx.close());
    }

    private static String url() {
        return "redis://:" + PASSWORD + "@127.0.0.1:" + port + "/0";
    }

    @BeforeEach
    void empty() throws Exception {
        redis(Request.cmd(Command.FLUSHALL));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        await(client.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Response redis(Request request) throws Exception {
        return await(client.send(request));
    }

    private record Instance(RedisQueue queue, Workers workers) {}

    /** An instance that asks the database so seldom that whatever happens soon came by way of Redis. */
    private Instance instance(String name, String url, JobHandler... handlers) throws Exception {
        return instance(name, url, "60s", handlers);
    }

    private Instance instance(String name, String url, String poll, JobHandler... handlers) throws Exception {
        QueueConfig config = Settings.queue("queue.poll=" + poll, "queue.workers-import=4");
        QueueThread thread = new QueueThread();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Random random = new Random(17);
        JobNews told = new JobNews(news::add);
        SqlQueue rows = new SqlQueue(
                records,
                config,
                new JobIds(System::currentTimeMillis, random),
                thread,
                told,
                gone -> Future.succeededFuture());
        RedisQueue queue = RedisQueues.of(vertx, Secret.of(url), rows, config, name, thread, new Random(18), meters);
        Workers workers = new Workers(
                queue,
                config,
                name,
                List.of(handlers),
                thread,
                work -> context.runOnContext(v -> work.run()),
                new Random(19),
                told,
                meters);
        open.add(() -> {
            await(workers.stop(5_000));
            thread.close();
        });
        await(workers.start());
        return new Instance(queue, workers);
    }

    /** Does jobs at once. */
    private record Quick(BlockingQueue<String> done) implements JobHandler {
        @Override
        public JobKind kind() {
            return JobKind.IMPORT;
        }

        @Override
        public String type() {
            return "import";
        }

        @Override
        public Future<String> run(JobRun run) {
            done.add(run.job().id());
            return Future.succeededFuture("{}");
        }
    }

    private static Quick quick() {
        return new Quick(new LinkedBlockingQueue<>());
    }

    private static String submit(JobQueue queue) throws Exception {
        return await(queue.submit(NewJob.of(JobKind.IMPORT, "import", "{}")))
                .job()
                .id();
    }

    private void awaitState(String id, String state) throws Exception {
        JobChanged change;
        do {
            change = news.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(change).as("news of job %s: %s", id, state).isNotNull();
        } while (!change.id().equals(id) || !change.state().equals(state));
    }

    private static void awaitConnected(RedisQueue queue, boolean wanted) throws Exception {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        long watch = vertx.setPeriodic(20, timer -> {
            if (queue.connected() == wanted) {
                seen.complete(null);
            }
        });
        seen.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        vertx.cancelTimer(watch);
    }

    @Test
    void jobsGoToWorkersElsewhereAndLeaveNothingBehind() throws Exception {
        Quick handler = quick();
        Instance worker = instance("a", url(), handler);
        Instance other = instance("b", url());
        awaitConnected(worker.queue(), true);
        awaitConnected(other.queue(), true);

        Set<String> submitted = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            submitted.add(submit(other.queue()));
        }
        Set<String> done = new HashSet<>();
        while (done.size() < submitted.size()) {
            String id = handler.done.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(id).as("after %d jobs", done.size()).isNotNull();
            assertThat(done.add(id)).isTrue();
        }

        assertThat(done).isEqualTo(submitted);
        // Whatever is in the streams is an id and nothing else, and is deleted in time.
        await(worker.workers().stop(5_000));
        await(other.workers().stop(5_000));
        assertThat(redis(Request.cmd(Command.XLEN).arg("sluice:jobs:import:normal"))
                        .toInteger())
                .isZero();
        assertThat(redis(Request.cmd(Command.XPENDING)
                                .arg("sluice:jobs:import:normal")
                                .arg("workers"))
                        .get(0)
                        .toInteger())
                .isZero();
    }

    @Test
    void anEmptiedRedisIsToldAgain() throws Exception {
        Instance submitter = instance("b", url(), "100ms");
        awaitConnected(submitter.queue(), true);
        String id = submit(submitter.queue());
        redis(Request.cmd(Command.FLUSHALL));

        // A reader finds the streams gone and has them made; whoever leads tells of what waits.
        Instance worker = instance("a", url(), quick());
        awaitState(id, "completed");
        redis(Request.cmd(Command.FLUSHALL));
        String second = submit(submitter.queue());
        awaitState(second, "completed");
        awaitConnected(worker.queue(), true);
    }

    @Test
    void aRedisThatStopsAndStartsAgainCostsNoJob() throws Exception {
        Instance worker = instance("a", url(), "200ms", quick());
        Instance other = instance("b", url(), "200ms");
        awaitConnected(worker.queue(), true);
        awaitConnected(other.queue(), true);

        server().stop();
        awaitConnected(worker.queue(), false);
        awaitConnected(other.queue(), false);
        String without = submit(other.queue());
        awaitState(without, "completed");

        server().start();
        awaitConnected(worker.queue(), true);
        awaitConnected(other.queue(), true);
        String with = submit(other.queue());
        awaitState(with, "completed");
        await(client.close());
        client = Redis.createClient(vertx, url());
    }

    private static RedisServer server() {
        return java.util.Objects.requireNonNull(server);
    }

    @Test
    void aWrongPasswordIsNoReasonToStopAndIsNotRepeated() throws Exception {
        String wrong = "wrong-and-secret-815";
        RedisTransport transport = new RedisTransport(
                vertx, Secret.of("redis://:" + wrong + "@127.0.0.1:" + port + "/0"), closing(new QueueThread()));
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        transport
                .connect(new Transport.Ears(kind -> {}, cause -> {}), 1)
                .onFailure(failure::complete)
                .onSuccess(made -> failure.completeExceptionally(new AssertionError("connected")));
        assertThat(failure.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("queue.url")
                .hasMessageNotContaining(wrong)
                .hasNoCause();

        Instance worker = instance("a", "redis://:" + wrong + "@127.0.0.1:" + port + "/0", "100ms", quick());
        String id = submit(worker.queue());
        awaitState(id, "completed");
        assertThat(worker.queue().connected()).isFalse();
    }

    private QueueThread closing(QueueThread thread) {
        open.add(thread);
        return thread;
    }

    @Test
    void duplicatesAndIdsWithoutARowAreDropped() throws Exception {
        Quick handler = quick();
        Instance worker = instance("a", url(), "100ms", handler);
        awaitConnected(worker.queue(), true);
        String later = "01a3185c-5000-773f-994d-cb87907d6963";
        for (String id : List.of(later, later, "not an id of ours")) {
            redis(Request.cmd(Command.XADD)
                    .arg("sluice:jobs:import:high")
                    .arg("*")
                    .arg("id")
                    .arg(id));
        }
        redis(Request.cmd(Command.XADD)
                .arg("sluice:jobs:import:low")
                .arg("*")
                .arg("no")
                .arg("id"));
        String id = submit(worker.queue());
        awaitState(id, "completed");

        await(records.add(later, NewJob.of(JobKind.IMPORT, "import", "{}"), System.currentTimeMillis(), 100));
        awaitState(later, "completed");
        for (int i = 0; i < 2; i++) {
            redis(Request.cmd(Command.XADD)
                    .arg("sluice:jobs:import:high")
                    .arg("*")
                    .arg("id")
                    .arg(later));
        }
        String last = submit(worker.queue());
        awaitState(last, "completed");

        assertThat(handler.done).containsExactly(id, later, last);
        assertThat(await(records.get(later)).map(JobRecord::leaseToken)).contains(1L);
    }

    @Test
    void entriesOfAVanishedReaderAreTidiedEvenWhenTheyWereDeleted() throws Exception {
        RedisTransport transport = new RedisTransport(vertx, Secret.of(url()), closing(new QueueThread()));
        assertThat(await(transport.connect(new Transport.Ears(kind -> {}, cause -> {}), 1)))
                .isTrue();
        List<String> ids = List.of("a", "b", "c");
        assertThat(await(transport.publish(JobKind.EXPORT, Lane.LOW, ids, 2))).isEqualTo(2);

        List<Transport.Delivery> taken = await(transport.read(JobKind.EXPORT, Lane.turn(0), 10));
        assertThat(taken).extracting(Transport.Delivery::id).containsExactly("a", "b");
        // Before version 7 an entry that is deleted stays in the list of pending ones.
        redis(Request.cmd(Command.XDEL)
                .arg(Lane.LOW.stream(JobKind.EXPORT))
                .arg(taken.get(0).entry()));
        assertThat(await(transport.tidy(JobKind.EXPORT, Lane.LOW, 60_000))).isZero();
        assertThat(await(transport.tidy(JobKind.EXPORT, Lane.LOW, 0))).isEqualTo(2);

        assertThat(redis(Request.cmd(Command.XPENDING)
                                .arg(Lane.LOW.stream(JobKind.EXPORT))
                                .arg("workers"))
                        .get(0)
                        .toInteger())
                .isZero();
        assertThat(redis(Request.cmd(Command.XLEN).arg(Lane.LOW.stream(JobKind.EXPORT)))
                        .toInteger())
                .isZero();
        assertThat(await(transport.lead("one", 60_000))).isEqualTo(1);
        assertThat(await(transport.lead("two", 60_000))).isEqualTo(Transport.ANOTHER_LEADS);
        await(transport.close());
    }
}
