package dev.sluice.store.postgres;

import dev.sluice.store.MigrationStatus;
import dev.sluice.store.schema.MigrationPlan;
import dev.sluice.store.schema.MigrationScript;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the scripts on a server. Each step is a transaction that first waits for those of other instances. */
final class PostgresMigrator {
    /** Number of the advisory lock; any number does that nobody else takes. */
    private static final long LOCK = 0x51_55_1C_E0L;

    private final PostgresServer server;
    private final Pool pool;
    private final InstantSource clock;
    private final List<MigrationScript> scripts = MigrationScript.all("postgres");

    PostgresMigrator(PostgresServer server, Pool pool, InstantSource clock) {
        this.server = server;
        this.pool = pool;
        this.clock = clock;
    }

    Future<MigrationStatus> status() {
        return server.run("reading the schema version", () -> pool.withTransaction(this::plan))
                .map(this::print);
    }

    Future<MigrationStatus> up() {
        return upTo(scripts.size());
    }

    /** Takes the steps that are missing to {@code target}; a schema that is beyond it stays as it is. */
    Future<MigrationStatus> upTo(int target) {
        return server.run("migrating up", () -> pool.withTransaction(connection -> stepUp(connection, target)))
                .compose(done -> done == null ? status() : upTo(target));
    }

    Future<MigrationStatus> down(int target) {
        return server.run("migrating down", () -> pool.withTransaction(connection -> stepDown(connection, target)))
                .compose(version -> version > target ? down(target) : status());
    }

    /** Takes one step; null when there is none left. */
    private Future<@Nullable MigrationScript> stepUp(SqlConnection connection, int target) {
        return locked(connection)
                .compose(locked -> execute(
                        connection,
                        List.of("CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY,"
                                + " name text NOT NULL, applied_at bigint NOT NULL, checksum text NOT NULL)")))
                .compose(made -> plan(connection))
                .compose(plan -> {
                    List<MigrationScript> missing = plan.up();
                    return missing.isEmpty() || missing.get(0).version() > target
                            ? nothing()
                            : apply(connection, missing.get(0));
                });
    }

    private Future<@Nullable MigrationScript> apply(SqlConnection connection, MigrationScript script) {
        return execute(connection, script.up())
                .compose(done -> connection
                        .preparedQuery("INSERT INTO schema_version (version, name, applied_at, checksum)"
                                + " VALUES ($1, $2, $3, $4)")
                        .execute(Tuple.of(script.version(), script.name(), clock.millis(), script.checksum())))
                .map(inserted -> script);
    }

    /** Undoes the newest step. Returns the version it ended at. */
    private Future<Integer> stepDown(SqlConnection connection, int target) {
        return locked(connection).compose(locked -> plan(connection)).compose(plan -> {
            MigrationScript script = plan.down(target).get(0);
            return refuseToLose(connection, plan, plan.down(target))
                    .compose(safe -> execute(connection, script.down()))
                    .compose(done -> connection
                            .preparedQuery("DELETE FROM schema_version WHERE version = $1")
                            .execute(Tuple.of(script.version())))
                    .map(deleted -> script.version() - 1);
        });
    }

    /** Looks at every step that will be undone before the first is. */
    private static Future<Void> refuseToLose(
            SqlConnection connection, MigrationPlan plan, List<MigrationScript> steps) {
        Future<Void> safe = Future.succeededFuture();
        for (MigrationScript script : steps) {
            String table = script.needsEmpty();
            if (table != null) {
                safe = safe.compose(before -> connection
                        .query("SELECT 1 FROM " + table + " LIMIT 1")
                        .execute()
                        .compose(rows -> rows.size() == 0
                                ? Future.succeededFuture()
                                : Future.failedFuture(plan.refusal(script))));
            }
        }
        return safe;
    }

    private static Future<Void> locked(SqlConnection connection) {
        return execute(
                connection,
                List.of(
                        "SET LOCAL statement_timeout = 0",
                        "SET LOCAL lock_timeout = 0",
                        "SET LOCAL client_min_messages = warning",
                        "SELECT pg_advisory_xact_lock(" + LOCK + ')'));
    }

    private static Future<Void> execute(SqlConnection connection, List<String> statements) {
        Future<Void> done = Future.succeededFuture();
        for (String sql : statements) {
            done = done.compose(before -> connection.query(sql).execute().mapEmpty());
        }
        return done;
    }

    private Future<MigrationPlan> plan(SqlConnection connection) {
        return connection
                .query("SELECT to_regclass('schema_version') IS NOT NULL")
                .execute()
                .compose(rows -> {
                    if (!rows.iterator().next().getBoolean(0)) {
                        return Future.succeededFuture(new MigrationPlan(server.name(), scripts, List.of()));
                    }
                    return connection
                            .query("SELECT version, name, applied_at, checksum FROM schema_version")
                            .execute()
                            .map(found -> {
                                List<MigrationPlan.Applied> applied = new ArrayList<>();
                                for (Row row : found) {
                                    applied.add(new MigrationPlan.Applied(
                                            row.getInteger(0), row.getString(1), row.getLong(2), row.getString(3)));
                                }
                                return new MigrationPlan(server.name(), scripts, applied);
                            });
                });
    }

    private MigrationStatus print(MigrationPlan plan) {
        return plan.status(null);
    }

    @SuppressWarnings("NullAway") // a future of null
    private static Future<@Nullable MigrationScript> nothing() {
        return Future.succeededFuture(null);
    }
}
