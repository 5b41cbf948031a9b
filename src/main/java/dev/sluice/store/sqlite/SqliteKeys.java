package dev.sluice.store.sqlite;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecords;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.KeyColumns;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Map;

/** API keys in the file. */
final class SqliteKeys implements KeyRecords {
    private static final String READ = "SELECT " + KeyColumns.ALL + " FROM api_key ORDER BY created_at, id";

    private static final String ADD = "INSERT INTO api_key (" + KeyColumns.ALL
            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

    private static final String REVOKE = "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at = 0";

    private static final String USE = "UPDATE api_key SET last_used_at = ?1 WHERE id = ?2 AND last_used_at < ?1";

    private final SqliteSession writing;
    private final SqliteSession reading;
    private final Bounds bounds;

    SqliteKeys(SqliteSession writing, SqliteSession reading, Bounds bounds) {
        this.writing = writing;
        this.reading = reading;
        this.bounds = bounds;
    }

    @Override
    public Future<List<KeyRecord>> all() {
        return reading.rows("reading keys", READ, KeyColumns::read);
    }

    @Override
    public Future<Void> add(KeyRecord key) {
        return writing.call("adding a key", statements -> {
                    bounds.key(key);
                    PreparedStatement insert = statements.get(ADD);
                    KeyColumns.write(key, new SqliteParameters(insert));
                    if (insert.executeUpdate() == 0) {
                        throw bounds.taken(key);
                    }
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<Boolean> revoke(String id, long atMillis) {
        return writing.call("revoking a key", statements -> {
            bounds.revokedAt(atMillis);
            PreparedStatement update = statements.get(REVOKE);
            update.setLong(1, atMillis);
            update.setString(2, id);
            return update.executeUpdate() > 0;
        });
    }

    @Override
    public Future<Void> used(Map<String, Long> lastUsedAtMillis) {
        Map<String, Long> copy = Map.copyOf(lastUsedAtMillis);
        return writing.call("noting the use of keys", statements -> {
                    PreparedStatement update = statements.get(USE);
                    for (Map.Entry<String, Long> use : copy.entrySet()) {
                        update.setLong(1, use.getValue());
                        update.setString(2, use.getKey());
                        update.executeUpdate();
                    }
                    return true;
                })
                .mapEmpty();
    }
}
