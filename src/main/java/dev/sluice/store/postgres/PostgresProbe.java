package dev.sluice.store.postgres;

import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.schema.MigrationScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Looks at a database on a server. */
public final class PostgresProbe {
    private PostgresProbe() {}

    /**
     * Looks at the database that {@code url} names.
     *
     * @return fails with {@link StoreException} when it does not answer within {@code patience}
     * @throws StoreException when {@code url} is none
     */
    public static Future<StoreReading> look(Vertx vertx, String url, Duration patience) {
        PostgresServer server = new PostgresServer(vertx, url);
        return server.connect(1, patience)
                .compose(pool -> read(pool)
                        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                        .recover(cause -> Future.failedFuture(server.failure("looking at it", cause)))
                        .eventually(pool::close));
    }

    private static Future<StoreReading> read(Pool pool) {
        long started = System.nanoTime();
        return pool.query("SELECT 1").execute().compose(one -> {
            long micros = (System.nanoTime() - started) / 1_000;
            return pool.query("SELECT current_setting('server_version') AS version,"
                            + " current_setting('max_connections')::int AS most,"
                            + " (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,"
                            + " to_regclass('schema_version') IS NOT NULL AS made")
                    .execute()
                    .compose(rows -> {
                        Row row = rows.iterator().next();
                        return schema(pool, row.getBoolean("made"))
                                .map(schema -> new StoreReading(
                                        "PostgreSQL " + row.getString("version"),
                                        schema,
                                        MigrationScript.all("postgres").size(),
                                        micros,
                                        row.getInteger("used"),
                                        row.getInteger("most"),
                                        "",
                                        true));
                    });
        });
    }

    private static Future<Integer> schema(Pool pool, boolean made) {
        return made
                ? pool.query("SELECT COALESCE(MAX(version), 0)::int AS version FROM schema_version")
                        .execute()
                        .map(rows -> rows.iterator().next().getInteger("version"))
                : Future.succeededFuture(0);
    }
}
