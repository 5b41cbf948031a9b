package dev.sluice.store.memory;

import dev.sluice.port.JobRecords;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;

/** Jobs in a SQLite file beside a small store, in a database like any other whose other tables stay empty. */
public final class QueueFile implements ModelStore.Jobs {
    /** Its usual name. */
    public static final String NAME = "sluice-queue.db";

    private final ProxyStore store;

    private QueueFile(ProxyStore store) {
        this.store = store;
    }

    /** Opens {@code file}, which comes into being where it is missing. Fails as SQLite does: with LOCKED, SCHEMA_NEWER, FULL or FAILED. */
    public static Future<ModelStore.Jobs> open(Vertx vertx, Path file, InstantSource clock) {
        return SqliteStore.open(vertx, file, clock).map(QueueFile::new);
    }

    @Override
    public JobRecords records() {
        return store.jobs();
    }

    @Override
    public Future<Void> close() {
        return store.close();
    }
}
