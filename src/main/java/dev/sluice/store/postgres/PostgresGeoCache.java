package dev.sluice.store.postgres;

import dev.sluice.port.GeoCache;
import dev.sluice.proxy.Location;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Counted;
import dev.sluice.store.schema.GeoColumns;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Answers about addresses, in the database. */
final class PostgresGeoCache implements GeoCache {
    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;
    private final Counted counted = new Counted();

    PostgresGeoCache(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
        this.bounds = bounds;
    }

    @Override
    public Future<Map<String, Location>> get(Collection<String> addresses, long nowMillis) {
        Set<String> asked = new HashSet<>(addresses);
        String[] texts = asked.stream().map(PostgresText::write).toArray(String[]::new);
        return server.run("reading answers", () -> {
                    bounds.addresses("reading answers", texts.length);
                    return pool.preparedQuery(PostgresSql.FIND_ANSWERS)
                            .execute(Tuple.of(texts, nowMillis))
                            .map(PostgresGeoCache::answers);
                })
                .onSuccess(found -> counted.note(asked.size(), found.size()));
    }

    private static Map<String, Location> answers(RowSet<Row> rows) {
        Map<String, Location> found = new HashMap<>();
        for (Row row : rows) {
            PostgresCells cells = new PostgresCells(row);
            found.put(String.valueOf(cells.text(0)), GeoColumns.location(cells));
        }
        return Map.copyOf(found);
    }

    @Override
    public Future<Void> put(Map<String, Location> answers, long nowMillis, long expiresAtMillis) {
        if (answers.isEmpty()) {
            return Future.succeededFuture();
        }
        PostgresArrays rows = new PostgresArrays(answers.size());
        answers.forEach((address, location) -> {
            GeoColumns.write(address, location, rows);
            rows.next();
        });
        return server.run("keeping answers", () -> {
            bounds.addresses("keeping answers", answers.size());
            return pool.preparedQuery(PostgresSql.PUT_ANSWERS)
                    .execute(rows.tuple().addLong(nowMillis).addLong(expiresAtMillis))
                    .mapEmpty();
        });
    }

    @Override
    public Future<Stats> stats(long nowMillis) {
        return server.run(
                "counting answers",
                () -> pool.preparedQuery(PostgresSql.COUNT_ANSWERS)
                        .execute(Tuple.of(nowMillis))
                        .map(rows -> {
                            Row row = rows.iterator().next();
                            return new Stats(row.getLong(0), row.getLong(1), counted.hits(), counted.misses());
                        }));
    }

    @Override
    public Future<Integer> expire(long nowMillis, int limit) {
        return server.run("forgetting answers", () -> {
            bounds.limit("forgetting answers", limit);
            return pool.preparedQuery(PostgresSql.EXPIRE_ANSWERS)
                    .execute(Tuple.of(nowMillis, limit))
                    .map(RowSet::rowCount);
        });
    }
}
