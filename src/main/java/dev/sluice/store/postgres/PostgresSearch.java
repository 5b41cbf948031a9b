package dev.sluice.store.postgres;

import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxyQuery.Position;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.schema.SearchSql;
import dev.sluice.store.schema.SearchSql.Statement;
import dev.sluice.store.schema.SearchSql.Walk;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Searches in the database. */
final class PostgresSearch implements ProxySearch {
    private final PostgresServer server;
    private final Pool pool;
    private final Function<RowSet<Row>, List<StoredProxy>> reading;

    /** @param reading makes entries of rows */
    PostgresSearch(PostgresServer server, Pool pool, Function<RowSet<Row>, List<StoredProxy>> reading) {
        this.server = server;
        this.pool = pool;
        this.reading = reading;
    }

    @Override
    public Future<Found> search(ProxyQuery query) {
        SearchSql sql = new SearchSql(query, false);
        List<Walk> walks = sql.walks();
        return server.run(
                "searching", () -> walks.equals(List.of(Walk.ID)) ? byNumber(query, sql) : byIndex(query, sql, walks));
    }

    private Future<Found> byIndex(ProxyQuery query, SearchSql sql, List<Walk> walks) {
        return choose(query, sql, walks, 0, null)
                .compose(chosen -> rows(sql.page(chosen.walk(), PostgresSql.STORED_COLUMNS, chosen.end()))
                        .map(rows -> query.found(reading.apply(rows), chosen.end())));
    }

    /** Numbers never change, so that it can be asked afterwards how far they were looked at, and only of a page that is short. */
    private Future<Found> byNumber(ProxyQuery query, SearchSql sql) {
        return rows(sql.page(Walk.ID, PostgresSql.STORED_COLUMNS, null)).compose(rows -> {
            if (rows.size() > query.limit()) {
                return Future.succeededFuture(query.found(reading.apply(rows), null));
            }
            return rows(sql.reach(Walk.ID))
                    .map(reach -> query.found(reading.apply(rows), reach.size() == 0 ? null : position(reach)));
        });
    }

    private static Position position(RowSet<Row> rows) {
        Row row = rows.iterator().next();
        return new Position(row.getLong(0), row.getLong(1));
    }

    /** What to walk along, and to where. */
    private record Chosen(Walk walk, @Nullable Position end) {}

    private Future<Chosen> choose(ProxyQuery query, SearchSql sql, List<Walk> walks, int next, @Nullable Chosen best) {
        if (next == walks.size()) {
            return Future.succeededFuture(best == null ? new Chosen(Walk.ID, null) : best);
        }
        Walk walk = walks.get(next);
        return rows(sql.reach(walk)).compose(rows -> {
            if (rows.size() == 0) {
                return Future.succeededFuture(new Chosen(walk, null));
            }
            Position reach = position(rows);
            boolean better = walk != Walk.HOST && (best == null || query.isBehind(reach, best.end()));
            return choose(query, sql, walks, next + 1, better ? new Chosen(walk, reach) : best);
        });
    }

    private Future<RowSet<Row>> rows(Statement statement) {
        Tuple values = Tuple.tuple();
        for (Object value : statement.values()) {
            values.addValue(value instanceof String text ? PostgresText.write(text) : value);
        }
        return pool.preparedQuery(statement.numbered()).execute(values);
    }
}
