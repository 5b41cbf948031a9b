package dev.sluice.bench;

import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.embedded.RedisServer;

/**
 * The stores for small installations beside SQLite, the same work for each in the same run: entries stored, results of
 * checks written one batch after the other, the time a start takes with what is there, and the memory it holds then.
 *
 * <p>Arguments: number of entries, 100000 where none is given. What is stored is made up, and nothing is dialled. Needs no
 * database: Redis comes with the tests. It is started in the working directory, where its jobs go to {@code data}.
 */
public final class SmallStores {
    private static final int BATCH = 5_000;
    private static final int CHECKED = 10_000;
    private static final int RESULTS = 1_000;
    private static final long NOW = 1_800_000_000_000L;
    private static final long LEASE_MILLIS = 3_600_000;
    private static final int LONGEST_MINUTES = 10;

    private final Vertx vertx = Vertx.vertx();
    private final int entries;

    /** What a store took. */
    private record Taken(double storedPerSecond, double resultsPerSecond, double startSeconds, double megabytes) {}

    private SmallStores(int entries) {
        this.entries = entries;
    }

    /** Measures. */
    public static void main(String[] arguments) throws Exception {
        int entries = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
        Path folder = Files.createTempDirectory("sluice-small-stores");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        RedisServer redis = RedisServer.newRedisServer()
                .bind("127.0.0.1")
                .port(port)
                .setting("appendonly yes")
                .setting("save \"\"")
                .setting("dir " + folder)
                .build();
        redis.start();
        SmallStores bench = new SmallStores(entries);
        try {
            System.out.printf("%d entries; ratios to SQLite%n", entries);
            Taken sqlite = bench.measure("sqlite:" + folder.resolve("sqlite/sluice.db"));
            print("sqlite", sqlite, sqlite);
            print("file", bench.measure("file:" + folder.resolve("file/pool.json")), sqlite);
            System.out.printf("  the file has %.1f MB%n", Files.size(folder.resolve("file/pool.json")) / 1e6);
            print("redis", bench.measure("redis://127.0.0.1:" + port + "/0"), sqlite);
        } finally {
            await(bench.vertx.close());
            redis.stop();
            delete(folder);
        }
    }

    private static void print(String name, Taken taken, Taken baseline) {
        System.out.printf(
                "%-7s stored %,9.0f/s (%5.2f)  results %,9.0f/s (%5.2f)  start %6.2f s (%5.2f)  memory %6.1f MB%n",
                name,
                taken.storedPerSecond,
                taken.storedPerSecond / baseline.storedPerSecond,
                taken.resultsPerSecond,
                taken.resultsPerSecond / baseline.resultsPerSecond,
                taken.startSeconds,
                taken.startSeconds / baseline.startSeconds,
                taken.megabytes);
    }

    private Taken measure(String url) throws Exception {
        StoreConfig config = new StoreConfig(
                url,
                Duration.ofSeconds(30),
                Duration.ofMillis(250),
                200_000,
                Duration.ofDays(7),
                Duration.ofDays(30),
                400,
                4);
        ProxyStore store = await(Stores.open(vertx, config, TestVaults.usual()));
        long begun = System.nanoTime();
        for (int from = 0; from < entries; from += BATCH) {
            List<Candidate> some = new ArrayList<>();
            for (int i = from; i < Math.min(entries, from + BATCH); i++) {
                some.add(new Candidate(key(i), 0, null));
            }
            await(store.keep(new CandidatesFound("list-" + from % 7, NOW, some), Merge.UPDATE));
        }
        double storing = since(begun);
        begun = System.nanoTime();
        int checked = Math.min(CHECKED, entries);
        for (int done = 0; done < checked; done += RESULTS) {
            List<HealthChange> changes = new ArrayList<>();
            for (TakenProxy taken : await(store.takeDue(NOW, 1, 10, RESULTS, LEASE_MILLIS))) {
                changes.add(new HealthChange(
                        taken.id(), taken.key(), taken.health().version(), after(taken.health()), List.of()));
            }
            await(store.write(changes));
        }
        double checking = since(begun);
        await(store.close());
        long before = used();
        begun = System.nanoTime();
        ProxyStore started = await(Stores.open(vertx, config, TestVaults.usual()));
        double starting = since(begun);
        long held = used() - before;
        if (await(started.stats()).total() != entries) {
            throw new IllegalStateException(url + ": not all entries are there");
        }
        await(started.close());
        return new Taken(entries / storing, checked / checking, starting, held / 1e6);
    }

    private static ProxyKey key(int i) {
        return ProxyKey.of(
                i % 3 == 0 ? Scheme.SOCKS5 : Scheme.HTTP,
                "10." + (i >> 16) + '.' + (i >> 8 & 255) + '.' + (i & 255),
                8080);
    }

    /** As after a check that failed. */
    private static Health after(Health before) {
        return new Health(
                false,
                true,
                before.verified(),
                before.capabilities(),
                before.anonymity(),
                before.tampering(),
                null,
                before.tier(),
                before.risk(),
                before.priority(),
                NOW + LEASE_MILLIS,
                LEASE_MILLIS,
                NOW,
                NOW,
                0,
                0,
                Double.NaN,
                1,
                1,
                0,
                0,
                before.lastReason(),
                before.version() + 1);
    }

    private static double since(long begunNanos) {
        return (System.nanoTime() - begunNanos) / 1e9;
    }

    private static long used() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(LONGEST_MINUTES, TimeUnit.MINUTES);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
