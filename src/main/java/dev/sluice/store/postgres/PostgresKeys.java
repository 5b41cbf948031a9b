package dev.sluice.store.postgres;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecords;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.KeyColumns;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** API keys in the database. */
final class PostgresKeys implements KeyRecords {
    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;

    PostgresKeys(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
        this.bounds = bounds;
    }

    @Override
    public Future<List<KeyRecord>> all() {
        return server.run(
                "reading keys",
                () -> pool.preparedQuery(PostgresSql.READ_KEYS).execute().map(rows -> {
                    List<KeyRecord> keys = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        keys.add(KeyColumns.read(new PostgresCells(row)));
                    }
                    return keys;
                }));
    }

    @Override
    public Future<Void> add(KeyRecord key) {
        return server.run("adding a key", () -> {
            bounds.key(key);
            PostgresArrays row = new PostgresArrays(1);
            KeyColumns.write(key, row);
            return pool.preparedQuery(PostgresSql.ADD_KEY)
                    .execute(row.tuple())
                    .compose(added ->
                            added.rowCount() > 0 ? Future.succeededFuture() : Future.failedFuture(bounds.taken(key)));
        });
    }

    @Override
    public Future<Boolean> revoke(String id, long atMillis) {
        return server.run("revoking a key", () -> {
            bounds.revokedAt(atMillis);
            return pool.preparedQuery(PostgresSql.REVOKE_KEY)
                    .execute(Tuple.of(PostgresText.write(id), atMillis))
                    .map(revoked -> revoked.rowCount() > 0);
        });
    }

    @Override
    public Future<Void> used(Map<String, Long> lastUsedAtMillis) {
        if (lastUsedAtMillis.isEmpty()) {
            return Future.succeededFuture();
        }
        PostgresArrays rows = new PostgresArrays(lastUsedAtMillis.size());
        // Sorted, so that two instances are the less likely to wait for one another.
        new TreeMap<>(lastUsedAtMillis).forEach((id, at) -> {
            rows.text(id);
            rows.number(at);
            rows.next();
        });
        return server.run(
                "noting the use of keys",
                () -> pool.preparedQuery(PostgresSql.USE_KEYS)
                        .execute(rows.tuple())
                        .mapEmpty());
    }
}
