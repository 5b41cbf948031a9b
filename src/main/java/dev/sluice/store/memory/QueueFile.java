package dev.sluice.store.memory;

import dev.sluice.port.GeoCache;
import dev.sluice.port.JobRecords;
import dev.sluice.port.Vault;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.HistoryRecords;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/**
 * Jobs, histories and answers about addresses in a SQLite file beside a small store: a database like any other, whose table
 * of proxies stays empty.
 */
public final class QueueFile implements ModelStore.Beside {
    /** Its usual name. */
    public static final String NAME = "sluice-queue.db";

    private final ProxyStore store;

    private QueueFile(ProxyStore store) {
        this.store = store;
    }

    /**
     * Opens {@code file}, which comes into being where it is missing. Fails as SQLite does: with LOCKED, SCHEMA_NEWER, FULL
     * or FAILED.
     *
     * @param vault of the store; never asked, as no password comes here
     */
    public static Future<ModelStore.Beside> open(Vertx vertx, Path file, InstantSource clock, Vault vault) {
        return SqliteStore.open(vertx, file, clock, vault).map(QueueFile::new);
    }

    @Override
    public JobRecords jobs() {
        return store.jobs();
    }

    @Override
    public HistoryRecords history() {
        return store.history();
    }

    @Override
    public GeoCache geoCache() {
        return store.geoCache();
    }

    @Override
    public Future<Void> happened(CheckBatch batch) {
        return store.write(List.of(), batch).mapEmpty();
    }

    @Override
    public boolean answers() {
        return store.answers();
    }

    @Override
    public Future<Void> close() {
        return store.close();
    }
}
