package dev.sluice.store.sqlite;

import dev.sluice.port.SeriesHistory;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.PackedSeries;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Objects;

/** How the whole has developed, in the file. */
final class SqliteSeries implements SeriesHistory {
    private static final String PUT = "INSERT INTO series (width, dimension, starts_at, writer, tallies)"
            + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (width, dimension, starts_at, writer)"
            + " DO UPDATE SET tallies = excluded.tallies";

    private static final String READ = "SELECT starts_at, writer, tallies FROM series WHERE width = ? AND dimension = ?"
            + " AND starts_at >= ? AND starts_at < ? ORDER BY starts_at, writer LIMIT 20000";

    private static final String PRUNE = "DELETE FROM series WHERE (width, dimension, starts_at, writer) IN"
            + " (SELECT width, dimension, starts_at, writer FROM series"
            + " WHERE width = ? AND dimension = ? AND starts_at < ? LIMIT ?)";

    private final SqliteSession writing;
    private final SqliteSession reading;
    private final Bounds bounds;

    SqliteSeries(SqliteSession writing, SqliteSession reading, Bounds bounds) {
        this.writing = writing;
        this.reading = reading;
        this.bounds = bounds;
    }

    @Override
    public Future<Void> put(List<Bucket> buckets) {
        List<Bucket> copy = List.copyOf(buckets);
        return writing.call("keeping a series", statements -> {
                    bounds.series(copy);
                    PreparedStatement insert = statements.get(PUT);
                    for (Bucket bucket : copy) {
                        SqliteParameters row = new SqliteParameters(insert);
                        row.number(PackedSeries.of(bucket.width()));
                        row.number(PackedSeries.of(bucket.dimension()));
                        row.number(bucket.startMillis());
                        row.text(bucket.writer());
                        row.bytes(PackedSeries.pack(bucket.tallies()));
                        insert.executeUpdate();
                    }
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<List<Bucket>> read(Dimension dimension, Width width, long fromMillis, long toMillis) {
        return reading.call("reading a series", statements -> {
            PreparedStatement query = statements.get(READ);
            query.setLong(1, PackedSeries.of(width));
            query.setLong(2, PackedSeries.of(dimension));
            query.setLong(3, fromMillis);
            query.setLong(4, toMillis);
            return SqliteSession.rows(
                    query,
                    row -> new Bucket(
                            dimension,
                            width,
                            row.number(0),
                            String.valueOf(row.text(1)),
                            PackedSeries.unpack(Objects.requireNonNull(row.bytes(2)))));
        });
    }

    @Override
    public Future<Integer> prune(long nowMillis, int limit) {
        return writing.call("pruning series", statements -> {
            int removed = 0;
            for (Width width : Width.values()) {
                for (Dimension dimension : Dimension.values()) {
                    PreparedStatement delete = statements.get(PRUNE);
                    delete.setLong(1, PackedSeries.of(width));
                    delete.setLong(2, PackedSeries.of(dimension));
                    delete.setLong(3, width.oldestMillis(nowMillis));
                    delete.setInt(4, limit - removed);
                    removed += delete.executeUpdate();
                }
            }
            return removed;
        });
    }
}
