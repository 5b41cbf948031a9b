package dev.sluice.bench;

import dev.sluice.config.ConfigLoader;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Ranking;
import dev.sluice.pool.Selection;
import dev.sluice.pool.Strategy;
import dev.sluice.port.Merge;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxyQuery.Order;
import dev.sluice.store.ProxyQuery.Position;
import dev.sluice.store.ProxyQuery.State;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import dev.sluice.store.schema.SearchSql;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every kind of search of the administration, a thousand times each with random values, beside a writer of health: median, 99th
 * percentile and longest, and how the database goes about it. Then what the indexes cost: checks and imports with and without
 * them, in alternating rounds of the same run.
 *
 * <p>Arguments: {@code sqlite} or {@code postgres}, and how many entries: 5 % alive, 200 countries and 5,000 autonomous systems by
 * Zipf's law, 20 lists that overlap, a tenth never checked, a twentieth archived. Nothing in them is ever dialled.
 */
public final class AdminQueries {
    private static final long SEED = 20_260_801;
    private static final long NOW = 1_800_000_000_000L;
    private static final int TIMES = 1_000;
    private static final int COUNTRIES = 200;
    private static final int SYSTEMS = 5_000;
    private static final int LISTS = 20;
    private static final int BATCH = 10_000;
    private static final int ROUNDS = 3;
    private static final int WRITES = 20;
    private static final long PATIENCE_SECONDS = 120;
    private static final List<String> INDEXES = List.of(
            "proxy_country ON proxy (country%s) WHERE country IS NOT NULL",
            "proxy_asn ON proxy (asn%s) WHERE asn > 0", "proxy_tier ON proxy (tier%s) WHERE tier < 3");

    private final boolean sqlite;
    private final int rows;
    private final String jdbc;
    private final String url;
    private final Random random = new Random(SEED);

    private AdminQueries(boolean sqlite, int rows, String url, String jdbc) {
        this.sqlite = sqlite;
        this.rows = rows;
        this.url = url;
        this.jdbc = jdbc;
    }

    /** Runs it and prints tables in Markdown. */
    public static void main(String[] arguments) throws Exception {
        boolean known = arguments.length == 2 && List.of("sqlite", "postgres").contains(arguments[0]);
        if (!known) {
            System.err.println("usage: AdminQueries sqlite|postgres ROWS (expected: for example sqlite 1000000)");
            System.exit(2);
        }
        int rows = Integer.parseInt(arguments[1]);
        Path folder = Files.createTempDirectory("sluice-bench");
        try {
            if (arguments[0].equals("sqlite")) {
                Path file = folder.resolve("sluice.db");
                new AdminQueries(true, rows, "sqlite:" + file, "jdbc:sqlite:" + file).run();
            } else {
                try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "on")
                        .start()) {
                    String at = "127.0.0.1:" + postgres.getPort() + "/postgres";
                    new AdminQueries(
                                    false,
                                    rows,
                                    "postgresql://postgres:postgres@" + at,
                                    "jdbc:postgresql://" + at + "?user=postgres&reWriteBatchedInserts=true")
                            .run();
                }
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private void run() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            await(open(vertx).compose(ProxyStore::close));
            long begin = System.nanoTime();
            fill();
            System.err.printf("%,d entries in %.1f s%n", rows, (System.nanoTime() - begin) / 1e9);
            ProxyStore store = await(open(vertx));
            try {
                searches(vertx, store);
                pool();
                costs(store);
            } finally {
                await(store.close());
            }
        } finally {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
    }

    private Future<ProxyStore> open(Vertx vertx) {
        return Stores.open(vertx, ConfigLoader.defaults("store.url=" + url).store(), TestVaults.usual());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    // What is stored.

    private static String country(int rank) {
        return "" + (char) ('A' + rank / 26) + (char) ('A' + rank % 26);
    }

    /** 1..most, the first the most often. */
    private int zipf(int most) {
        return (int) Math.min(most, Math.floor(Math.exp(random.nextDouble() * Math.log(most + 1))));
    }

    private static String host(int id) {
        return (11 + id % 89) + "." + (id / 89 % 256) + '.' + (id / 22_784 % 256) + '.' + (1 + id % 254);
    }

    private void fill() throws SQLException {
        String no = sqlite ? "0" : "false";
        String flag = sqlite ? "?" : "(? > 0)";
        try (Connection connection = DriverManager.getConnection(jdbc)) {
            connection.setAutoCommit(false);
            try (PreparedStatement source = connection.prepareStatement("INSERT INTO source (name) VALUES (?)");
                    PreparedStatement proxy = connection.prepareStatement("INSERT INTO proxy (scheme, host, port,"
                            + " first_seen_at, alive, tier, next_check_at, state_since, last_checked_at, last_reason, checks,"
                            + " country, asn, location_origin, archived, detected) VALUES (?, ?, ?, " + NOW + ", "
                            + flag
                            + ", ?, ?, ?, ?, ?, ?, ?, ?, 'city', " + flag + ", " + no + ")");
                    PreparedStatement listing = connection.prepareStatement(
                            "INSERT INTO listing (proxy_id, source_id, first_listed_at, listed_at) VALUES (?, ?, " + NOW
                                    + ", " + NOW + ")")) {
                for (int list = 1; list <= LISTS; list++) {
                    source.setString(1, "list-" + list);
                    source.executeUpdate();
                }
                for (int id = 1; id <= rows; id++) {
                    entry(proxy, id);
                    int lists = 1 + random.nextInt(3);
                    int list = zipf(LISTS);
                    for (int i = 0; i < lists; i++) {
                        listing.setInt(1, id);
                        listing.setInt(2, 1 + (list + 7 * i) % LISTS);
                        listing.addBatch();
                    }
                    if (id % BATCH == 0 || id == rows) {
                        proxy.executeBatch();
                        listing.executeBatch();
                        connection.commit();
                    }
                }
            }
            connection.setAutoCommit(true);
            try (Statement analyze = connection.createStatement()) {
                analyze.execute(sqlite ? "SELECT 1" : "VACUUM ANALYZE");
            }
        }
    }

    private void entry(PreparedStatement proxy, int id) throws SQLException {
        int draw = random.nextInt(100);
        boolean alive = draw < 5;
        boolean never = draw >= 90;
        boolean archived = !alive && !never && draw >= 85;
        proxy.setInt(1, new int[] {1, 1, 4, 5, 0}[random.nextInt(5)]);
        proxy.setString(2, host(id));
        proxy.setInt(3, 1_024 + random.nextInt(64_000));
        proxy.setInt(4, alive ? 1 : 0);
        proxy.setInt(5, alive ? 1 + random.nextInt(10) / 9 : never ? 4 : draw < 8 ? 2 : 3);
        proxy.setLong(6, NOW + random.nextInt(86_400_000));
        proxy.setLong(7, NOW - random.nextInt(1_000_000_000));
        proxy.setLong(8, never ? 0 : NOW - random.nextInt(86_400_000));
        proxy.setInt(9, alive || never ? 0 : 1 + zipf(13));
        proxy.setInt(10, never ? 0 : 1 + zipf(200));
        proxy.setString(11, country(zipf(COUNTRIES) - 1));
        proxy.setInt(12, 60_000 + zipf(SYSTEMS));
        proxy.setInt(13, archived ? 1 : 0);
        proxy.addBatch();
    }

    // Searches.

    private static ProxyQuery everything(State state, Order order, boolean descending) {
        return new ProxyQuery(
                state,
                order,
                descending,
                Set.of(),
                null,
                0,
                Set.of(),
                Set.of(),
                null,
                List.of(),
                0,
                0,
                Long.MAX_VALUE,
                null,
                50);
    }

    private ProxyQuery filtered(
            State state,
            @Nullable String country,
            long asn,
            Set<Tier> tiers,
            Set<FailureReason> reasons,
            @Nullable String list,
            List<String> hosts,
            long leastChecks) {
        return new ProxyQuery(
                state,
                Order.ID,
                random.nextBoolean(),
                Set.of(),
                country,
                asn,
                tiers,
                reasons,
                list,
                hosts,
                0,
                leastChecks,
                Long.MAX_VALUE,
                hosts.isEmpty() && random.nextBoolean() ? new Position(anyId(), anyId()) : null,
                50);
    }

    private int anyId() {
        return 1 + random.nextInt(rows);
    }

    private String anyCountry() {
        return country(zipf(COUNTRIES) - 1);
    }

    private String anyList() {
        return "list-" + (1 + random.nextInt(LISTS));
    }

    private List<String> network() {
        String host = host(anyId());
        String first = host.substring(0, host.lastIndexOf('.') + 1);
        List<String> hosts = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            hosts.add(first + i);
        }
        return hosts;
    }

    private Map<String, Supplier<ProxyQuery>> shapes() {
        Map<String, Supplier<ProxyQuery>> shapes = new LinkedHashMap<>();
        shapes.put("`state=all`", () -> everything(State.ALL, Order.ID, random.nextBoolean()));
        shapes.put("`state=never`", () -> everything(State.NEVER, Order.ID, random.nextBoolean()));
        shapes.put("`state=archived`", () -> everything(State.ARCHIVED, Order.ID, random.nextBoolean()));
        shapes.put("`sort=dead_since`", () -> everything(State.DEAD, Order.DEAD_SINCE, random.nextBoolean()));
        shapes.put(
                "`state=dead&reason=` (the rarest)",
                () -> filtered(State.DEAD, null, 0, Set.of(), Set.of(FailureReason.TARGET_CHECK), null, List.of(), 0));
        shapes.put("`country=`", () -> filtered(State.ALL, anyCountry(), 0, Set.of(), Set.of(), null, List.of(), 0));
        shapes.put(
                "`asn=`",
                () -> filtered(State.ALL, null, 60_000 + zipf(SYSTEMS), Set.of(), Set.of(), null, List.of(), 0));
        shapes.put("`tier=1`", () -> filtered(State.ALL, null, 0, Set.of(Tier.ACTIVE), Set.of(), null, List.of(), 0));
        shapes.put("`list=`", () -> filtered(State.ALL, null, 0, Set.of(), Set.of(), anyList(), List.of(), 0));
        shapes.put(
                "`country=&list=&reason=`",
                () -> filtered(
                        State.DEAD, anyCountry(), 0, Set.of(), Set.of(FailureReason.TIMEOUT), anyList(), List.of(), 0));
        shapes.put(
                "`country=&asn=&tier=`",
                () -> filtered(
                        State.ALL,
                        anyCountry(),
                        60_000 + zipf(SYSTEMS),
                        Set.of(Tier.AT_RISK),
                        Set.of(),
                        null,
                        List.of(),
                        0));
        shapes.put(
                "`host=` (one address)",
                () -> filtered(State.ALL, null, 0, Set.of(), Set.of(), null, List.of(host(anyId())), 0));
        shapes.put(
                "`host=` (a network of 24 bits)",
                () -> filtered(State.ALL, null, 0, Set.of(), Set.of(), null, network(), 0));
        shapes.put(
                "`min_checks=` (nothing has so many)",
                () -> filtered(State.ALL, null, 0, Set.of(), Set.of(), null, List.of(), 1_000_000));
        shapes.put(
                "`country=&min_checks=` (nothing has so many)",
                () -> filtered(State.ALL, anyCountry(), 0, Set.of(), Set.of(), null, List.of(), 1_000_000));
        return shapes;
    }

    private void searches(Vertx vertx, ProxyStore store) throws Exception {
        AtomicBoolean writing = new AtomicBoolean(true);
        Random own = new Random(SEED + 1);
        Thread writer = new Thread(
                () -> {
                    try {
                        while (writing.get()) {
                            write(store, own.nextInt(rows), 100);
                            TimeUnit.MILLISECONDS.sleep(100);
                        }
                    } catch (Exception e) {
                        System.err.println("the writer stopped: " + e);
                    }
                },
                "writer");
        writer.start();
        System.out.printf(
                "%n%s, %,d entries, %,d searches each, pages of 50, beside 1,000 writes a second%n%n",
                sqlite ? "SQLite" : "PostgreSQL", rows, TIMES);
        System.out.println("| search | p50 ms | p99 ms | longest ms | found, mean | cut |");
        System.out.println("|---|---:|---:|---:|---:|---:|");
        Map<String, String> plans = new LinkedHashMap<>();
        for (Map.Entry<String, Supplier<ProxyQuery>> shape : shapes().entrySet()) {
            double[] millis = new double[TIMES];
            long found = 0;
            int cut = 0;
            for (int i = 0; i < 50; i++) {
                await(store.search().search(shape.getValue().get()));
            }
            for (int i = 0; i < TIMES; i++) {
                ProxyQuery query = shape.getValue().get();
                long begin = System.nanoTime();
                ProxySearch.Found page = await(store.search().search(query));
                millis[i] = (System.nanoTime() - begin) / 1e6;
                found += page.proxies().size();
                cut += page.cut() ? 1 : 0;
            }
            Arrays.sort(millis);
            System.out.printf(
                    "| %s | %.2f | %.2f | %.2f | %.1f | %.0f %% |%n",
                    shape.getKey(),
                    millis[TIMES / 2],
                    millis[TIMES * 99 / 100],
                    millis[TIMES - 1],
                    found / (double) TIMES,
                    100.0 * cut / TIMES);
            plans.put(shape.getKey(), plan(shape.getValue().get()));
        }
        writing.set(false);
        writer.join();
        System.out.println("\n| search | how the database goes about it |\n|---|---|");
        plans.forEach((shape, plan) -> System.out.println("| " + shape + " | " + plan + " |"));
        System.out.println();
    }

    private void write(ProxyStore store, long after, int count) throws Exception {
        List<HealthChange> changes = new ArrayList<>();
        for (StoredProxy stored : await(store.page(Math.min(after, Math.max(0, rows - count)), count))) {
            changes.add(new HealthChange(
                    stored.id(), stored.key(), stored.health().version(), checked(stored.health()), List.of()));
        }
        await(store.write(changes));
    }

    /** The same verdict once more, a while later. */
    private static Health checked(Health before) {
        return new Health(
                before.alive(),
                before.active(),
                before.verified(),
                before.capabilities(),
                before.anonymity(),
                before.tampering(),
                before.exitAddress(),
                before.tier(),
                before.risk(),
                before.priority(),
                before.nextCheckAtMillis() + 600_000,
                600_000,
                before.stateSinceMillis(),
                Math.max(NOW, before.lastCheckedAtMillis()) + 600_000,
                before.lastAliveAtMillis(),
                0.5,
                100,
                before.consecutiveFailures(),
                before.checks() + 1,
                before.successes(),
                before.uses(),
                before.lastReason(),
                before.version() + 1);
    }

    private String plan(ProxyQuery query) throws SQLException {
        SearchSql sql = new SearchSql(query, sqlite);
        SearchSql.Statement page = sql.page(sql.walks().get(0), "p.id", new Position(NOW, rows));
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement settings = connection.createStatement()) {
            if (!sqlite) {
                settings.execute("SET enable_bitmapscan = off");
            }
            try (PreparedStatement explain = connection.prepareStatement(
                    (sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN (COSTS OFF) ") + page.text())) {
                for (int i = 0; i < page.values().size(); i++) {
                    explain.setObject(i + 1, page.values().get(i));
                }
                List<String> steps = new ArrayList<>();
                try (ResultSet lines = explain.executeQuery()) {
                    while (lines.next()) {
                        String line = lines.getString(sqlite ? 4 : 1).strip();
                        boolean telling =
                                sqlite || line.contains("Scan") || line.contains("Sort") || line.contains("Index Cond");
                        if (telling) {
                            steps.add(line.length() > 120 ? line.substring(0, 120) + "…" : line);
                        }
                    }
                }
                return String.join("; ", steps).replace("|", "\\|");
            }
        }
    }

    // What is alive.

    private void pool() {
        Pool pool = new Pool(
                new FeedbackBook(1_000, 10), () -> false, Duration.ofSeconds(1), Runnable::run, () -> Population.NOW);
        for (int id = 1; id <= rows; id++) {
            pool.put(Population.proxy(id, 0));
        }
        Selection all = pool.select(Filter.ALL);
        Selection some = pool.select(Filter.parse(Map.of("country", "DE,US", "min_reputation", "50")));
        System.out.printf("Pool of %,d%n%n| pass | p50 ms | longest of 30, ms |%n|---|---:|---:|%n", rows);
        for (Ranking.By by : Ranking.By.values()) {
            time("all, by " + by.text(), () -> pool.rank(all, by, true, null, 50));
        }
        time(
                "country=DE,US&min_reputation=50, by reputation",
                () -> pool.rank(some, Ranking.By.REPUTATION, true, null, 50));
        time("explain, all", () -> pool.foresee(all, Strategy.WEIGHTED_RANDOM, null, 10));
        System.out.println();
    }

    private static void time(String name, Runnable pass) {
        double[] millis = new double[30];
        for (int i = -5; i < millis.length; i++) {
            long begin = System.nanoTime();
            pass.run();
            if (i >= 0) {
                millis[i] = (System.nanoTime() - begin) / 1e6;
            }
        }
        Arrays.sort(millis);
        System.out.printf("| %s | %.1f | %.1f |%n", name, millis[15], millis[29]);
    }

    // What the indexes cost.

    private void costs(ProxyStore store) throws Exception {
        Map<String, List<Double>> took = new LinkedHashMap<>();
        int next = 1;
        for (int round = 0; round < 2 * ROUNDS; round++) {
            boolean with = round % 2 == 0;
            if (round > 0) {
                indexes(with);
            }
            long begin = System.nanoTime();
            for (int i = 0; i < WRITES; i++) {
                write(store, random.nextInt(rows), 1_000);
            }
            note(took, "checks, 1,000 a batch", with, begin);
            begin = System.nanoTime();
            for (int i = 0; i < WRITES; i++) {
                await(store.keep(batch(next++, true), Merge.UPDATE));
            }
            note(took, "import of new entries with countries, 1,000 a batch", with, begin);
            begin = System.nanoTime();
            for (int i = 0; i < WRITES; i++) {
                await(store.keep(batch(next++, false), Merge.UPDATE));
            }
            note(took, "import of new entries without, 1,000 a batch", with, begin);
        }
        indexes(true);
        System.out.println("| work | with ms | without ms | ratio |\n|---|---:|---:|---:|");
        for (String work :
                took.keySet().stream().filter(name -> name.endsWith("+")).toList()) {
            String bare = work.substring(0, work.length() - 1);
            double with = median(took.get(work));
            double without = median(took.getOrDefault(bare + '-', List.of(Double.NaN)));
            System.out.printf("| %s | %.1f | %.1f | %.2f |%n", bare, with, without, with / without);
        }
    }

    private void indexes(boolean with) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            for (String index : INDEXES) {
                statement.execute(
                        with
                                ? "CREATE INDEX " + index.formatted(sqlite ? "" : ", id")
                                : "DROP INDEX " + index.substring(0, index.indexOf(' ')));
            }
        }
    }

    private static void note(Map<String, List<Double>> took, String work, boolean with, long beginNanos) {
        took.computeIfAbsent(work + (with ? '+' : '-'), name -> new ArrayList<>())
                .add((System.nanoTime() - beginNanos) / 1e6 / WRITES);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private CandidatesFound batch(int number, boolean placed) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            String host = "2001:db8:" + Integer.toHexString(number) + "::" + Integer.toHexString(random.nextInt());
            candidates.add(
                    new Candidate(new ProxyKey(Scheme.HTTP, host, 1 + i, null), 0, placed ? anyCountry() : null));
        }
        return new CandidatesFound("import", NOW + number, candidates);
    }
}
