package dev.sluice.store.postgres;

import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.ProxyColumns;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How passwords are stored in the database. */
final class PostgresCredentials implements CredentialRows {
    private static final String ROWS = "SELECT " + ProxyColumns.CREDENTIALS + " FROM proxy p WHERE ";

    /** $1 number before the page, $2 its size. */
    private static final String WHICH = " AND p.username IS NOT NULL AND p.id > $1 ORDER BY p.id LIMIT $2";

    private static final String FIND_PLAIN = ROWS + ProxyColumns.PLAIN + WHICH;

    private static final String PAGE = ROWS + "p.password IS NOT NULL" + WHICH;

    private static final String COUNT = "SELECT CASE WHEN " + ProxyColumns.PLAIN
            + " THEN '' ELSE substr(p.password, 1, "
            + KEY_CHARACTERS + ") END, count(*) FROM proxy p WHERE p.password IS NOT NULL AND p.username IS NOT NULL"
            + " GROUP BY 1";

    /**
     * What is as it was read, unless another row has the new identity. Locked in order of number, so that two who encrypt
     * wait for one another in one direction only. $1 ids, $2 passwords, $3 digests, $4 earlier passwords, $5 earlier
     * digests.
     */
    private static final String RESEAL = "WITH change AS (SELECT c.* FROM unnest($1::bigint[], $2::text[], $3::text[],"
            + " $4::text[], $5::text[]) AS c (id, password, digest, earlier, earlier_digest)"
            + " JOIN proxy q ON q.id = c.id AND q.password = c.earlier AND q.credential_digest = c.earlier_digest"
            + " WHERE c.digest = c.earlier_digest OR NOT EXISTS (SELECT 1 FROM proxy s WHERE s.host = q.host"
            + " AND s.port = q.port AND s.credential_digest = c.digest AND s.scheme = q.scheme)"
            + " ORDER BY c.id FOR UPDATE OF q)"
            + " UPDATE proxy p SET password = c.password, credential_digest = c.digest FROM change c WHERE p.id = c.id"
            + " RETURNING p.id";

    /** The row, while it is as it was read, and the one that has its new identity. $1 id, $2 new, $3, $4 as read. */
    private static final String FIND_TWIN = "SELECT s.id, p.alive FROM proxy p JOIN proxy s ON s.host = p.host"
            + " AND s.port = p.port AND s.credential_digest = $2 AND s.scheme = p.scheme"
            + " WHERE p.id = $1 AND p.password = $3 AND p.credential_digest = $4 FOR UPDATE";

    /** What was alive until now is worth a look at once. $1 id, $2 now. */
    private static final String STEP_IN = "UPDATE proxy SET next_check_at = $2, active = true, archived = false,"
            + " archived_at = NULL, lease_owner = NULL, lease_until = NULL, version = version + 1"
            + " WHERE id = $1 AND NOT alive";

    /** $1 from, $2 to. */
    private static final String COPY_LISTINGS = "INSERT INTO listing (proxy_id, source_id, first_listed_at, listed_at)"
            + " SELECT $2, l.source_id, l.first_listed_at, l.listed_at FROM listing l WHERE l.proxy_id = $1"
            + " AND l.unlisted_at IS NULL ON CONFLICT (proxy_id, source_id) DO UPDATE SET"
            + " listed_at = greatest(listing.listed_at, excluded.listed_at), unlisted_at = NULL";

    private static final String END_LISTINGS =
            "UPDATE listing SET unlisted_at = $2 WHERE proxy_id = $1 AND unlisted_at IS NULL";

    /** $1 id, $2 now, $3 password, $4 digest. */
    private static final String GIVE_WAY = "UPDATE proxy SET password = $3, credential_digest = $4, alive = false,"
            + " active = false, tier = " + Codes.of(Tier.INACTIVE) + ", tier_reason = " + Codes.of(TierReason.REPLACED)
            + ", tier_since = $2, risk = " + Codes.of(RiskCategory.DEAD) + ", archived = true, archived_at = $2,"
            + " lease_owner = NULL, lease_until = NULL, version = version + 1 WHERE id = $1";

    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;

    PostgresCredentials(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
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
        return server.run(action, () -> {
            bounds.limit(action, limit);
            return pool.preparedQuery(sql).execute(Tuple.of(afterId, limit)).map(found -> {
                List<CredentialRow> rows = new ArrayList<>(found.size());
                for (Row row : found) {
                    rows.add(ProxyColumns.credentials(new PostgresCells(row)));
                }
                return rows;
            });
        });
    }

    @Override
    public Future<Written> write(List<CredentialChange> changes, long nowMillis) {
        if (changes.isEmpty()) {
            return Future.succeededFuture(new Written(0, 0));
        }
        return server.run(
                "encrypting", () -> pool.withTransaction(connection -> write(connection, changes, nowMillis)));
    }

    /** Two rows that come to one identity in the same batch are written one after the other. */
    private static Future<Written> write(SqlConnection connection, List<CredentialChange> changes, long nowMillis) {
        List<CredentialChange> together = new ArrayList<>();
        List<CredentialChange> alone = new ArrayList<>();
        Set<String> identities = new HashSet<>();
        for (CredentialChange change : changes) {
            String identity = change.row().binding(change.digest()).address() + ' ' + change.digest();
            (!change.renames() || identities.add(identity) ? together : alone).add(change);
        }
        return reseal(connection, together).compose(done -> {
            together.stream()
                    .filter(change ->
                            change.renames() && !done.contains(change.row().id()))
                    .forEach(alone::add);
            Future<Written> written = Future.succeededFuture(new Written(done.size(), 0));
            for (CredentialChange change : alone) {
                written = written.compose(before -> one(connection, change, nowMillis)
                        .map(now -> new Written(before.written() + now.written(), before.gaveWay() + now.gaveWay())));
            }
            return written;
        });
    }

    private static Future<Set<Long>> reseal(SqlConnection connection, List<CredentialChange> changes) {
        PostgresArrays rows = new PostgresArrays(changes.size());
        for (CredentialChange change : changes) {
            rows.number(change.row().id());
            rows.text(change.stored());
            rows.text(change.digest());
            rows.text(change.row().stored());
            rows.text(change.row().digest());
            rows.next();
        }
        return connection.preparedQuery(RESEAL).execute(rows.tuple()).map(found -> {
            Set<Long> ids = new HashSet<>();
            for (Row row : found) {
                ids.add(row.getLong(0));
            }
            return ids;
        });
    }

    private static Future<Written> one(SqlConnection connection, CredentialChange change, long nowMillis) {
        CredentialRow row = change.row();
        return connection
                .preparedQuery(FIND_TWIN)
                .execute(Tuple.of(row.id(), change.digest(), PostgresText.write(row.stored()), row.digest()))
                .compose(found -> {
                    if (found.size() == 0) {
                        return reseal(connection, List.of(change)).map(done -> new Written(done.size(), 0));
                    }
                    Row twin = found.iterator().next();
                    return giveWay(connection, change, twin.getLong(0), twin.getBoolean(1), nowMillis);
                });
    }

    private static Future<Written> giveWay(
            SqlConnection connection, CredentialChange change, long twin, boolean alive, long nowMillis) {
        long id = change.row().id();
        Future<?> first =
                alive ? connection.preparedQuery(STEP_IN).execute(Tuple.of(twin, nowMillis)) : Future.succeededFuture();
        return first.compose(stepped -> connection.preparedQuery(COPY_LISTINGS).execute(Tuple.of(id, twin)))
                .compose(copied -> connection.preparedQuery(END_LISTINGS).execute(Tuple.of(id, nowMillis)))
                .compose(ended -> connection
                        .preparedQuery(GIVE_WAY)
                        .execute(Tuple.of(id, nowMillis, change.asideStored(), change.asideDigest())))
                .map(gone -> new Written(1, 1));
    }

    @Override
    public Future<Map<String, Long>> count() {
        return server.run(
                "counting passwords",
                () -> pool.preparedQuery(COUNT).execute().map(found -> {
                    Map<String, Long> counts = new HashMap<>();
                    for (Row row : found) {
                        counts.put(row.getString(0), row.getLong(1));
                    }
                    return counts;
                }));
    }

    /** Earlier versions of rows go when the server vacuums them. */
    @Override
    public Future<Void> settle() {
        return Future.succeededFuture();
    }
}
