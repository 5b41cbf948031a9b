package dev.sluice.store.postgres;

import dev.sluice.port.SeriesHistory;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.PackedSeries;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** How the whole has developed, in the database. */
final class PostgresSeries implements SeriesHistory {
    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;

    PostgresSeries(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
        this.bounds = bounds;
    }

    @Override
    public Future<Void> put(List<Bucket> buckets) {
        return server.run("keeping a series", () -> {
            bounds.series(buckets);
            if (buckets.isEmpty()) {
                return Future.succeededFuture();
            }
            PostgresArrays rows = new PostgresArrays(buckets.size());
            for (Bucket bucket : buckets) {
                rows.number(PackedSeries.of(bucket.width()));
                rows.number(PackedSeries.of(bucket.dimension()));
                rows.number(bucket.startMillis());
                rows.text(bucket.writer());
                rows.bytes(PackedSeries.pack(bucket.tallies()));
                rows.next();
            }
            return pool.preparedQuery(PostgresHistorySql.PUT_SERIES)
                    .execute(rows.tuple())
                    .mapEmpty();
        });
    }

    @Override
    public Future<List<Bucket>> read(Dimension dimension, Width width, long fromMillis, long toMillis) {
        return server.run(
                "reading a series",
                () -> pool.preparedQuery(PostgresHistorySql.READ_SERIES)
                        .execute(Tuple.of(
                                (long) PackedSeries.of(width),
                                (short) PackedSeries.of(dimension),
                                fromMillis,
                                toMillis))
                        .compose(rows -> server.aside(() -> {
                            List<Bucket> buckets = new ArrayList<>(rows.size());
                            for (Row row : rows) {
                                buckets.add(new Bucket(
                                        dimension,
                                        width,
                                        row.getLong(0),
                                        String.valueOf(PostgresText.read(row.getString(1))),
                                        PackedSeries.unpack(row.getBuffer(2).getBytes())));
                            }
                            return buckets;
                        })));
    }

    @Override
    public Future<Integer> prune(long nowMillis, int limit) {
        return server.run("pruning series", () -> {
            Future<Integer> removed = Future.succeededFuture(0);
            for (Width width : Width.values()) {
                removed = removed.compose(before -> pool.preparedQuery(PostgresHistorySql.PRUNE_SERIES)
                        .execute(Tuple.of(
                                (long) PackedSeries.of(width), width.oldestMillis(nowMillis), (long) limit - before))
                        .map(rows -> before + rows.rowCount()));
            }
            return removed;
        });
    }
}
