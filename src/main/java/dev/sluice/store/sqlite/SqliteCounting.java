package dev.sluice.store.sqlite;

import dev.sluice.port.SourceFigures;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import dev.sluice.store.Counting;
import dev.sluice.store.StoreSlice;
import dev.sluice.store.StoreStats;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.CountColumns;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Counts in the file: ranges of the two tables by number, each read once. */
final class SqliteCounting implements Counting {
    private static final String LAST = "SELECT max(id) FROM (SELECT id FROM proxy WHERE id > ? ORDER BY id LIMIT ?)";

    private static final String ENTRIES = "SELECT scheme, tier, count(*), sum(alive), sum(last_checked_at = 0),"
            + " sum(archived),"
            + " sum(CASE WHEN archived = 0 AND check_every_ms > 0 THEN 1000.0 / check_every_ms ELSE 0 END),"
            + " sum(country IS NOT NULL AND location_origin <> 'source')"
            + " FROM proxy WHERE id > ?1 AND id <= ?2 GROUP BY scheme, tier";

    // A cross join is made in the order it is written: what the listings of an entry have in common, then the entry,
    // then
    // its listings one by one, all of them neighbours. Windows over the listings take half as long again.
    private static final String LISTINGS = "SELECT s.name, g.* FROM (SELECT l.source_id AS source_id,"
            + " sum(l.unlisted_at IS NULL), sum(l.unlisted_at IS NULL AND p.alive),"
            + " sum(l.unlisted_at IS NULL AND e.lists = 1), sum(l.unlisted_at IS NULL AND e.lists = 1 AND p.alive),"
            + " sum(l.unlisted_at IS NULL AND p.last_checked_at > 0),"
            + " sum(l.unlisted_at IS NULL AND p.last_alive_at > 0),"
            + " sum(p.alive AND l.first_listed_at = e.earliest),"
            + " sum(iif(l.unlisted_at IS NULL, p.checks, 0)), sum(iif(l.unlisted_at IS NULL, p.successes, 0))"
            + " FROM (SELECT proxy_id, sum(unlisted_at IS NULL) AS lists, min(first_listed_at) AS earliest"
            + " FROM listing WHERE proxy_id > ?1 AND proxy_id <= ?2 GROUP BY proxy_id) e"
            + " CROSS JOIN proxy p ON p.id = e.proxy_id CROSS JOIN listing l ON l.proxy_id = e.proxy_id"
            + " GROUP BY l.source_id) g JOIN source s ON s.id = g.source_id";

    private final SqliteSession reading;
    private final Bounds bounds;

    SqliteCounting(SqliteSession reading, Bounds bounds) {
        this.reading = reading;
        this.bounds = bounds;
    }

    @Override
    public Future<StoreSlice> slice(long afterId, int limit) {
        return reading.call("counting", statements -> {
            bounds.limit("counting", limit);
            long last = last(statements.get(LAST), afterId, limit);
            if (last == 0) {
                return StoreSlice.NOTHING;
            }
            Map<String, SourceFigures.Of> bySource = listings(range(statements.get(LISTINGS), afterId, last));
            return new StoreSlice(last, entries(range(statements.get(ENTRIES), afterId, last), bySource), Set.of());
        });
    }

    private static long last(PreparedStatement query, long afterId, int limit) throws SQLException {
        query.setLong(1, afterId);
        query.setInt(2, limit);
        try (ResultSet row = query.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private static PreparedStatement range(PreparedStatement query, long afterId, long lastId) throws SQLException {
        query.setLong(1, afterId);
        query.setLong(2, lastId);
        return query;
    }

    private static Map<String, SourceFigures.Of> listings(PreparedStatement query) throws SQLException {
        Map<String, SourceFigures.Of> bySource = new HashMap<>();
        try (ResultSet rows = query.executeQuery()) {
            SqliteCells cells = new SqliteCells(rows);
            while (rows.next()) {
                // Column 1 is the number of the source.
                bySource.put(String.valueOf(cells.text(0)), CountColumns.figures(cells, 2));
            }
        }
        bySource.values().removeIf(SourceFigures.Of.NOTHING::equals);
        return bySource;
    }

    private static StoreStats entries(PreparedStatement query, Map<String, SourceFigures.Of> bySource)
            throws SQLException {
        long total = 0;
        long alive = 0;
        long neverChecked = 0;
        long archived = 0;
        double checksPerSecond = 0;
        long located = 0;
        Map<Scheme, Long> byScheme = new EnumMap<>(Scheme.class);
        Map<Tier, Long> byTier = new EnumMap<>(Tier.class);
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                long count = rows.getLong(3);
                byScheme.merge(Codes.scheme(rows.getLong(1)), count, Long::sum);
                byTier.merge(Codes.tier(rows.getLong(2)), count, Long::sum);
                total += count;
                alive += rows.getLong(4);
                neverChecked += rows.getLong(5);
                archived += rows.getLong(6);
                checksPerSecond += rows.getDouble(7);
                located += rows.getLong(8);
            }
        }
        return new StoreStats(
                total, alive, neverChecked, archived, byScheme, byTier, bySource, checksPerSecond, located);
    }
}
