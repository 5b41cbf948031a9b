package dev.sluice.store.sqlite;

import dev.sluice.store.MigrationStatus;
import dev.sluice.store.Migrations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;

/** The schema of a file. Owns the file while it is open. */
public final class SqliteMigrations implements Migrations {
    private final SqliteThread thread;
    private final FileOwnership ownership;
    private final Connection connection;
    private final SqliteMigrator migrator;

    private SqliteMigrations(
            SqliteThread thread, FileOwnership ownership, Connection connection, SqliteMigrator migrator) {
        this.thread = thread;
        this.ownership = ownership;
        this.connection = connection;
        this.migrator = migrator;
    }

    /** Opens {@code path}, which comes into being where it is missing. Fails with LOCKED, FULL or FAILED. */
    public static Future<Migrations> open(Vertx vertx, Path path, InstantSource clock) {
        SqliteFile file = new SqliteFile(path);
        SqliteThread thread = new SqliteThread(vertx, file, "migrate");
        return thread.<Migrations>call("opening", () -> {
                    FileOwnership.makeDirectory(path);
                    FileOwnership ownership = FileOwnership.take(path);
                    try {
                        Connection connection = file.connect();
                        return new SqliteMigrations(
                                thread, ownership, connection, new SqliteMigrator(file, connection, clock));
                    } catch (SQLException | RuntimeException e) {
                        ownership.close();
                        throw e;
                    }
                })
                .recover(failure -> thread.close().transform(closed -> Future.failedFuture(failure)));
    }

    @Override
    public Future<MigrationStatus> status() {
        return thread.call("reading the schema version", migrator::status);
    }

    @Override
    public Future<MigrationStatus> up() {
        return thread.call("migrating up", migrator::up);
    }

    @Override
    public Future<MigrationStatus> down(int target) {
        return thread.call("migrating down", () -> migrator.down(target));
    }

    @Override
    public Future<Void> close() {
        return thread.last("closing", () -> {
            try (ownership) {
                connection.close();
            }
        });
    }
}
