package dev.sluice.bench;

import dev.sluice.config.ConfigLoader;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreSlice;
import dev.sluice.store.StoreTally;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long others wait while everything in a SQLite file is counted: in slices, against one statement over all of it in the
 * same file.
 *
 * <p>Arguments, all of them optional: entries (300000), sources that list each of them (3), entries of a slice (2000), a
 * folder whose database is used again when it is there.
 */
public final class CensusBenchmark {
    private static final int BATCH = CandidatesFound.MAX_BATCH;
    private static final String WHOLE = "SELECT l.source_id, count(*), sum(p.alive) FROM listing l JOIN proxy p"
            + " ON p.id = l.proxy_id WHERE l.unlisted_at IS NULL GROUP BY l.source_id";

    private CensusBenchmark() {}

    /** Runs it. */
    public static void main(String[] arguments) throws Exception {
        int entries = argument(arguments, 0, 300_000);
        int sources = argument(arguments, 1, 3);
        int limit = argument(arguments, 2, 2_000);
        Path folder = arguments.length > 3 ? Path.of(arguments[3]) : Files.createTempDirectory("census");
        Path database = folder.resolve("census-" + entries + '-' + sources).resolve("sluice.db");
        boolean there = Files.exists(database);
        Files.createDirectories(database.toAbsolutePath().getParent());
        Vertx vertx = Vertx.vertx();
        ProxyStore store = Stores.open(
                        vertx,
                        ConfigLoader.defaults("store.url=sqlite:" + database).store(),
                        TestVaults.usual())
                .await(5, TimeUnit.MINUTES);
        if (!there) {
            fill(store, entries, sources);
        }
        for (int round = 1; round <= 3; round++) {
            double whole = whole(database);
            List<Double> slices = new ArrayList<>();
            StoreTally tally = new StoreTally();
            boolean more = true;
            while (more) {
                long start = System.nanoTime();
                StoreSlice slice = store.counting().slice(tally.lastId(), limit).await(1, TimeUnit.MINUTES);
                slices.add((System.nanoTime() - start) / 1e6);
                more = tally.add(slice);
            }
            double[] sorted =
                    slices.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            double longest = sorted[sorted.length - 1];
            System.out.printf(
                    "round %d: %d entries, %d listings: one statement %.0f ms; %d slices %.0f ms, median %.1f, longest %.1f ms:"
                            + " others wait %.0f times shorter, work %.1f times as much%n",
                    round,
                    tally.sum().total(),
                    tally.sum().bySource().values().stream()
                            .mapToLong(of -> of.listed())
                            .sum(),
                    whole,
                    sorted.length,
                    Arrays.stream(sorted).sum(),
                    sorted[sorted.length / 2],
                    longest,
                    whole / longest,
                    Arrays.stream(sorted).sum() / whole);
        }
        store.close().await(1, TimeUnit.MINUTES);
        vertx.close().await(1, TimeUnit.MINUTES);
    }

    private static int argument(String[] arguments, int place, int usual) {
        return arguments.length > place ? Integer.parseInt(arguments[place]) : usual;
    }

    private static void fill(ProxyStore store, int entries, int sources) throws Exception {
        for (int source = 0; source < sources; source++) {
            for (int first = 0; first < entries; first += BATCH) {
                List<Candidate> candidates = new ArrayList<>(BATCH);
                for (int i = first; i < Math.min(entries, first + BATCH); i++) {
                    String host = "198." + (18 + (i >> 16 & 1)) + '.' + (i >> 8 & 255) + '.' + (i & 255);
                    candidates.add(new Candidate(ProxyKey.of(Scheme.HTTP, host, 1_024 + (i >> 17)), 0, null));
                }
                store.keep(new CandidatesFound("list-" + source, 1_000 + source, candidates), Merge.UPDATE)
                        .await(1, TimeUnit.MINUTES);
            }
        }
    }

    private static double whole(Path database) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            long start = System.nanoTime();
            try (ResultSet rows = statement.executeQuery(WHOLE)) {
                while (rows.next()) {
                    rows.getLong(2);
                }
            }
            return (System.nanoTime() - start) / 1e6;
        }
    }
}
