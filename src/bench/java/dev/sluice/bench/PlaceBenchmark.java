package dev.sluice.bench;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.keep.LocateJob;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Locate;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import dev.sluice.queue.QueueThread;
import dev.sluice.queue.Queues;
import dev.sluice.queue.Workers;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything stored is located by the job, in a process of its own: once undisturbed, once with {@code kill -9} at random
 * moments, each followed by another process that goes on. Both have to leave the same places in every row. Every twentieth
 * proxy is alive and has an exit address. Places are made up, so that what is measured is the job and the database.
 *
 * <p>The lease is {@value #LEASE}: on PostgreSQL it has to end before the job goes on elsewhere.
 *
 * <p>Arguments: {@code sqlite} or {@code postgres}, proxies (1000000), kills (5), seed (1).
 */
public final class PlaceBenchmark {
    private static final String LEASE = "10s";
    private static final String HEAP = "320m";
    private static final int BATCH = 5_000;
    private static final int ALIVE_EVERY = 20;
    private static final long NOW = 1_800_000_000_000L;
    private static final long PATIENCE_SECONDS = 3_600;

    private final int proxies;
    private final int kills;
    private final Random random;
    private final Path folder;
    private final @Nullable EmbeddedPostgres postgres;

    /** Rows, those with a country, and a hash of all places, in whichever order. */
    private record Stored(long rows, long located, long hash) {}

    private PlaceBenchmark(int proxies, int kills, long seed, Path folder, @Nullable EmbeddedPostgres postgres) {
        this.proxies = proxies;
        this.kills = kills;
        this.random = new Random(seed);
        this.folder = folder;
        this.postgres = postgres;
    }

    /** Runs it and prints a table in Markdown; exits with 1 where anything differs. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2 && arguments[0].equals("worker")) {
            work(arguments[1]);
            return;
        }
        if (arguments.length < 1 || arguments.length > 4 || !arguments[0].matches("sqlite|postgres")) {
            System.err.println("usage: PlaceBenchmark sqlite|postgres [PROXIES [KILLS [SEED]]] (1000000 5 1)");
            System.exit(2);
        }
        boolean sqlite = arguments[0].equals("sqlite");
        int proxies = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        int kills = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : 1;
        System.out.printf(
                "%s, %,d proxies, lease %s, -Xmx%s, seed %d%n%n",
                sqlite ? "SQLite" : "PostgreSQL", proxies, LEASE, HEAP, seed);
        Path folder = Files.createTempDirectory("sluice-bench");
        boolean equal;
        try (EmbeddedPostgres postgres = sqlite
                ? null
                : EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
            equal = new PlaceBenchmark(proxies, kills, seed, folder, postgres).run();
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
        System.exit(equal ? 0 : 1);
    }

    private boolean run() throws Exception {
        System.out.println("| run | kills | seconds | proxies/s | rows | located | hash | equal |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        Database first = database("undisturbed");
        fill(first.url);
        long begin = System.nanoTime();
        try (Worker worker = new Worker(first)) {
            worker.over();
        }
        double seconds = since(begin);
        Stored undisturbed = first.stored();
        row("undisturbed", 0, seconds, undisturbed, undisturbed);
        if (undisturbed.located == 0) {
            throw new IllegalStateException("nothing is located (expected: nine of ten)");
        }

        Database second = database("killed");
        fill(second.url);
        begin = System.nanoTime();
        int killed = 0;
        while (true) {
            try (Worker worker = new Worker(second)) {
                if (killed == kills) {
                    worker.over();
                    break;
                }
                worker.begun();
                long moment = (long) (random.nextDouble() * 1e3 * seconds / (kills + 1));
                if (worker.over(moment)) {
                    break;
                }
                worker.kill();
                killed++;
            }
        }
        return row("killed", killed, since(begin), second.stored(), undisturbed);
    }

    private static double since(long beginNanos) {
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    private boolean row(String name, int killed, double seconds, Stored stored, Stored expected) {
        boolean equal = stored.equals(expected) && stored.rows == proxies;
        System.out.printf(
                "| %s | %d | %.1f | %,.0f | %,d | %,d | %016x | %s |%n",
                name,
                killed,
                seconds,
                stored.rows / seconds,
                stored.rows,
                stored.located,
                stored.hash,
                equal ? "yes" : "NO");
        return equal;
    }

    // What there is to locate

    private void fill(String url) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            ProxyStore store = opened(vertx, url);
            for (int first = 0; first < proxies; first += BATCH) {
                List<Candidate> candidates = new ArrayList<>();
                for (int i = first; i < Math.min(proxies, first + BATCH); i++) {
                    candidates.add(new Candidate(
                            ProxyKey.of(Scheme.HTTP, address(i), 8_080),
                            Capability.HTTP.bit(),
                            i % 3 == 0 ? "DE" : null));
                }
                done(store.keep(new CandidatesFound("list", NOW, candidates), Merge.UPDATE));
            }
            List<StoredProxy> page = done(store.page(0, BATCH));
            while (!page.isEmpty()) {
                List<HealthChange> changes = new ArrayList<>();
                for (StoredProxy entry : page) {
                    int number = number(entry.key().host());
                    if (number % ALIVE_EVERY == 0) {
                        Health alive = Population.proxy(number + 1, 0).health();
                        changes.add(new HealthChange(
                                entry.id(), entry.key(), entry.health().version(), alive, List.of()));
                    }
                }
                done(store.write(changes));
                page = done(store.page(page.get(page.size() - 1).id(), BATCH));
            }
            done(store.close());
        } finally {
            done(vertx.close());
        }
    }

    private static String address(int number) {
        return "10." + (number >> 16 & 0xff) + '.' + (number >> 8 & 0xff) + '.' + (number & 0xff);
    }

    private static int number(String address) {
        int number = 0;
        String[] parts = address.split("\\.", -1);
        for (int i = 1; i < parts.length; i++) {
            number = number << 8 | Integer.parseInt(parts[i]);
        }
        return number;
    }

    private static ProxyStore opened(Vertx vertx, String url) throws Exception {
        return done(Stores.open(vertx, ConfigLoader.defaults("store.url=" + url).store(), TestVaults.usual()));
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Database database(String name) throws Exception {
        if (postgres == null) {
            Path file = Files.createDirectories(folder.resolve(name)).resolve("sluice.db");
            return new Database("sqlite:" + file, "jdbc:sqlite:" + file);
        }
        String server = "127.0.0.1:" + postgres.getPort() + '/';
        try (Connection connection =
                        DriverManager.getConnection("jdbc:postgresql://" + server + "postgres?user=postgres");
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE DATABASE " + name);
        }
        return new Database(
                "postgresql://postgres:postgres@" + server + name,
                "jdbc:postgresql://" + server + name + "?user=postgres");
    }

    /** A database, and how to look into it when no worker has it. */
    private record Database(String url, String jdbc) {
        private static final int COLUMNS = 18;

        Stored stored() throws Exception {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long rows = 0;
            long located = 0;
            long hash = 0;
            try (Connection connection = DriverManager.getConnection(jdbc)) {
                connection.setAutoCommit(false);
                try (Statement sql = connection.createStatement()) {
                    sql.setFetchSize(10_000);
                    try (ResultSet found = sql.executeQuery("SELECT host, port, region, country, city, asn,"
                            + " organisation, network_type, location_origin, exit_address, located_exit, exit_region,"
                            + " exit_country, exit_city, exit_asn, exit_organisation, exit_network_type, exit_origin"
                            + " FROM proxy")) {
                        while (found.next()) {
                            StringBuilder entry = new StringBuilder();
                            for (int column = 1; column <= COLUMNS; column++) {
                                entry.append(found.getString(column)).append('\n');
                            }
                            hash += ByteBuffer.wrap(
                                            digest.digest(entry.toString().getBytes(StandardCharsets.UTF_8)))
                                    .getLong();
                            rows++;
                            located += "city".equals(found.getString(9)) ? 1 : 0;
                        }
                    }
                }
            }
            return new Stored(rows, located, hash);
        }
    }

    /** A process that works on the job until it is over. */
    private static final class Worker implements AutoCloseable {
        private final Process process;
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch completed = new CountDownLatch(1);
        private final Thread reader;

        Worker(Database database) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx" + HEAP,
                            "-cp",
                            System.getProperty("java.class.path"),
                            PlaceBenchmark.class.getName(),
                            "worker",
                            database.url)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            reader = new Thread(this::read, "worker");
            reader.start();
        }

        private void read() {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    switch (line) {
                        case "# processing" -> begun.countDown();
                        case "# completed" -> {
                            begun.countDown();
                            completed.countDown();
                        }
                        default -> {
                            if (!line.startsWith("# ")) {
                                System.err.println("worker: " + line);
                            }
                        }
                    }
                }
            } catch (IOException e) {
                // The process was killed in the middle of a line.
            }
        }

        void begun() throws InterruptedException {
            await(begun);
        }

        void over() throws InterruptedException {
            await(completed);
        }

        private void await(CountDownLatch latch) throws InterruptedException {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("worker: silent for " + PATIENCE_SECONDS + " s");
            }
        }

        /** Waits so long at most. @return whether it is over */
        boolean over(long millis) throws InterruptedException {
            return completed.await(millis, TimeUnit.MILLISECONDS);
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
            reader.join();
        }

        @Override
        public void close() throws InterruptedException {
            kill();
        }
    }

    // The worker, inside

    private static void work(String url) throws Exception {
        SluiceConfig config = ConfigLoader.defaults("store.url=" + url, "queue.lease=" + LEASE, "queue.poll=500ms");
        Vertx vertx = Vertx.vertx();
        ProxyStore store = done(Stores.open(vertx, config.store(), TestVaults.usual()));
        QueueThread thread = new QueueThread();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        JobNews news = new JobNews(change -> {
            System.out.println("# " + change.state());
            System.out.flush();
        });
        Random random = new Random();
        JobQueue queue = Queues.of(
                vertx,
                store.jobs(),
                config.queue(),
                "node",
                thread,
                random,
                news,
                gone -> Future.succeededFuture(),
                meters);
        Context context = vertx.getOrCreateContext();
        LocateJob job = new LocateJob(
                vertx,
                store,
                new MadeUpPlaces(),
                alive -> Future.succeededFuture(),
                InstantSource.system(),
                System::nanoTime);
        Workers workers = new Workers(
                queue,
                config.queue(),
                "node",
                List.of(job),
                thread,
                work -> context.runOnContext(v -> work.run()),
                random,
                news,
                meters);
        done(Stores.isShared(url) ? workers.start() : workers.startAlone());
        done(queue.submit(new Locate(Locate.Scope.ALL, false).job(5, null)));
        new CountDownLatch(1).await();
    }
}
