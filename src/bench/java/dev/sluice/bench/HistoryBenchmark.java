package dev.sluice.bench;

import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.port.SeriesHistory.Width;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.HealthChange;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.HistoryRecords;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Histories of many proxies over many days, written and folded by the code that does so in production, on a clock that is
 * played: every proxy is checked once a day, the one in twenty that works as often as is asked, every half-hour at most. Prints what that costs on the disk,
 * what writing results costs with histories and without, and how long reading takes.
 */
public final class HistoryBenchmark {
    private static final int BATCH = 1_000;
    private static final int ALIVE_ONE_IN = 20;
    private static final int ROUNDS_A_DAY = 48;
    private static final int FAILS_ONE_IN = 50;
    private static final int READS = 1_000;
    private static final int QUERIES = 100;
    private static final int COMPARED = 20;
    private static final int COUNTRIES = 64;
    private static final long SEED = 1;
    private static final long HALF_HOUR = 1_800_000;
    private static final long A_DAY = 86_400_000;
    /** A midnight. */
    private static final long START = 1_764_547_200_000L;

    private final ProxyStore store;
    private final Sizes sizes;
    private final int proxies;
    private final int days;
    private final int often;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final HistoryLimits limits = HistoryLimits.of(Duration.ofDays(30), 400);
    private long number = 1;
    private long checks;
    private long writeNanos;
    private long foldNanos;
    private long longestStepNanos;

    /** How large the database is. */
    private interface Sizes {
        long bytes() throws SQLException;
    }

    private HistoryBenchmark(ProxyStore store, Sizes sizes, int proxies, int days, int often) {
        this.store = store;
        this.sizes = sizes;
        this.proxies = proxies;
        this.days = days;
        this.often = often;
    }

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        String database = arguments.length > 0 ? arguments[0] : "sqlite";
        int proxies = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20_000;
        int days = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 30;
        int often = arguments.length > 3 ? Integer.parseInt(arguments[3]) : ROUNDS_A_DAY;
        if (arguments.length > 4
                || often < 1
                || ROUNDS_A_DAY % often != 0
                || !List.of("sqlite", "postgres").contains(database)
                || proxies < 2_000
                || days < 1) {
            System.err.println(
                    "usage: HistoryBenchmark [sqlite|postgres [PROXIES [DAYS [CHECKS_OF_WORKING]]]] (sqlite 20000 30 48)");
            System.exit(2);
        }
        System.out.println(database + ", " + proxies + " proxies, " + days + " days, working ones " + often
                + " times a day, seed " + SEED);
        Vertx vertx = Vertx.vertx();
        if (database.equals("sqlite")) {
            sqlite(vertx, proxies, days, often);
        } else {
            postgres(vertx, proxies, days, often);
        }
        System.exit(0);
    }

    private static void sqlite(Vertx vertx, int proxies, int days, int often) throws Exception {
        Path directory = Files.createTempDirectory("sluice-history");
        Path file = directory.resolve("sluice.db");
        run(vertx, "sqlite:" + file, proxies, days, often, () -> {
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
                return number(
                                connection,
                                "SELECT (SELECT page_count FROM pragma_page_count)"
                                        + " * (SELECT page_size FROM pragma_page_size)")
                        - number(
                                connection,
                                "SELECT (SELECT freelist_count FROM pragma_freelist_count)"
                                        + " * (SELECT page_size FROM pragma_page_size)");
            }
        });
        try (var files = Files.list(directory)) {
            for (Path path : files.toList()) {
                Files.delete(path);
            }
        }
        Files.delete(directory);
    }

    private static void postgres(Vertx vertx, int proxies, int days, int often) throws Exception {
        try (EmbeddedPostgres server =
                EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
            String address = "127.0.0.1:" + server.getPort() + "/postgres";
            run(vertx, "postgresql://postgres:postgres@" + address, proxies, days, often, () -> {
                try (Connection connection =
                        DriverManager.getConnection("jdbc:postgresql://" + address + "?user=postgres")) {
                    return number(connection, "SELECT pg_database_size('postgres')");
                }
            });
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void run(Vertx vertx, String url, int proxies, int days, int often, Sizes sizes) throws Exception {
        ProxyStore store = await(Stores.open(
                vertx,
                new StoreConfig(
                        url,
                        Duration.ofSeconds(30),
                        Duration.ofMillis(250),
                        200_000,
                        Duration.ofDays(7),
                        Duration.ofDays(30),
                        400,
                        8),
                TestVaults.usual()));
        HistoryBenchmark benchmark = new HistoryBenchmark(store, sizes, proxies, days, often);
        benchmark.run();
        await(store.close());
    }

    private void run() throws Exception {
        fill();
        compare();
        long before = sizes.bytes();
        play();
        long after = sizes.bytes();
        System.out.println();
        System.out.println("| | |");
        System.out.println("|---|---|");
        row("checks", "%,d".formatted(checks));
        row("database without histories MB", "%.1f".formatted(before / 1e6));
        row("database with histories MB", "%.1f".formatted(after / 1e6));
        row("bytes a check", "%.2f".formatted((double) (after - before) / checks));
        row("checks noted a second", "%,.0f".formatted(checks / (writeNanos / 1e9)));
        row("checks folded a second", "%,.0f".formatted(checks / (foldNanos / 1e9)));
        row("longest step of a fold ms", "%.1f".formatted(longestStepNanos / 1e6));
        reads();
        series();
    }

    private static void row(String name, String value) {
        System.out.println("| " + name + " | " + value + " |");
    }

    // Filling

    private void fill() throws Exception {
        for (int first = 0; first < proxies; first += BATCH) {
            List<Candidate> batch = new ArrayList<>();
            for (int i = first; i < Math.min(proxies, first + BATCH); i++) {
                String host = "198." + (18 + (i >> 16 & 1)) + '.' + (i >> 8 & 255) + '.' + (i & 255);
                batch.add(new Candidate(ProxyKey.of(Scheme.HTTP, host, 1_024 + (i >> 17)), 0, null));
            }
            await(store.keep(new CandidatesFound("list", START, batch), Merge.UPDATE));
        }
    }

    /** The same writes of health with what happened and without, in turns. */
    private void compare() throws Exception {
        List<TakenProxy> taken = await(store.takeDue(START, 1, 10, BATCH, A_DAY));
        List<HealthChange> changes = new ArrayList<>();
        for (TakenProxy one : taken) {
            changes.add(new HealthChange(one.id(), one.key(), one.health().version(), one.health(), List.of()));
        }
        double[] nanos = new double[2];
        for (int round = 0; round < COMPARED; round++) {
            // Without a new version, so that the same change fits again and again.
            for (int with = 0; with < 2; with++) {
                List<CheckBatch.Noted> noted = new ArrayList<>();
                for (TakenProxy one : taken) {
                    noted.add(new CheckBatch.Noted(one.id(), check(START, false)));
                }
                CheckBatch happened = with == 1 ? new CheckBatch("compared", number++, noted) : null;
                long start = System.nanoTime();
                await(store.write(changes, happened));
                if (round >= COMPARED / 4) {
                    nanos[with] += System.nanoTime() - start;
                }
            }
        }
        int counted = (COMPARED - COMPARED / 4) * taken.size();
        System.out.println();
        System.out.printf(
                Locale.ROOT,
                "results written a second: %,.0f without histories, %,.0f with them: %.2f of it%n",
                counted / (nanos[0] / 1e9),
                counted / (nanos[1] / 1e9),
                nanos[0] / nanos[1]);
        while (await(store.history().fold(new HistoryLimits(Duration.ofDays(30), 400, Duration.ZERO), START))
                .more()) {
            // Until all of it is folded.
        }
        // These were checks of no day that is played: they go.
        await(store.history().trim(HistoryLimits.of(Duration.ofMillis(1), 1), START + 9 * A_DAY, 0, 10_000));
    }

    private Check check(long atMillis, boolean alive) {
        if (alive) {
            return new Check(atMillis, FailureReason.NONE, (int)
                    Math.min(30_000, 60 + 300 * -Math.log(random.nextDouble())));
        }
        return new Check(atMillis, random.nextInt(3) == 0 ? FailureReason.REFUSED : FailureReason.CONNECT_TIMEOUT, 0);
    }

    // Playing

    /** In every half-hour its share of the dead, and all that work, each at its own second; then a fold, as after a quarter of one. */
    private void play() throws Exception {
        for (int day = 0; day < days; day++) {
            for (int round = 0; round < ROUNDS_A_DAY; round++) {
                long at = START + day * A_DAY + round * HALF_HOUR;
                List<CheckBatch.Noted> noted = new ArrayList<>(BATCH);
                for (int id = 1; id <= proxies; id++) {
                    boolean works = id % ALIVE_ONE_IN == 0;
                    if (works && (id + round) % (ROUNDS_A_DAY / often) == 0 || id % ROUNDS_A_DAY == round) {
                        long second = at + random.nextLong(HALF_HOUR);
                        noted.add(new CheckBatch.Noted(id, check(second, works && random.nextInt(FAILS_ONE_IN) > 0)));
                        if (noted.size() == BATCH) {
                            write(noted);
                        }
                    }
                }
                write(noted);
                fold(at + HALF_HOUR + HALF_HOUR / 2);
            }
            if (day % 5 == 4) {
                System.out.println("day " + (day + 1) + ": " + sizes.bytes() / 1_000_000 + " MB");
            }
        }
        trim(START + days * A_DAY);
    }

    private void write(List<CheckBatch.Noted> noted) throws Exception {
        if (noted.isEmpty()) {
            return;
        }
        CheckBatch batch = new CheckBatch("played", number++, noted);
        long start = System.nanoTime();
        await(store.write(List.of(), batch));
        writeNanos += System.nanoTime() - start;
        checks += noted.size();
        noted.clear();
    }

    private void fold(long nowMillis) throws Exception {
        long start = System.nanoTime();
        HistoryRecords.Step step;
        do {
            long begun = System.nanoTime();
            step = await(store.history().fold(limits, nowMillis));
            longestStepNanos = Math.max(longestStepNanos, System.nanoTime() - begun);
        } while (step.more());
        foldNanos += System.nanoTime() - start;
    }

    private void trim(long nowMillis) throws Exception {
        HistoryRecords.Trim trim = new HistoryRecords.Trim(0, true);
        while (trim.more()) {
            trim = await(store.history().trim(limits, nowMillis, trim.lastId(), 2_000));
        }
    }

    // Reading

    private void reads() throws Exception {
        // A quarter of an hour that is not folded yet.
        List<CheckBatch.Noted> noted = new ArrayList<>();
        for (int id = 1; id <= proxies; id += 2 * ALIVE_ONE_IN) {
            noted.add(new CheckBatch.Noted(id, check(START + days * A_DAY, true)));
            if (noted.size() == 20) {
                write(noted);
            }
        }
        write(noted);
        timed("history of any proxy", READS, i -> store.history().of(1 + random.nextInt(proxies), 0, 100));
        timed(
                "history of one that works",
                READS,
                i -> store.history().of((1L + random.nextInt(proxies / ALIVE_ONE_IN)) * ALIVE_ONE_IN, 0, 10_000));
    }

    private static void timed(String what, int times, IntFunction<Future<?>> ask) throws Exception {
        for (int i = 0; i < times / 10; i++) {
            await(ask.apply(i));
        }
        long[] nanos = new long[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            await(ask.apply(i));
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        row(what + " ms, p50 and p99", "%.2f, %.2f".formatted(nanos[times / 2] / 1e6, nanos[times * 99 / 100] / 1e6));
    }

    /** As full as a series gets: every bucket that is kept, in every dimension, of as many names as there may be. */
    private void series() throws Exception {
        long now = START + 400 * A_DAY;
        for (Width width : Width.values()) {
            long step = width.seconds() * 1_000L;
            for (Dimension dimension : Dimension.values()) {
                List<Bucket> buckets = new ArrayList<>();
                for (long at = width.oldestMillis(now); at < now; at += step) {
                    buckets.add(new Bucket(dimension, width, at, "played", tallies(dimension)));
                    if (buckets.size() == 100) {
                        await(store.history().series().put(buckets));
                        buckets.clear();
                    }
                }
                await(store.history().series().put(buckets));
            }
        }
        for (Dimension dimension : Dimension.values()) {
            query(now, dimension, Width.FIVE_MINUTES, Width.FIVE_MINUTES.start(now) - 500 * 300_000L);
            query(now, dimension, Width.HOUR, Width.HOUR.oldestMillis(now));
            query(now, dimension, Width.DAY, Width.DAY.oldestMillis(now));
        }
        row("database with full series MB", "%.1f".formatted(sizes.bytes() / 1e6));
    }

    private void query(long now, Dimension dimension, Width width, long from) throws Exception {
        timed(
                "series by " + dimension.text() + ", steps of " + width.seconds() + " s",
                QUERIES,
                i -> store.history().series().read(dimension, width, from, now));
    }

    private Map<String, Tally> tallies(Dimension dimension) {
        int names = switch (dimension) {
            case TOTAL -> 1;
            case PROTOCOL -> 5;
            case COUNTRY, SOURCE -> COUNTRIES;
        };
        Map<String, Tally> tallies = new TreeMap<>();
        for (int i = 0; i < names; i++) {
            Tally tally = new Tally();
            tally.sampled(1_000, 10_000);
            for (int check = 0; check < 40; check++) {
                tally.succeeded(60 + 300 * -Math.log(random.nextDouble()));
            }
            tallies.put("name-" + i, tally);
        }
        return tallies;
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.MINUTES);
    }
}
