package dev.sluice.store.postgres;

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
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts in the database: ranges of the two tables by number, each read once. */
final class PostgresCounting implements Counting {
    /** $1 after, $2 most entries. */
    private static final String LAST =
            "SELECT max(id) FROM (SELECT id FROM proxy WHERE id > $1 ORDER BY id LIMIT $2) AS slice";

    /** $1 after, $2 last, $3 now. Whoever holds a lease shares the work. */
    private static final String ENTRIES = "SELECT scheme, tier, count(*), count(*) FILTER (WHERE alive),"
            + " count(*) FILTER (WHERE last_checked_at = 0), count(*) FILTER (WHERE archived),"
            + " coalesce(sum(1000.0::float8 / check_every_ms) FILTER (WHERE NOT archived AND check_every_ms > 0), 0),"
            + " array_agg(DISTINCT lease_owner) FILTER (WHERE lease_until > $3),"
            + " count(*) FILTER (WHERE country IS NOT NULL AND location_origin <> 'source')"
            + " FROM proxy WHERE id > $1 AND id <= $2 GROUP BY scheme, tier";

    /** $1 after, $2 last. */
    private static final String LISTINGS = "SELECT s.name, g.* FROM (SELECT l.source_id,"
            + " count(*) FILTER (WHERE l.listed), count(*) FILTER (WHERE l.listed AND p.alive),"
            + " count(*) FILTER (WHERE l.listed AND l.lists = 1),"
            + " count(*) FILTER (WHERE l.listed AND l.lists = 1 AND p.alive),"
            + " count(*) FILTER (WHERE l.listed AND p.last_checked_at > 0),"
            + " count(*) FILTER (WHERE l.listed AND p.last_alive_at > 0),"
            + " count(*) FILTER (WHERE p.alive AND l.first_listed_at = l.earliest),"
            + " coalesce(sum(p.checks) FILTER (WHERE l.listed), 0)::bigint,"
            + " coalesce(sum(p.successes) FILTER (WHERE l.listed), 0)::bigint"
            + " FROM (SELECT proxy_id, source_id, first_listed_at, unlisted_at IS NULL AS listed,"
            + " count(*) FILTER (WHERE unlisted_at IS NULL) OVER entry AS lists,"
            + " min(first_listed_at) OVER entry AS earliest FROM listing WHERE proxy_id > $1 AND proxy_id <= $2"
            + " WINDOW entry AS (PARTITION BY proxy_id)) AS l"
            // The range once more, for a planner that would read the whole table.
            + " JOIN proxy p ON p.id = l.proxy_id AND p.id > $1 AND p.id <= $2 GROUP BY l.source_id) AS g"
            + " JOIN source s ON s.id = g.source_id";

    private final PostgresServer server;
    private final Pool pool;
    private final InstantSource clock;
    private final Bounds bounds;
    /** Marks the leases of this instance. */
    private final String owner;

    PostgresCounting(PostgresServer server, Pool pool, InstantSource clock, Bounds bounds, String owner) {
        this.server = server;
        this.pool = pool;
        this.clock = clock;
        this.bounds = bounds;
        this.owner = owner;
    }

    @Override
    public Future<StoreSlice> slice(long afterId, int limit) {
        return server.run("counting", () -> {
            bounds.limit("counting", limit);
            return pool.preparedQuery(LAST)
                    .execute(Tuple.of(afterId, limit))
                    .map(rows -> new PostgresCells(rows.iterator().next()).number(0))
                    .compose(last ->
                            last == 0 ? Future.succeededFuture(StoreSlice.NOTHING) : slice(afterId, last.longValue()));
        });
    }

    private Future<StoreSlice> slice(long afterId, long lastId) {
        return pool.preparedQuery(LISTINGS)
                .execute(Tuple.of(afterId, lastId))
                .compose(listings -> pool.preparedQuery(ENTRIES)
                        .execute(Tuple.of(afterId, lastId, clock.millis()))
                        .map(entries -> slice(lastId, entries, listings)));
    }

    private StoreSlice slice(long lastId, RowSet<Row> entries, RowSet<Row> listings) {
        long total = 0;
        long alive = 0;
        long neverChecked = 0;
        long archived = 0;
        double checksPerSecond = 0;
        long located = 0;
        Set<String> sharers = new HashSet<>();
        Map<Scheme, Long> byScheme = new EnumMap<>(Scheme.class);
        Map<Tier, Long> byTier = new EnumMap<>(Tier.class);
        for (Row row : entries) {
            byScheme.merge(Codes.scheme(row.getInteger(0)), row.getLong(2), Long::sum);
            byTier.merge(Codes.tier(row.getInteger(1)), row.getLong(2), Long::sum);
            total += row.getLong(2);
            alive += row.getLong(3);
            neverChecked += row.getLong(4);
            archived += row.getLong(5);
            checksPerSecond += row.getDouble(6);
            String[] owners = row.getArrayOfStrings(7);
            located += row.getLong(8);
            sharers.addAll(owners == null ? List.of() : List.of(owners));
        }
        sharers.remove(owner);
        Map<String, SourceFigures.Of> bySource = new HashMap<>();
        for (Row row : listings) {
            PostgresCells cells = new PostgresCells(row);
            // Column 1 is the number of the source.
            bySource.put(String.valueOf(cells.text(0)), CountColumns.figures(cells, 2));
        }
        bySource.values().removeIf(SourceFigures.Of.NOTHING::equals);
        return new StoreSlice(
                lastId,
                new StoreStats(
                        total, alive, neverChecked, archived, byScheme, byTier, bySource, checksPerSecond, located),
                sharers);
    }
}
