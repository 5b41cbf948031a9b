package dev.sluice.store.postgres;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import dev.sluice.store.StoreException;
import dev.sluice.store.schema.MigrationScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Copies of databases on a server: every table but the one of migrations, row by row in JSON, read in one transaction that
 * sees one moment. They go back in one transaction into the schema they were taken from.
 */
public final class PostgresBackups {
    private static final String KIND = "postgres";
    private static final int PAGE = 1_000;

    // What a step back keeps aside belongs to no schema that could be made anew.
    private static final String TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            + " AND tablename <> 'schema_version' AND tablename NOT LIKE '%\\_kept' ORDER BY tablename";

    private static final String NUMBERED = "SELECT table_name, column_name FROM information_schema.columns"
            + " WHERE table_schema = current_schema() AND is_identity = 'YES' ORDER BY table_name, column_name";

    private PostgresBackups() {}

    /** Copies the database at {@code url} into {@code target}. */
    public static Future<Backup> make(Vertx vertx, String url, Duration patience, Path target) {
        PostgresServer server = new PostgresServer(vertx, url);
        return with(
                server,
                patience,
                pool -> pool.withTransaction(connection -> snapshot(connection)
                        .compose(begun -> version(connection, server))
                        .compose(version -> tables(connection)
                                .compose(tables -> write(vertx, connection, target, version, tables)))));
    }

    private static Future<Void> snapshot(SqlConnection connection) {
        return all(
                connection,
                List.of(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
                        "SET LOCAL statement_timeout = 0"));
    }

    private static Future<Backup> write(
            Vertx vertx, SqlConnection connection, Path target, int version, List<String> tables) {
        return blocking(vertx, () -> Backups.begin(target))
                .compose(part -> blocking(
                                vertx,
                                () -> new Dump.Writer(
                                        part, version, InstantSource.system().millis()))
                        .compose(dump -> {
                            Future<Void> written = Future.succeededFuture();
                            for (String table : tables) {
                                written = written.compose(before -> table(vertx, connection, dump, table));
                            }
                            return written.compose(all -> blocking(vertx, dump::end))
                                    .eventually(() -> blocking(vertx, () -> {
                                        dump.close();
                                        return true;
                                    }));
                        })
                        .compose(rows -> blocking(vertx, () -> {
                            Backups.place(part, target);
                            return new Backup(
                                    target, KIND, Files.size(target), version, rows.getOrDefault("proxy", 0L), null);
                        }))
                        .onFailure(failure -> vertx.fileSystem().delete(part.toString())));
    }

    private static Future<Void> table(Vertx vertx, SqlConnection connection, Dump.Writer dump, String table) {
        return blocking(vertx, () -> {
                    dump.table(table);
                    return true;
                })
                .compose(begun -> connection.prepare("SELECT row_to_json(t)::text FROM " + quoted(table) + " t"))
                .compose(statement -> {
                    Cursor cursor = statement.cursor();
                    return pages(vertx, cursor, dump).eventually(cursor::close).eventually(statement::close);
                });
    }

    private static Future<Void> pages(Vertx vertx, Cursor cursor, Dump.Writer dump) {
        return cursor.read(PAGE).compose(rows -> {
            List<String> lines = new ArrayList<>(rows.size());
            for (Row row : rows) {
                lines.add(row.getString(0));
            }
            return blocking(vertx, () -> {
                        dump.rows(lines);
                        return true;
                    })
                    .compose(written -> cursor.hasMore() ? pages(vertx, cursor, dump) : Future.succeededFuture());
        });
    }

    /** Puts a copy into the database at {@code url}. */
    public static Future<Backup> restore(Vertx vertx, String url, Duration patience, Path source, boolean replace) {
        PostgresServer server = new PostgresServer(vertx, url);
        return blocking(vertx, () -> verified(source))
                .compose(schema -> with(
                        server,
                        patience,
                        pool -> new PostgresMigrator(server, pool, InstantSource.system())
                                .upTo(schema)
                                .compose(made -> pool.withTransaction(
                                        connection -> fill(vertx, connection, server, source, schema, replace)))
                                .compose(rows -> blocking(
                                        vertx,
                                        () -> new Backup(source, KIND, Files.size(source), schema, rows, null)))));
    }

    /** Reads all of it once. @return version of its schema */
    private static int verified(Path source) throws IOException {
        int newest = MigrationScript.all(KIND).size();
        try (Dump.Reader reader = new Dump.Reader(source)) {
            if (reader.schema() < 1 || reader.schema() > newest) {
                throw new StoreException(
                        StoreException.Kind.SCHEMA_NEWER,
                        "restore: " + source + " has schema version " + reader.schema() + " (expected: 1.." + newest
                                + ")");
            }
            for (Dump.Batch batch = reader.next(PAGE); batch != null; batch = reader.next(PAGE)) {
                // Reading it is the point.
            }
            return reader.schema();
        }
    }

    private static Future<Long> fill(
            Vertx vertx, SqlConnection connection, PostgresServer server, Path source, int schema, boolean replace) {
        return all(connection, List.of("SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = '10s'"))
                .compose(set -> unused(connection, server))
                .compose(unused -> version(connection, server))
                .compose(version -> version == schema
                        ? tables(connection)
                        : Future.failedFuture(Backups.refusal("restore: " + server.name() + " has schema version "
                                + version + " (expected: " + schema + ", that of the copy; migrate down --to " + schema
                                + " brings it there)")))
                .compose(tables -> held(connection)
                        .compose(held -> held > 0 && !replace
                                ? Future.failedFuture(Backups.refusal("restore: " + server.name() + " holds " + held
                                        + " proxies (expected: none, or --replace, which loses them)"))
                                : all(
                                        connection,
                                        tables.stream()
                                                .map(table -> "TRUNCATE TABLE " + quoted(table))
                                                .toList()))
                        .compose(emptied -> blocking(vertx, () -> new Dump.Reader(source)))
                        .compose(reader -> insert(vertx, connection, reader, tables)
                                .map(done -> reader.rows().getOrDefault("proxy", 0L))
                                .eventually(() -> blocking(vertx, () -> {
                                    reader.close();
                                    return true;
                                }))))
                .compose(rows -> renumber(connection).map(rows));
    }

    private static Future<Void> insert(Vertx vertx, SqlConnection connection, Dump.Reader reader, List<String> tables) {
        return blocking(vertx, () -> batch(reader)).compose(next -> {
            Dump.Batch batch = next.batch();
            if (batch == null) {
                return Future.succeededFuture();
            }
            if (!tables.contains(batch.table())) {
                return Future.failedFuture(Backups.refusal(
                        "restore: table: " + batch.table() + " (expected: one of " + String.join(", ", tables) + ")"));
            }
            String table = quoted(batch.table());
            return connection
                    .preparedQuery("INSERT INTO " + table + " OVERRIDING SYSTEM VALUE SELECT * FROM"
                            + " json_populate_recordset(null::" + table + ", $1::text::json)")
                    .execute(Tuple.of(batch.rows().toString()))
                    .compose(inserted -> insert(vertx, connection, reader, tables));
        });
    }

    /** What was read, or that there is no more: futures of null are none. */
    private record Next(Dump.@Nullable Batch batch) {}

    private static Next batch(Dump.Reader reader) throws IOException {
        return new Next(reader.next(PAGE));
    }

    /** New rows get numbers behind those that came back. */
    private static Future<Void> renumber(SqlConnection connection) {
        return connection.query(NUMBERED).execute().compose(columns -> {
            List<String> statements = new ArrayList<>();
            for (Row column : columns) {
                String table = column.getString(0);
                String name = column.getString(1);
                statements.add("SELECT setval(pg_get_serial_sequence('"
                        + quoted(table).replace("'", "''") + "', '"
                        + name.replace("'", "''") + "'), coalesce(max(" + quoted(name) + "), 0) + 1, false) FROM "
                        + quoted(table));
            }
            return all(connection, statements);
        });
    }

    private static Future<Integer> version(SqlConnection connection, PostgresServer server) {
        return connection
                .query("SELECT to_regclass('schema_version') IS NOT NULL")
                .execute()
                .compose(found -> found.iterator().next().getBoolean(0)
                        ? connection
                                .query("SELECT coalesce(max(version), 0) FROM schema_version")
                                .execute()
                                .map(rows -> rows.iterator().next().getInteger(0))
                        : Future.failedFuture(Backups.refusal(
                                "backup: " + server.name() + " holds nothing of Sluice (expected: its tables)")));
    }

    /** Servers would go on with what they remember. */
    private static Future<Void> unused(SqlConnection connection, PostgresServer server) {
        return connection
                .query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND application_name = 'sluice' AND pid <> pg_backend_pid()")
                .execute()
                .compose(rows -> {
                    long others = rows.iterator().next().getLong(0);
                    return others == 0
                            ? Future.succeededFuture()
                            : Future.failedFuture(new StoreException(
                                    StoreException.Kind.LOCKED,
                                    "restore: " + server.name() + " has " + others
                                            + " connections of other processes of Sluice (expected: none)"));
                });
    }

    private static Future<Long> held(SqlConnection connection) {
        return connection
                .query("SELECT count(*) FROM proxy")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static Future<List<String>> tables(SqlConnection connection) {
        return connection.query(TABLES).execute().map(rows -> {
            List<String> names = new ArrayList<>();
            rows.forEach(row -> names.add(row.getString(0)));
            return names;
        });
    }

    private static Future<Void> all(SqlConnection connection, List<String> statements) {
        Future<Void> done = Future.succeededFuture();
        for (String sql : statements) {
            done = done.compose(before -> connection.query(sql).execute().mapEmpty());
        }
        return done;
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static <T> Future<T> with(
            PostgresServer server, Duration patience, java.util.function.Function<Pool, Future<T>> work) {
        return server.connect(1, patience)
                .compose(pool -> server.run("copying", () -> work.apply(pool)).eventually(pool::close));
    }

    private static <T> Future<T> blocking(Vertx vertx, Callable<T> work) {
        return vertx.executeBlocking(
                () -> {
                    try {
                        return work.call();
                    } catch (IOException e) {
                        throw new StoreException(StoreException.Kind.FULL, "copying failed: " + e.getMessage(), e);
                    }
                },
                true);
    }
}
