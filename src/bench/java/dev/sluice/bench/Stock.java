package dev.sluice.bench;

import dev.sluice.config.ConfigLoader;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** SQLite databases full of alive proxies: those of {@link Population}, under the same numbers. */
public final class Stock {
    private static final int BATCH = 5_000;
    private static final int MOST_WAITING = 500;

    private Stock() {}

    /** Makes a database unless it is there: a run that failed leaves none. */
    public static Path of(Path directory, int size) throws Exception {
        Path database = directory.resolve("stock-" + size).resolve("sluice.db");
        if (Files.exists(database)) {
            return database;
        }
        Path making = directory.resolve("making-" + size);
        Files.createDirectories(making);
        Vertx vertx = Vertx.vertx();
        try {
            ProxyStore store = Stores.open(
                            vertx,
                            ConfigLoader.defaults("store.url=sqlite:" + making.resolve("sluice.db"))
                                    .store(),
                            TestVaults.usual())
                    .await(60, TimeUnit.SECONDS);
            for (int first = 1; first <= size; first += BATCH) {
                fill(store, first, Math.min(size, first + BATCH - 1));
            }
            store.close().await(60, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
        Files.move(making, database.getParent());
        return database;
    }

    /** One by one: a store numbers the entries of a batch as it likes. */
    private static void fill(ProxyStore store, int first, int last) throws Exception {
        List<Future<?>> kept = new ArrayList<>();
        List<HealthChange> changes = new ArrayList<>();
        for (int id = first; id <= last; id++) {
            var proxy = Population.proxy(id, 0);
            Candidate candidate = new Candidate(
                    proxy.key(), Capability.HTTP.bit(), proxy.location().country());
            kept.add(store.keep(
                    new CandidatesFound("list-" + first / BATCH % 30, Population.NOW, List.of(candidate)),
                    Merge.UPDATE));
            changes.add(new HealthChange(id, proxy.key(), 0, proxy.health(), List.of()));
            if (kept.size() == MOST_WAITING || id == last) {
                Future.all(kept).await(60, TimeUnit.SECONDS);
                kept.clear();
            }
        }
        int written = store.write(changes).await(60, TimeUnit.SECONDS);
        StoredProxy sample =
                store.alive(last - 1, 1).await(60, TimeUnit.SECONDS).get(0);
        if (written != changes.size() || !sample.key().equals(Population.key(last))) {
            throw new IllegalStateException(written + " written, " + sample.key() + " at " + last + " (expected: "
                    + changes.size() + ", " + Population.key(last) + ")");
        }
    }
}
