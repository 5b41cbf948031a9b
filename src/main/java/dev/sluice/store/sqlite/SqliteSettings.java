package dev.sluice.store.sqlite;

import dev.sluice.port.Settings;
import dev.sluice.store.schema.Bounds;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.stream.Collectors;

/** What was set at run time, in the file. */
final class SqliteSettings implements Settings {
    private static final String READ = "SELECT name, value FROM setting";

    private static final String PUT = "INSERT INTO setting (name, value) VALUES (?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    private static final String PUT_IF_ABSENT =
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING";

    private static final String READ_ONE = "SELECT value FROM setting WHERE name = ?";

    private static final String REMOVE = "DELETE FROM setting WHERE name = ?";

    private final SqliteSession writing;
    private final SqliteSession reading;
    private final Bounds bounds;

    SqliteSettings(SqliteSession writing, SqliteSession reading, Bounds bounds) {
        this.writing = writing;
        this.reading = reading;
        this.bounds = bounds;
    }

    @Override
    public Future<Map<String, String>> all() {
        return reading.rows(
                        "reading settings",
                        READ,
                        row -> Map.entry(String.valueOf(row.text(0)), String.valueOf(row.text(1))))
                .map(rows ->
                        rows.stream().collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public Future<Void> put(String name, String value) {
        return writing.call("setting", statements -> {
                    bounds.setting(name, value);
                    bind(statements.get(PUT), name, value).executeUpdate();
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<String> putIfAbsent(String name, String value) {
        return writing.call("setting what is absent", statements -> {
            bounds.setting(name, value);
            bind(statements.get(PUT_IF_ABSENT), name, value).executeUpdate();
            return SqliteSession.rows(bind(statements.get(READ_ONE), name), row -> String.valueOf(row.text(0)))
                    .get(0);
        });
    }

    @Override
    public Future<Void> remove(String name) {
        return writing.call("removing a setting", statements -> {
                    bind(statements.get(REMOVE), name).executeUpdate();
                    return true;
                })
                .mapEmpty();
    }

    private static PreparedStatement bind(PreparedStatement statement, String... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setString(i + 1, values[i]);
        }
        return statement;
    }
}
