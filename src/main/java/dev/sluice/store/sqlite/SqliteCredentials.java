package dev.sluice.store.sqlite;

import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.ProxyColumns;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How passwords are stored in the file. */
final class SqliteCredentials implements CredentialRows {
    private static final String ROWS = "SELECT " + ProxyColumns.CREDENTIALS + " FROM proxy p";

    private static final String WHICH = " AND p.username IS NOT NULL AND p.id > ?1 ORDER BY p.id LIMIT ?2";

    private static final String FIND_PLAIN =
            ROWS + " INDEXED BY proxy_plain_password WHERE " + ProxyColumns.PLAIN + WHICH;

    private static final String PAGE = ROWS + " WHERE p.password IS NOT NULL" + WHICH;

    private static final String COUNT = "SELECT CASE WHEN " + ProxyColumns.PLAIN
            + " THEN '' ELSE substr(p.password, 1, "
            + KEY_CHARACTERS + ") END, count(*) FROM proxy p WHERE p.password IS NOT NULL AND p.username IS NOT NULL"
            + " GROUP BY 1";

    private final SqliteThread writing;
    private final SqliteSession reads;
    private final SqliteWriter writer;
    private final Bounds bounds;

    SqliteCredentials(SqliteThread writing, SqliteSession reads, SqliteWriter writer, Bounds bounds) {
        this.writing = writing;
        this.reads = reads;
        this.writer = writer;
        this.bounds = bounds;
    }

    @Override
    public Future<List<CredentialRow>> plain(long afterId, int limit) {
        return rows("passwords in the clear", FIND_PLAIN, afterId, limit);
    }

    @Override
    public Future<List<CredentialRow>> page(long afterId, int limit) {
        return rows("stored passwords", PAGE, afterId, limit);
    }

    private Future<List<CredentialRow>> rows(String action, String sql, long afterId, int limit) {
        return reads.call(action, statements -> {
            bounds.limit(action, limit);
            var query = statements.get(sql);
            query.setLong(1, afterId);
            query.setInt(2, limit);
            return SqliteSession.rows(query, ProxyColumns::credentials);
        });
    }

    @Override
    public Future<Written> write(List<CredentialChange> changes, long nowMillis) {
        List<CredentialChange> copy = List.copyOf(changes);
        return writing.call("encrypting", () -> writer.reseal(copy, nowMillis));
    }

    @Override
    public Future<Map<String, Long>> count() {
        return reads.rows("counting passwords", COUNT, row -> Map.entry(String.valueOf(row.text(0)), row.number(1)))
                .map(rows -> rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public Future<Void> settle() {
        return writing.call("settling", () -> {
                    writer.settle();
                    return true;
                })
                .mapEmpty();
    }
}
