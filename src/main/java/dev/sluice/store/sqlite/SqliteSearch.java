package dev.sluice.store.sqlite;

import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxyQuery.Position;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.schema.Sealing;
import dev.sluice.store.schema.SearchSql;
import dev.sluice.store.schema.SearchSql.Walk;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.SQLException;

/** Searches in the file, with a thread and a connection of their own: what counts everything does not hold them up. */
final class SqliteSearch implements ProxySearch {
    private final SqliteThread thread;
    private final SqliteReader reader;

    SqliteSearch(SqliteThread thread, Connection connection, Sealing sealing) {
        this.thread = thread;
        this.reader = new SqliteReader(connection, sealing);
    }

    @Override
    public Future<Found> search(ProxyQuery query) {
        return thread.call("searching", () -> found(query));
    }

    private Found found(ProxyQuery query) throws SQLException {
        SearchSql sql = new SearchSql(query, true);
        Walk walk = Walk.ID;
        Position end = null;
        boolean chosen = false;
        for (Walk candidate : sql.walks()) {
            Position reach = reader.position(sql.reach(candidate));
            if (reach == null) {
                walk = candidate;
                end = null;
                break;
            }
            if (candidate != Walk.HOST && (!chosen || query.isBehind(reach, end))) {
                walk = candidate;
                end = reach;
                chosen = true;
            }
        }
        return query.found(reader.search(sql.page(walk, SqliteReader.STORED, end)), end);
    }

    Future<Void> close() {
        return thread.last("closing", reader::close);
    }
}
