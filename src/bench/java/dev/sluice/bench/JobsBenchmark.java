package dev.sluice.bench;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.JobKind;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.QueueThread;
import dev.sluice.queue.Queues;
import dev.sluice.queue.Workers;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import redis.embedded.RedisServer;

/**
 * Jobs under {@code kill -9}. Workers are processes of their own; each job writes two chunks of an import, with a pause
 * before each. Workers are killed at random and started again, one is stopped with SIGSTOP for longer than its lease and
 * woken up. On PostgreSQL three workers are told of jobs by a Redis, which is stopped, started and emptied in the middle;
 * on SQLite, whose file one process owns, there is one worker, without Redis. The lease is a short one, {@value #LEASE}, so
 * that the run is short.
 */
public final class JobsBenchmark {
    private static final String LEASE = "5s";
    private static final int CHUNKS = 2;
    private static final long PAUSE_MILLIS = 100;
    private static final int AT_ONCE = 24;
    private static final int KILLS = 20;
    private static final int MISCHIEFS = 13;
    private static final long LONGEST_RUN_SECONDS = 900;

    private final AtomicInteger completed = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();
    private final AtomicInteger refusedAfterFreezing = new AtomicInteger();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private final Map<String, Long> orphans = new ConcurrentHashMap<>();
    private final AtomicInteger rescued = new AtomicInteger();
    private final Random random;
    private final int jobs;
    private final long frozenSeconds;

    private JobsBenchmark(int jobs, long frozenSeconds, long seed) {
        this.jobs = jobs;
        this.frozenSeconds = frozenSeconds;
        this.random = new Random(seed);
    }

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 6 && arguments[0].equals("worker")) {
            work(arguments[1], arguments[2], arguments[3], Integer.parseInt(arguments[4]), arguments[5]);
            return;
        }
        if (arguments.length > 3) {
            System.err.println("usage: JobsBenchmark [JOBS [SECONDS-FROZEN [SEED]]] (10000 10 1)");
            System.exit(2);
        }
        int jobs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
        long frozen = arguments.length > 1 ? Long.parseLong(arguments[1]) : 10;
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1;
        System.out.println("seed " + seed + ", lease " + LEASE + ", frozen for " + frozen + " s");
        System.out.println();
        System.out.println("| store | jobs done | lost | failed % | effects there once | kills | orphans done again"
                + " | slowest orphan s | void writes | void writes of the frozen | seconds | jobs/s |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
        new JobsBenchmark(jobs, frozen, seed).postgres();
        new JobsBenchmark(jobs, frozen, seed).sqlite();
        System.exit(0);
    }

    // What is measured

    private void postgres() throws Exception {
        int port = freePort();
        RedisServer redis = redis(port);
        redis.start();
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("max_connections", "100")
                .start()) {
            String store = "postgresql://postgres:postgres@127.0.0.1:" + postgres.getPort() + "/postgres";
            String jdbc = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres?user=postgres";
            String url = "redis://127.0.0.1:" + port;
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                children.add(new Child(store, url, "node-" + i, i == 0 ? jobs : 0));
            }
            AtomicInteger turn = new AtomicInteger();
            run("PostgreSQL, Redis", jdbc, children, () -> {
                switch (turn.getAndIncrement() % 3) {
                    case 0 -> redis.stop();
                    case 1 -> redis.start();
                    default -> flush(port);
                }
            });
        } finally {
            redis.stop();
        }
    }

    private void sqlite() throws Exception {
        Path folder = Files.createTempDirectory("sluice-bench");
        Path file = folder.resolve("jobs.db");
        List<Child> children = List.of(new Child("sqlite:" + file, "-", "node-0", jobs));
        run("SQLite", "jdbc:sqlite:" + file, children, () -> {});
    }

    /** Something done to Redis. */
    @FunctionalInterface
    private interface Mischief {
        void happen() throws IOException;
    }

    private void run(String name, String jdbc, List<Child> children, Mischief mischief) throws Exception {
        long began = System.nanoTime();
        for (Child child : children) {
            child.start();
        }
        int kills = 0;
        int mischiefs = 0;
        boolean thawed = false;
        long end = began + TimeUnit.SECONDS.toNanos(LONGEST_RUN_SECONDS);
        // By what is done rather than by the clock: so a slow machine sees as many deaths as a fast one.
        while (System.nanoTime() < end && !over(jdbc)) {
            TimeUnit.MILLISECONDS.sleep(200);
            int done = completed.get();
            Child victim = children.get(random.nextInt(children.size()));
            if (!thawed && !victim.alone && done > jobs / 2) {
                thawed = true;
                freeze(victim);
            } else if (done > (long) jobs * (kills + 1) / KILLS) {
                System.err.println(done + " jobs done; killing " + victim.name);
                victim.kill();
                kills++;
                victim.start();
            }
            if (done > (long) jobs * (mischiefs + 1) / MISCHIEFS) {
                mischiefs++;
                mischief.happen();
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        for (Child child : children) {
            child.kill();
        }
        report(name, jdbc, kills, seconds);
    }

    /** Asks the database: the last word of a worker that is killed is not always heard. */
    private boolean over(String jdbc) throws SQLException {
        if (completed.get() < jobs * 9 / 10) {
            return false;
        }
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            return number(statement, "SELECT count(*) FROM job WHERE state > 1") >= jobs;
        }
    }

    private void freeze(Child victim) throws Exception {
        // Whoever stands still for long loses its jobs: they count as orphans like those of the killed.
        victim.signal("-STOP");
        victim.orphan();
        TimeUnit.SECONDS.sleep(frozenSeconds);
        victim.frozen = true;
        victim.signal("-CONT");
        TimeUnit.SECONDS.sleep(10);
    }

    private void report(String name, String jdbc, int kills, double seconds) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            long done = number(statement, "SELECT count(*) FROM job WHERE state = 2");
            long failed = number(statement, "SELECT count(*) FROM job WHERE state = 3");
            long all = number(statement, "SELECT count(*) FROM job");
            long chunks = number(statement, "SELECT count(*) FROM job_chunk WHERE added = 1 AND known = 0");
            long allChunks = number(statement, "SELECT count(*) FROM job_chunk");
            long entries = number(statement, "SELECT count(*) FROM proxy");
            boolean once = chunks == (long) jobs * CHUNKS && allChunks == chunks && entries == chunks;
            System.out.printf(
                    "| %s | %,d of %,d | %d | %.2f | %,d of %,d%s | %d | %,d | %.1f | %,d | %,d | %.0f | %.0f |%n",
                    name,
                    done,
                    jobs,
                    jobs - all + (all - done - failed),
                    100.0 * failed / jobs,
                    chunks,
                    (long) jobs * CHUNKS,
                    once ? "" : " (WRONG: " + allChunks + " chunks, " + entries + " entries)",
                    kills,
                    rescued.get(),
                    longestGapNanos.get() / 1e9,
                    refused.get() + repeated.get(),
                    refusedAfterFreezing.get(),
                    seconds,
                    done / seconds);
        }
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static RedisServer redis(int port) throws IOException {
        return RedisServer.newRedisServer()
                .bind("127.0.0.1")
                .port(port)
                .setting("save \"\"")
                .build();
    }

    private static void flush(int port) throws IOException {
        try (java.net.Socket socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("FLUSHALL\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().read();
        }
    }

    /** A worker in a process of its own, seen from outside. */
    private final class Child {
        private final String store;
        private final String redis;
        private final String name;
        private final int submits;
        private final boolean alone;
        private final Set<String> held = ConcurrentHashMap.newKeySet();
        private Process process;
        private Thread reader;
        private volatile boolean frozen;

        Child(String store, String redis, String name, int submits) {
            this.store = store;
            this.redis = redis;
            this.name = name;
            this.submits = submits;
            this.alone = redis.equals("-");
        }

        void start() throws IOException {
            frozen = false;
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            JobsBenchmark.class.getName(),
                            "worker",
                            store,
                            redis,
                            name,
                            Integer.toString(submits),
                            LEASE)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Process started = process;
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            reader = new Thread(() -> read(started), name);
            reader.start();
        }

        private void read(Process from) {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    heard(line);
                }
            } catch (IOException e) {
                // The process was killed in the middle of a line.
            }
        }

        private void heard(String line) {
            String[] words = line.split(" ");
            if (words.length != 3 || !words[0].equals("#")) {
                return;
            }
            String id = words[2];
            switch (words[1]) {
                case "taken" -> {
                    held.add(id);
                    Long since = orphans.remove(id);
                    if (since != null) {
                        rescued.incrementAndGet();
                        long gap = System.nanoTime() - since;
                        longestGapNanos.accumulateAndGet(gap, Math::max);
                    }
                }
                case "completed" -> {
                    held.remove(id);
                    orphans.remove(id);
                    completed.incrementAndGet();
                }
                case "refused" -> {
                    held.remove(id);
                    refused.incrementAndGet();
                    if (frozen) {
                        refusedAfterFreezing.incrementAndGet();
                    }
                }
                case "repeated" -> repeated.incrementAndGet();
                default -> held.remove(id);
            }
        }

        void orphan() {
            long now = System.nanoTime();
            held.forEach(id -> orphans.put(id, now));
            held.clear();
        }

        void signal(String signal) throws IOException, InterruptedException {
            new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
            reader.join();
            orphan();
        }
    }

    // A worker, inside

    private static void work(String store, String redis, String name, int submits, String lease) throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "store.url=" + store, "queue.lease=" + lease, "queue.workers-import=" + AT_ONCE, "queue.poll=500ms"));
        if (!redis.equals("-")) {
            settings.add("queue.url=" + redis);
        }
        SluiceConfig config = ConfigLoader.defaults(settings.toArray(String[]::new));
        Vertx vertx = Vertx.vertx();
        ProxyStore opened = Stores.open(vertx, config.store(), TestVaults.usual())
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        QueueThread thread = new QueueThread();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        JobNews news = new JobNews(change -> {
            if (!change.state().equals("processing") || change.progress() == null) {
                say(change.state().equals("processing") ? "taken" : change.state(), change.id());
            }
        });
        Random random = new Random();
        JobQueue queue = Queues.of(
                vertx,
                opened.jobs(),
                config.queue(),
                name,
                thread,
                random,
                news,
                gone -> Future.succeededFuture(),
                meters);
        Context context = vertx.getOrCreateContext();
        Workers workers = new Workers(
                queue,
                config.queue(),
                name,
                List.of(new Chunks(vertx, opened)),
                thread,
                work -> context.runOnContext(v -> work.run()),
                random,
                news,
                meters);
        workers.start();
        if (submits > 0) {
            long before = queue.counts()
                    .map(counts -> counts.values().stream()
                            .flatMap(states -> states.values().stream())
                            .mapToLong(Long::longValue)
                            .sum())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            // One after the other: so the number of those there are says where to go on after a death.
            for (int i = (int) before; i < submits; i++) {
                queue.submit(NewJob.of(JobKind.IMPORT, "bench", Integer.toString(i)))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get();
            }
        }
        new CountDownLatch(1).await();
    }

    private static synchronized void say(String what, String id) {
        System.out.println("# " + what + ' ' + id);
        System.out.flush();
    }

    /** Writes its chunks, with a pause before each. */
    private record Chunks(Vertx vertx, ProxyStore store) implements JobHandler {
        @Override
        public JobKind kind() {
            return JobKind.IMPORT;
        }

        @Override
        public String type() {
            return "bench";
        }

        @Override
        public Future<String> run(JobRun run) {
            String cursor = run.job().cursor();
            return next(run, cursor == null ? 0 : Integer.parseInt(cursor)).map("{}");
        }

        private Future<Void> next(JobRun run, int chunk) {
            if (chunk == CHUNKS) {
                return Future.succeededFuture();
            }
            Promise<Void> pause = Promise.promise();
            vertx.setTimer(PAUSE_MILLIS, timer -> pause.complete());
            return pause.future()
                    .compose(over -> store.keepChunk(chunk(run, chunk), Merge.SKIP))
                    .onSuccess(kept -> {
                        if (kept.repeated()) {
                            say("repeated", run.job().id());
                        }
                    })
                    .recover(failure -> {
                        if (failure instanceof StoreException refused
                                && refused.kind() == StoreException.Kind.LEASE_LOST) {
                            say("refused", run.job().id());
                            return Future.failedFuture(
                                    new LeaseLostException(run.job().id(), run.token()));
                        }
                        return Future.failedFuture(failure);
                    })
                    .compose(kept -> run.progress("{}", Integer.toString(chunk + 1)))
                    .compose(noted -> next(run, chunk + 1));
        }

        private static ImportChunk chunk(JobRun run, int chunk) {
            int number = Integer.parseInt(run.job().job().payload()) * CHUNKS + chunk;
            String host = "44." + (number >> 16 & 255) + '.' + (number >> 8 & 255) + '.' + (number & 255);
            Candidate entry = new Candidate(ProxyKey.of(Scheme.HTTP, host, 8080), 0, null);
            return new ImportChunk(
                    run.job().id(),
                    run.token(),
                    chunk,
                    new CandidatesFound("bench", System.currentTimeMillis(), List.of(entry)),
                    1,
                    0,
                    Integer.toString(chunk + 1));
        }
    }
}
