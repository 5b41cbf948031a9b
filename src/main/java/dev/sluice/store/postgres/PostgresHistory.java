package dev.sluice.store.postgres;

import dev.sluice.port.ProxyHistory;
import dev.sluice.port.SeriesHistory;
import dev.sluice.store.CheckBatch.Noted;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.HistoryRecords;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.HistoryPage;
import dev.sluice.store.schema.HistoryReading;
import dev.sluice.store.schema.PackedEvents;
import dev.sluice.store.schema.PackedHistory;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Histories in the database. Packing and unpacking of many events is done beside the event loops. */
final class PostgresHistory implements HistoryRecords {
    private static final int SEGMENTS = 200;
    private static final long WRITER_LIFE_MILLIS = 30 * 86_400_000L;

    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;
    private final PostgresSeries series;

    PostgresHistory(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
        this.bounds = bounds;
        this.series = new PostgresSeries(server, pool, bounds);
    }

    @Override
    public SeriesHistory series() {
        return series;
    }

    @Override
    public Future<ProxyHistory> of(long id, long sinceMillis, int limit) {
        return server.run("reading a history", () -> {
            bounds.limit("reading a history", limit);
            return pool.preparedQuery(PostgresHistorySql.READ)
                    .execute(Tuple.of(id))
                    .compose(rows -> server.aside(() -> {
                        HistoryReading found = new HistoryReading(id);
                        for (Row row : rows) {
                            PostgresCells cells = new PostgresCells(row);
                            found.add(row.getInteger(0), cells.bytes(1));
                        }
                        return found.done(sinceMillis, limit);
                    }));
        });
    }

    @Override
    public Future<Step> fold(HistoryLimits limits, long nowMillis) {
        return server.run(
                "folding histories",
                () -> alone(
                        Step.NONE,
                        connection -> connection
                                .preparedQuery(PostgresHistorySql.SORTED)
                                .execute()
                                .compose(sorted -> sorted.size() == 0
                                        ? sort(connection, limits, nowMillis)
                                        : take(
                                                connection,
                                                sorted.iterator().next(),
                                                new HistoryPage(limits, nowMillis)))));
    }

    /** In a transaction, unless another instance is at it. */
    private <T> Future<T> alone(T otherwise, Function<SqlConnection, Future<T>> work) {
        return pool.withTransaction(connection -> connection
                .preparedQuery(PostgresHistorySql.ALONE)
                .execute()
                .compose(locked -> locked.iterator().next().getBoolean(0)
                        ? work.apply(connection)
                        : Future.succeededFuture(otherwise)));
    }

    private Future<Step> sort(SqlConnection connection, HistoryLimits limits, long nowMillis) {
        return connection.preparedQuery(PostgresHistorySql.WAITING).execute().compose(waiting -> {
            Row row = waiting.iterator().next();
            return HistoryPage.due(limits, nowMillis, row.getLong(0), row.getLong(1), row.getLong(2))
                    ? sort(connection, nowMillis)
                    : Future.succeededFuture(Step.NONE);
        });
    }

    private Future<Step> sort(SqlConnection connection, long nowMillis) {
        return connection
                .preparedQuery(PostgresHistorySql.BATCHES)
                .execute(Tuple.of(MOST_BATCHES))
                .compose(rows -> {
                    List<Long> numbers = new ArrayList<>();
                    List<byte[]> batches = new ArrayList<>();
                    long events = 0;
                    for (Row row : rows) {
                        if (events > 0 && events + row.getLong(1) > MOST_SORTED) {
                            break;
                        }
                        numbers.add(row.getLong(0));
                        batches.add(row.getBuffer(2).getBytes());
                        events += row.getLong(1);
                    }
                    return server.aside(() -> pieces(batches))
                            .compose(pieces -> connection
                                    .preparedQuery(PostgresHistorySql.ADD_SORTED)
                                    .execute(pieces.tuple()))
                            .compose(added -> connection
                                    .preparedQuery(PostgresHistorySql.REMOVE_BATCHES)
                                    .execute(Tuple.of(numbers.toArray(Long[]::new))));
                })
                .compose(removed -> connection
                        .preparedQuery(PostgresHistorySql.FORGET_WRITERS)
                        .execute(Tuple.of(nowMillis - WRITER_LIFE_MILLIS)))
                .map(forgotten -> new Step(0, true));
    }

    private static PostgresArrays pieces(List<byte[]> batches) {
        List<PackedEvents> pieces = PackedEvents.sort(batches, STEP);
        PostgresArrays rows = new PostgresArrays(pieces.size());
        for (PackedEvents piece : pieces) {
            rows.number(piece.events());
            rows.number(piece.firstId());
            rows.number(piece.lastId());
            rows.number(piece.firstAtSeconds());
            rows.bytes(piece.bytes());
            rows.next();
        }
        return rows;
    }

    private Future<Step> take(SqlConnection connection, Row sorted, HistoryPage page) {
        long number = sorted.getLong(0);
        List<Noted> events = PackedEvents.unpack(sorted.getBuffer(1).getBytes());
        return read(
                        connection,
                        page,
                        events.stream().map(Noted::proxyId).distinct().toList())
                .compose(read -> server.aside(() -> {
                    page.add(events);
                    return true;
                }))
                .compose(added -> write(connection, page))
                .compose(written -> connection
                        .preparedQuery(PostgresHistorySql.REMOVE_BATCHES)
                        .execute(Tuple.of(new Long[] {number})))
                .map(removed -> new Step(events.size(), true));
    }

    private static Future<Void> read(SqlConnection connection, HistoryPage page, List<Long> proxies) {
        return connection
                .preparedQuery(PostgresHistorySql.ROWS)
                .execute(Tuple.of(proxies.toArray(Long[]::new)))
                .map(rows -> read(rows, page))
                .mapEmpty();
    }

    /** Returns the highest number, 0 where there is no row. */
    private static long read(RowSet<Row> rows, HistoryPage page) {
        long last = 0;
        for (Row row : rows) {
            PostgresCells cells = new PostgresCells(row);
            last = Math.max(last, cells.number(0));
            page.read(
                    cells.number(0),
                    new PackedHistory(cells.number(1), cells.bytes(2), cells.bytes(3), cells.bytes(4)));
        }
        return last;
    }

    @Override
    public Future<Trim> trim(HistoryLimits limits, long nowMillis, long afterId, int limit) {
        return server.run("trimming histories", () -> {
            bounds.limit("trimming histories", limit);
            HistoryPage page = new HistoryPage(limits, nowMillis);
            return alone(
                    new Trim(afterId, true),
                    connection -> connection
                            .preparedQuery(PostgresHistorySql.PAGE)
                            .execute(Tuple.of(afterId, limit))
                            .compose(rows -> {
                                long last = Math.max(afterId, read(rows, page));
                                return retire(connection, page, HistoryPage.cutSeconds(limits, nowMillis))
                                        .compose(retired -> server.aside(() -> {
                                            page.trim();
                                            return true;
                                        }))
                                        .compose(trimmed -> write(connection, page))
                                        .map(written -> new Trim(last, rows.size() == limit));
                            }));
        });
    }

    private static Future<Void> retire(SqlConnection connection, HistoryPage page, long cutSeconds) {
        return connection
                .preparedQuery(PostgresHistorySql.OLD_SEGMENTS)
                .execute(Tuple.of(cutSeconds, SEGMENTS))
                .compose(old -> {
                    if (old.size() == 0) {
                        return Future.succeededFuture();
                    }
                    List<Long> numbers = new ArrayList<>();
                    List<Long> missing = new ArrayList<>();
                    for (Row row : old) {
                        numbers.add(row.getLong(0));
                        if (!page.has(row.getLong(1))) {
                            missing.add(row.getLong(1));
                        }
                    }
                    return read(connection, page, missing)
                            .compose(read -> {
                                for (Row row : old) {
                                    page.retire(row.getLong(1), row.getBuffer(2).getBytes());
                                }
                                return connection
                                        .preparedQuery(PostgresHistorySql.REMOVE_SEGMENTS)
                                        .execute(Tuple.of(numbers.toArray(Long[]::new)));
                            })
                            .mapEmpty();
                });
    }

    private static Future<Void> write(SqlConnection connection, HistoryPage page) {
        List<Long> empty = new ArrayList<>();
        List<Long> changed = new ArrayList<>();
        for (long proxy : page.changed()) {
            (page.get(proxy).isEmpty() ? empty : changed).add(proxy);
        }
        PostgresArrays rows = new PostgresArrays(changed.size());
        for (long proxy : changed) {
            PackedHistory history = page.get(proxy);
            rows.number(proxy);
            rows.number(history.lastAtSeconds());
            rows.bytes(history.checks());
            rows.bytes(history.days());
            rows.bytes(history.moves());
            rows.next();
        }
        PostgresArrays segments = new PostgresArrays(page.sealed().size());
        for (HistoryPage.Sealed sealed : page.sealed()) {
            segments.number(sealed.proxyId());
            segments.number(sealed.segment().lastAtSeconds());
            segments.bytes(sealed.segment().checks());
            segments.next();
        }
        return execute(connection, PostgresHistorySql.WRITE_ROWS, changed.size(), rows.tuple())
                .compose(written -> execute(
                        connection,
                        PostgresHistorySql.ADD_SEGMENTS,
                        page.sealed().size(),
                        segments.tuple()))
                .compose(added -> execute(
                        connection,
                        PostgresHistorySql.REMOVE_ROWS,
                        empty.size(),
                        Tuple.of(empty.toArray(Long[]::new))));
    }

    private static Future<Void> execute(SqlConnection connection, String sql, int rows, Tuple parameters) {
        return rows == 0
                ? Future.succeededFuture()
                : connection.preparedQuery(sql).execute(parameters).mapEmpty();
    }

    @Override
    public Future<Long> shorten() {
        return server.run("making room", () -> shorten(0));
    }

    private Future<Long> shorten(int index) {
        if (index == PostgresHistorySql.TABLES_TO_EMPTY.size()) {
            return Future.succeededFuture(0L);
        }
        String table = PostgresHistorySql.TABLES_TO_EMPTY.get(index);
        return pool.withTransaction(connection -> connection
                        .query("SELECT count(*) FROM " + table)
                        .execute()
                        .map(rows ->
                                Objects.requireNonNull(rows.iterator().next().getLong(0)))
                        .compose(count -> count == 0
                                ? Future.succeededFuture(0L)
                                : connection
                                        .query("TRUNCATE " + table)
                                        .execute()
                                        .map(count)))
                .compose(count -> count > 0 ? Future.succeededFuture(count) : shorten(index + 1));
    }
}
