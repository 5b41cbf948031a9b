package dev.sluice.store.sqlite;

import dev.sluice.port.ProxyHistory;
import dev.sluice.port.SeriesHistory;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.HistoryRecords;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.HistoryPage;
import dev.sluice.store.schema.HistoryReading;
import dev.sluice.store.schema.PackedEvents;
import dev.sluice.store.schema.PackedHistory;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Histories in the file. */
final class SqliteHistory implements HistoryRecords {
    // One statement sees one state of the file: a fold in between would show checks twice, or not at all.
    private static final String READ = "SELECT " + HistoryReading.CHECKS + ", checks FROM check_history"
            + " WHERE proxy_id = ?1 UNION ALL SELECT " + HistoryReading.DAYS
            + ", days FROM check_history WHERE proxy_id = ?1 UNION ALL SELECT " + HistoryReading.MOVES
            + ", moves FROM check_history WHERE proxy_id = ?1 UNION ALL SELECT " + HistoryReading.CHECKS
            + ", checks FROM check_segment WHERE proxy_id = ?1 UNION ALL SELECT " + HistoryReading.BATCH
            + ", bytes FROM check_batch WHERE first_id <= ?1 AND last_id >= ?1";

    private static final String SORTED =
            "SELECT number, bytes FROM check_batch WHERE sorted = 1 ORDER BY number LIMIT 1";

    private static final String WAITING =
            "SELECT count(*), coalesce(sum(events), 0), coalesce(min(first_at), 0) FROM check_batch";

    private static final String BATCHES = "SELECT number, events, bytes FROM check_batch ORDER BY number LIMIT ?";

    static final String ADD_BATCH = "INSERT INTO check_batch (sorted, events, first_id, last_id, first_at, bytes)"
            + " VALUES (?, ?, ?, ?, ?, ?)";

    /** Of all batches of a writer only those it has not written before. */
    static final String NEXT_BATCH = "INSERT INTO check_writer (name, number, written_at) VALUES (?, ?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET number = excluded.number, written_at = excluded.written_at"
            + " WHERE check_writer.number < excluded.number";

    private static final String FORGET_WRITERS = "DELETE FROM check_writer WHERE written_at < ?";

    private static final String REMOVE_BATCHES = "DELETE FROM check_batch WHERE sorted = 0 AND number <= ?";

    private static final String REMOVE_BATCH = "DELETE FROM check_batch WHERE number = ?";

    private static final String ROW = "SELECT last_at, checks, days, moves FROM check_history WHERE proxy_id = ?";

    private static final String ROWS = "SELECT last_at, checks, days, moves, proxy_id FROM check_history"
            + " WHERE proxy_id > ? ORDER BY proxy_id LIMIT ?";

    private static final String WRITE_ROW =
            "INSERT INTO check_history (last_at, checks, days, moves, proxy_id) VALUES (?, ?, ?, ?, ?)"
                    + " ON CONFLICT (proxy_id) DO UPDATE SET last_at = excluded.last_at, checks = excluded.checks,"
                    + " days = excluded.days, moves = excluded.moves";

    private static final String REMOVE_ROW = "DELETE FROM check_history WHERE proxy_id = ?";

    private static final String ADD_SEGMENT = "INSERT INTO check_segment (proxy_id, last_at, checks) VALUES (?, ?, ?)";

    private static final String OLD_SEGMENTS =
            "SELECT number, proxy_id, last_at, checks FROM check_segment ORDER BY number LIMIT ?";

    private static final String REMOVE_SEGMENT = "DELETE FROM check_segment WHERE number = ?";

    /** What goes first when the disk is full; each a batch, so that one fits into what is free. */
    private static final List<String> SHORTEN = List.of(
            "DELETE FROM check_segment WHERE number IN (SELECT number FROM check_segment ORDER BY number LIMIT 2000)",
            "DELETE FROM check_batch WHERE number IN (SELECT number FROM check_batch ORDER BY number LIMIT 500)",
            "DELETE FROM check_history WHERE proxy_id IN"
                    + " (SELECT proxy_id FROM check_history ORDER BY last_at LIMIT 5000)");

    private static final int SEGMENTS = 200;
    private static final long WRITER_LIFE_MILLIS = 30 * 86_400_000L;

    private final SqliteSession writing;
    private final SqliteSession reading;
    private final Bounds bounds;
    private final SqliteSeries series;

    SqliteHistory(SqliteSession writing, SqliteSession reading, Bounds bounds) {
        this.writing = writing;
        this.reading = reading;
        this.bounds = bounds;
        this.series = new SqliteSeries(writing, reading, bounds);
    }

    /** Fills {@link #ADD_BATCH}. */
    static PreparedStatement bind(PreparedStatement insert, PackedEvents events, boolean sorted) throws SQLException {
        SqliteParameters row = new SqliteParameters(insert);
        row.flag(sorted);
        row.number(events.events());
        row.number(events.firstId());
        row.number(events.lastId());
        row.number(events.firstAtSeconds());
        row.bytes(events.bytes());
        return insert;
    }

    @Override
    public SeriesHistory series() {
        return series;
    }

    @Override
    public Future<ProxyHistory> of(long id, long sinceMillis, int limit) {
        return reading.call("reading a history", statements -> {
            bounds.limit("reading a history", limit);
            PreparedStatement query = statements.get(READ);
            query.setLong(1, id);
            HistoryReading found = new HistoryReading(id);
            SqliteSession.rows(query, row -> {
                found.add(row.number(0), row.bytes(1));
                return true;
            });
            return found.done(sinceMillis, limit);
        });
    }

    @Override
    public Future<Step> fold(HistoryLimits limits, long nowMillis) {
        return writing.call("folding histories", statements -> {
            List<Batch> sorted =
                    SqliteSession.rows(statements.get(SORTED), row -> new Batch(row.number(0), 0, bytes(row.bytes(1))));
            return sorted.isEmpty()
                    ? sort(statements, limits, nowMillis)
                    : take(statements, sorted.get(0), new HistoryPage(limits, nowMillis));
        });
    }

    private record Batch(long number, long events, byte[] bytes) {}

    private Step sort(SqliteStatements statements, HistoryLimits limits, long nowMillis) throws SQLException {
        boolean due = SqliteSession.rows(
                        statements.get(WAITING),
                        row -> HistoryPage.due(limits, nowMillis, row.number(0), row.number(1), row.number(2)))
                .get(0);
        if (!due) {
            return Step.NONE;
        }
        PreparedStatement query = statements.get(BATCHES);
        query.setInt(1, MOST_BATCHES);
        List<byte[]> taken = new ArrayList<>();
        long last = 0;
        long events = 0;
        for (Batch batch :
                SqliteSession.rows(query, row -> new Batch(row.number(0), row.number(1), bytes(row.bytes(2))))) {
            if (events > 0 && events + batch.events > MOST_SORTED) {
                break;
            }
            taken.add(batch.bytes);
            last = batch.number;
            events += batch.events;
        }
        for (PackedEvents piece : PackedEvents.sort(taken, STEP)) {
            bind(statements.get(ADD_BATCH), piece, true).executeUpdate();
        }
        PreparedStatement remove = statements.get(REMOVE_BATCHES);
        remove.setLong(1, last);
        remove.executeUpdate();
        PreparedStatement forget = statements.get(FORGET_WRITERS);
        forget.setLong(1, nowMillis - WRITER_LIFE_MILLIS);
        forget.executeUpdate();
        return new Step(0, true);
    }

    private static Step take(SqliteStatements statements, Batch sorted, HistoryPage page) throws SQLException {
        var events = PackedEvents.unpack(sorted.bytes);
        long last = 0;
        for (var noted : events) {
            if (noted.proxyId() != last) {
                last = noted.proxyId();
                read(statements, page, last);
            }
        }
        page.add(events);
        write(statements, page);
        number(statements.get(REMOVE_BATCH), sorted.number).executeUpdate();
        return new Step(events.size(), true);
    }

    @Override
    public Future<Trim> trim(HistoryLimits limits, long nowMillis, long afterId, int limit) {
        return writing.call("trimming histories", statements -> {
            bounds.limit("trimming histories", limit);
            HistoryPage page = new HistoryPage(limits, nowMillis);
            PreparedStatement query = statements.get(ROWS);
            query.setLong(1, afterId);
            query.setInt(2, limit);
            List<Long> ids = SqliteSession.rows(query, row -> {
                page.read(row.number(4), history(row));
                return row.number(4);
            });
            retire(statements, page, HistoryPage.cutSeconds(limits, nowMillis));
            page.trim();
            write(statements, page);
            return new Trim(ids.isEmpty() ? afterId : ids.get(ids.size() - 1), ids.size() == limit);
        });
    }

    private record Old(long number, long proxy, long lastAtSeconds, byte[] checks) {}

    /** Segments come into being in the order in which they grow too old. */
    private static void retire(SqliteStatements statements, HistoryPage page, long cutSeconds) throws SQLException {
        PreparedStatement query = statements.get(OLD_SEGMENTS);
        query.setInt(1, SEGMENTS);
        List<Old> segments = SqliteSession.rows(
                query, row -> new Old(row.number(0), row.number(1), row.number(2), bytes(row.bytes(3))));
        for (Old old : segments) {
            if (old.lastAtSeconds < cutSeconds) {
                if (!page.has(old.proxy)) {
                    read(statements, page, old.proxy);
                }
                page.retire(old.proxy, old.checks);
                number(statements.get(REMOVE_SEGMENT), old.number).executeUpdate();
            }
        }
    }

    private static void read(SqliteStatements statements, HistoryPage page, long proxy) throws SQLException {
        SqliteSession.rows(number(statements.get(ROW), proxy), row -> {
            page.read(proxy, history(row));
            return true;
        });
    }

    private static PackedHistory history(SqliteCells row) throws SQLException {
        return new PackedHistory(row.number(0), row.bytes(1), row.bytes(2), row.bytes(3));
    }

    private static void write(SqliteStatements statements, HistoryPage page) throws SQLException {
        for (long proxy : page.changed()) {
            PackedHistory history = page.get(proxy);
            if (history.isEmpty()) {
                number(statements.get(REMOVE_ROW), proxy).executeUpdate();
                continue;
            }
            PreparedStatement update = statements.get(WRITE_ROW);
            SqliteParameters row = new SqliteParameters(update);
            row.number(history.lastAtSeconds());
            row.bytes(history.checks());
            row.bytes(history.days());
            row.bytes(history.moves());
            row.number(proxy);
            update.executeUpdate();
        }
        for (HistoryPage.Sealed sealed : page.sealed()) {
            PreparedStatement insert = statements.get(ADD_SEGMENT);
            SqliteParameters row = new SqliteParameters(insert);
            row.number(sealed.proxyId());
            row.number(sealed.segment().lastAtSeconds());
            row.bytes(sealed.segment().checks());
            insert.executeUpdate();
        }
    }

    @Override
    public Future<Long> shorten() {
        return writing.call("making room", statements -> {
            // What the log holds goes into the file, so that its room can be used again.
            writing.checkpoint();
            for (String sql : SHORTEN) {
                long removed = statements.get(sql).executeUpdate();
                if (removed > 0) {
                    return removed;
                }
            }
            return 0L;
        });
    }

    private static PreparedStatement number(PreparedStatement statement, long value) throws SQLException {
        statement.setLong(1, value);
        return statement;
    }

    private static byte[] bytes(byte @Nullable [] cell) {
        return cell == null ? new byte[0] : cell;
    }
}
