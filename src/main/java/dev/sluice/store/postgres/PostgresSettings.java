package dev.sluice.store.postgres;

import dev.sluice.port.Settings;
import dev.sluice.store.schema.Bounds;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.Map;

/** What was set at run time, in the database. */
final class PostgresSettings implements Settings {
    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;

    PostgresSettings(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
        this.bounds = bounds;
    }

    @Override
    public Future<Map<String, String>> all() {
        return server.run(
                "reading settings",
                () -> pool.preparedQuery(PostgresSql.READ_SETTINGS).execute().map(rows -> {
                    Map<String, String> settings = new HashMap<>();
                    for (Row row : rows) {
                        PostgresCells cells = new PostgresCells(row);
                        settings.put(String.valueOf(cells.text(0)), String.valueOf(cells.text(1)));
                    }
                    return Map.copyOf(settings);
                }));
    }

    @Override
    public Future<Void> put(String name, String value) {
        return server.run("setting", () -> {
            bounds.setting(name, value);
            return pool.preparedQuery(PostgresSql.PUT_SETTING)
                    .execute(row(name, value))
                    .mapEmpty();
        });
    }

    /** Looks first, so that a database that takes no writes still tells what it holds. */
    @Override
    public Future<String> putIfAbsent(String name, String value) {
        return server.run("setting what is absent", () -> {
            bounds.setting(name, value);
            return pool.preparedQuery(PostgresSql.READ_SETTING)
                    .execute(Tuple.of(PostgresText.write(name)))
                    .compose(found -> found.size() > 0
                            ? Future.succeededFuture(found)
                            : pool.preparedQuery(PostgresSql.PUT_SETTING_IF_ABSENT)
                                    .execute(row(name, value)))
                    .map(PostgresSettings::value);
        });
    }

    @Override
    public Future<Void> remove(String name) {
        return server.run(
                "removing a setting",
                () -> pool.preparedQuery(PostgresSql.REMOVE_SETTING)
                        .execute(Tuple.of(PostgresText.write(name)))
                        .mapEmpty());
    }

    private static Tuple row(String name, String value) {
        return Tuple.of(PostgresText.write(name), PostgresText.write(value));
    }

    private static String value(RowSet<Row> rows) {
        return String.valueOf(new PostgresCells(rows.iterator().next()).text(0));
    }
}
