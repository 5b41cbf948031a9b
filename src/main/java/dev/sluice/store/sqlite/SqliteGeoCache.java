package dev.sluice.store.sqlite;

import dev.sluice.port.GeoCache;
import dev.sluice.proxy.Location;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Counted;
import dev.sluice.store.schema.GeoColumns;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Answers about addresses, in the file. */
final class SqliteGeoCache implements GeoCache {
    private static final String FIND =
            "SELECT " + GeoColumns.ALL + " FROM geo_cache WHERE address = ? AND expires_at > ?";

    private static final String PUT = "INSERT INTO geo_cache (" + GeoColumns.ALL + ", located_at, expires_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?) ON CONFLICT (address) DO UPDATE SET "
            + GeoColumns.REPLACED;

    private static final String COUNT = "SELECT count(*), coalesce(sum(expires_at <= ?), 0) FROM geo_cache";

    private static final String EXPIRE = "DELETE FROM geo_cache WHERE address IN"
            + " (SELECT address FROM geo_cache WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)";

    private final SqliteSession writing;
    private final SqliteSession reading;
    private final Bounds bounds;
    private final Counted counted = new Counted();

    SqliteGeoCache(SqliteSession writing, SqliteSession reading, Bounds bounds) {
        this.writing = writing;
        this.reading = reading;
        this.bounds = bounds;
    }

    @Override
    public Future<Map<String, Location>> get(Collection<String> addresses, long nowMillis) {
        Set<String> asked = Set.copyOf(addresses);
        return reading.<Map<String, Location>>call("reading answers", statements -> {
                    bounds.addresses("reading answers", asked.size());
                    Map<String, Location> found = new HashMap<>();
                    for (String address : asked) {
                        PreparedStatement find = statements.get(FIND);
                        find.setString(1, address);
                        find.setLong(2, nowMillis);
                        List<Location> rows = SqliteSession.rows(find, GeoColumns::location);
                        if (!rows.isEmpty()) {
                            found.put(address, rows.get(0));
                        }
                    }
                    return Map.copyOf(found);
                })
                .onSuccess(found -> counted.note(asked.size(), found.size()));
    }

    @Override
    public Future<Void> put(Map<String, Location> answers, long nowMillis, long expiresAtMillis) {
        Map<String, Location> copy = Map.copyOf(answers);
        return writing.call("keeping answers", statements -> {
                    bounds.addresses("keeping answers", copy.size());
                    for (Map.Entry<String, Location> answer : copy.entrySet()) {
                        PreparedStatement put = statements.get(PUT);
                        SqliteParameters row = new SqliteParameters(put);
                        GeoColumns.write(answer.getKey(), answer.getValue(), row);
                        row.number(nowMillis);
                        row.number(expiresAtMillis);
                        put.executeUpdate();
                    }
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<Stats> stats(long nowMillis) {
        return reading.call("counting answers", statements -> {
            PreparedStatement count = statements.get(COUNT);
            count.setLong(1, nowMillis);
            return SqliteSession.rows(
                            count, row -> new Stats(row.number(0), row.number(1), counted.hits(), counted.misses()))
                    .get(0);
        });
    }

    @Override
    public Future<Integer> expire(long nowMillis, int limit) {
        return writing.call("forgetting answers", statements -> {
            bounds.limit("forgetting answers", limit);
            PreparedStatement expire = statements.get(EXPIRE);
            expire.setLong(1, nowMillis);
            expire.setInt(2, limit);
            return expire.executeUpdate();
        });
    }
}
