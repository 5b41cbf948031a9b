package dev.sluice.store.postgres;

import dev.sluice.store.MigrationStatus;
import dev.sluice.store.Migrations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;

/** The schema of a database on a server. */
public final class PostgresMigrations implements Migrations {
    private final Pool pool;
    private final PostgresMigrator migrator;

    private PostgresMigrations(Pool pool, PostgresMigrator migrator) {
        this.pool = pool;
        this.migrator = migrator;
    }

    /** Connects to {@code url}. Fails with UNAVAILABLE after {@code patience}, or with FAILED. */
    public static Future<Migrations> open(Vertx vertx, String url, Duration patience, InstantSource clock) {
        PostgresServer server = new PostgresServer(vertx, url);
        return server.connect(1, patience)
                .map(pool -> new PostgresMigrations(pool, new PostgresMigrator(server, pool, clock)));
    }

    @Override
    public Future<MigrationStatus> status() {
        return migrator.status();
    }

    @Override
    public Future<MigrationStatus> up() {
        return migrator.up();
    }

    @Override
    public Future<MigrationStatus> down(int target) {
        return migrator.down(target);
    }

    @Override
    public Future<Void> close() {
        return pool.close();
    }
}
