package dev.sluice.bench;

import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.Merge;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a million proxies that are all alive cost {@code serve}: seconds until it answers, heap that is live, memory of the
 * process. The load is an open loop of picks and of feedback reports, a thousand of each a second, over HTTP.
 *
 * <p>Needs {@code target/sluice.jar}, {@code cc} and a Java with {@code jcmd}. Arguments, all of them optional: the heap of the
 * server (320m), proxies (1000000), seconds of load (120), a folder whose database is used again when it is there.
 *
 * <p>With 320m the whole process stays under 512 MiB, load included.
 */
public final class MillionBenchmark {
    private static final int BATCH = CandidatesFound.MAX_BATCH;
    private static final int REQUESTS = 1_000;
    private static final int RATE_OF_EACH = 1_000;
    private static final int REPORTS = 30_000;
    private static final int APPLICATIONS = 40;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final List<String> FLAGS = List.of("-XX:+UseG1GC");

    /** What the launcher sets for heaps of this size. */
    private static final Map<String, String> ENVIRONMENT =
            Map.of("MALLOC_ARENA_MAX", "2", "MALLOC_TRIM_THRESHOLD_", "131072");

    /** Every strategy over everything, and what clients filter by. */
    private static final List<String> PICKS = List.of(
            "strategy=round-robin",
            "strategy=least-recently-used",
            "strategy=weighted-random",
            "strategy=best-reputation",
            "strategy=fastest-response",
            "strategy=random",
            "strategy=fastest-half",
            "country=DE",
            "country=US&strategy=fastest-response",
            "anonymity=elite&country=FR,BR",
            "protocol=socks5&max_latency_ms=300",
            "strategy=round-robin&" + Population.THREE_FILTERS);

    private final int proxies;
    private final int seconds;

    private MillionBenchmark(int proxies, int seconds) {
        this.proxies = proxies;
        this.seconds = seconds;
    }

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        String heap = arguments.length > 0 ? arguments[0] : "320m";
        int proxies = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 120;
        MillionBenchmark benchmark = new MillionBenchmark(proxies, seconds);
        if (arguments.length > 3) {
            Path folder = Files.createDirectories(Path.of(arguments[3])).toAbsolutePath();
            benchmark.run(folder, heap);
            return;
        }
        Path folder = Files.createTempDirectory("sluice-million");
        try {
            benchmark.run(folder, heap);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private void run(Path folder, String heap) throws Exception {
        Path database = folder.resolve("data").resolve("sluice.db");
        if (!Files.exists(database)) {
            fill(database);
        }
        System.err.printf("database: %,d MiB%n", Files.size(database) >> 20);
        int port = Program.freePort();
        String url = "http://127.0.0.1:" + port;
        List<String> flags = new ArrayList<>(List.of("-Xmx" + heap));
        flags.addAll(FLAGS);
        try (Load load = Load.compile();
                Program server = Program.start(
                        folder,
                        flags,
                        ENVIRONMENT,
                        List.of(
                                "serve",
                                "--set",
                                "schedule.enabled=false",
                                "--set",
                                "fetch.enabled=false",
                                "--set",
                                "judge.tls-listen=127.0.0.1:0",
                                "--set",
                                "server.port=" + port))) {
            server.until(
                    "an answer",
                    PATIENCE,
                    () -> !Program.get(url + "/get-proxy").isEmpty());
            double answered = server.seconds();
            System.out.printf("heap %s, %,d proxies, Java %s%n%n", heap, proxies, System.getProperty("java.version"));
            System.out.println("| | heap live, MiB | resident, MiB | most resident, MiB |");
            System.out.println("|---|---|---|---|");
            long resident = server.residentMib();
            long peak = server.peakMib();
            row("at the first answer, after " + Math.round(answered * 10) / 10.0 + " s", live(server), resident, peak);
            requests(url);
            resident = server.residentMib();
            row(REQUESTS + " requests, every strategy and filter", live(server), resident, server.peakMib());
            Load.Result result =
                    load.run(port, 16, 0, seconds, 2 * RATE_OF_EACH, load.requests(mixed(new SplittableRandom(1))));
            resident = server.residentMib();
            row(seconds + " s of load", live(server), resident, server.peakMib());
            System.out.printf("%nload: %s%n", result.json());
            System.err.println(
                    jcmd(server, "GC.class_histogram").lines().limit(25).reduce("", (a, b) -> a + '\n' + b));
            if (!result.clean()) {
                throw new IllegalStateException("load: " + result.json() + " (expected: every request answered 2xx)");
            }
        }
    }

    private static void row(String when, long live, long resident, long peak) {
        System.out.printf("| %s | %d | %d | %d |%n", when, live, resident, peak);
    }

    // The database.

    private void fill(Path database) throws Exception {
        Vertx vertx = Vertx.vertx();
        StoreConfig config = new StoreConfig(
                "sqlite:" + database,
                Duration.ofSeconds(30),
                Duration.ofMillis(250),
                200_000,
                Duration.ofDays(7),
                Duration.ofDays(30),
                400,
                8);
        try {
            ProxyStore store = await(Stores.open(vertx, config, TestVaults.usual()));
            for (long first = 1; first <= proxies; first += BATCH) {
                List<PooledProxy> batch = LongStream.range(first, Math.min(first + BATCH, proxies + 1L))
                        .mapToObj(id -> Population.proxy(id, 0))
                        .toList();
                List<Candidate> candidates = batch.stream()
                        .map(proxy ->
                                new Candidate(proxy.key(), 0, proxy.location().country()))
                        .toList();
                // The store numbers what is new in its order, so that numbers are those of the population.
                int added = await(store.keep(
                                new CandidatesFound("list-" + first / BATCH % 30, Population.NOW, candidates),
                                Merge.UPDATE))
                        .added();
                int written = await(store.write(batch.stream()
                        .map(proxy -> new HealthChange(proxy.id(), proxy.key(), 0, proxy.health(), List.of()))
                        .toList()));
                if (added != batch.size() || written != batch.size()) {
                    throw new IllegalStateException("batch at " + first + ": " + added + " added, " + written
                            + " written (expected: " + batch.size() + ")");
                }
            }
            await(store.close());
        } finally {
            await(vertx.close());
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(10, TimeUnit.MINUTES);
    }

    // Requests.

    private static String pick(int number) {
        return "/get-proxy?" + PICKS.get(number % PICKS.size());
    }

    /** A client that waits for each answer: what is slow is the building of views. */
    private static void requests(String url) {
        for (int i = 0; i < REQUESTS; i++) {
            if (Program.get(url + pick(i)).isEmpty()) {
                throw new IllegalStateException(pick(i) + ": no answer");
            }
        }
    }

    private List<String> mixed(SplittableRandom random) {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < REPORTS; i++) {
            made.add(Load.get(pick(i) + (random.nextBoolean() ? "" : "&source=app-" + random.nextInt(APPLICATIONS))));
            String report = "{\"source\":\"app-" + random.nextInt(APPLICATIONS) + "\",\"proxy\":\""
                    + Population.key(1 + random.nextInt(proxies)).url() + "\",\"success\":" + random.nextBoolean()
                    + '}';
            made.add(Load.post("/feedback", report));
        }
        return made;
    }

    // The process.

    /** MiB of heap that full collections leave: the least of three, because views are built all the time. */
    private static long live(Program server) throws Exception {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            jcmd(server, "GC.run");
            String told = jcmd(server, "GC.heap_info");
            int used = told.indexOf("used ");
            if (used < 0) {
                throw new IOException("jcmd GC.heap_info: " + told + " (expected: used …K)");
            }
            least = Math.min(least, Long.parseLong(told.substring(used + 5, told.indexOf('K', used))) / 1_024);
        }
        return least;
    }

    private static String jcmd(Program server, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(server.pid())));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }
}
