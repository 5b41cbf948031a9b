package dev.sluice.store.postgres;

import dev.sluice.port.Merge;
import dev.sluice.store.schema.GeoColumns;
import dev.sluice.store.schema.KeyColumns;
import dev.sluice.store.schema.ProxyColumns;
import java.util.stream.Collectors;

/** The statements. Each does its whole batch, whatever the size. */
final class PostgresSql {
    private static final String CLAIMS = "k.country IS NOT NULL AND coalesce(p.location_origin, 'source') = 'source'";

    static final String FIND_SOURCE = "SELECT id FROM source WHERE name = $1";

    static final String ADD_SOURCE = "INSERT INTO source (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";

    /**
     * Whether a job is being processed (state 1) under a lease; it stays so until the transaction ends. $1 id, $2 token.
     */
    static final String HOLD_LEASE = "SELECT 1 FROM job WHERE id = $1 AND lease_token = $2 AND state = 1 FOR SHARE";

    /** $1 job, $2 number. */
    static final String FIND_CHUNK = "SELECT added, known FROM job_chunk WHERE job_id = $1 AND number = $2";

    /** $1 job, $2 number, $3 lines, $4 added, $5 known, $6 rejected, $7 cursor. */
    static final String ADD_CHUNK = "INSERT INTO job_chunk (job_id, number, lines, added, known, rejected, cursor)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7)";

    /** $1 job. */
    static final String IMPORTED = "SELECT count(*)::integer, coalesce(sum(lines), 0)::bigint,"
            + " coalesce(sum(added), 0)::bigint, coalesce(sum(known), 0)::bigint, coalesce(sum(rejected), 0)::bigint,"
            + " (SELECT c.cursor FROM job_chunk c WHERE c.job_id = $1 ORDER BY c.number DESC LIMIT 1)"
            + " FROM job_chunk WHERE job_id = $1";

    static final String END_LISTING = "UPDATE listing SET unlisted_at = $2 WHERE source_id ="
            + " (SELECT id FROM source WHERE name = $1) AND unlisted_at IS NULL AND listed_at < $2";

    /**
     * One range of the index a priority, from the highest; locks no more rows than it takes, and passes over those
     * another instance has locked. Times: $1 now, $4 end of the lease. Priorities: $5 to $6.
     */
    static final String TAKE_DUE = "WITH due AS (SELECT d.id"
            + " FROM (SELECT v.priority FROM (VALUES (10), (9), (8), (7), (6), (5), (4), (3), (2), (1)) AS v (priority)"
            + " WHERE v.priority BETWEEN $5 AND $6) AS level,"
            + " LATERAL (SELECT q.id FROM proxy q WHERE q.priority = level.priority AND NOT q.archived"
            + " AND q.next_check_at <= $1 AND (q.lease_until IS NULL OR q.lease_until <= $1)"
            + " ORDER BY q.next_check_at, q.id LIMIT $2 FOR UPDATE SKIP LOCKED) AS d LIMIT $2)"
            + " UPDATE proxy p SET lease_owner = $3, lease_until = $4 FROM due WHERE p.id = due.id RETURNING "
            + ProxyColumns.TAKEN;

    /** One range of the index a priority, from the oldest, as far as it is counted. $1 now, $2 most counted of each. */
    static final String BACKLOG = "SELECT level.priority, counted.due, counted.oldest"
            + " FROM generate_series(10, 1, -1) AS level (priority),"
            + " LATERAL (SELECT count(*) AS due, min(d.next_check_at) AS oldest FROM (SELECT q.next_check_at FROM proxy q"
            + " WHERE q.priority = level.priority::smallint AND NOT q.archived AND q.next_check_at <= $1"
            + " AND (q.lease_until IS NULL OR q.lease_until <= $1) ORDER BY q.next_check_at, q.id LIMIT $2) AS d)"
            + " AS counted WHERE counted.due > 0 ORDER BY level.priority DESC";

    static final String GIVE_BACK = "UPDATE proxy SET lease_owner = NULL, lease_until = NULL"
            + " WHERE id = ANY ($1::bigint[]) AND lease_owner = $2";

    static final String WRITE = write();

    /** As {@link #WRITE}; behind its parameters come those of what happened. */
    static final String WRITE_WITH_BATCH =
            "WITH " + PostgresHistorySql.batch(ProxyColumns.HEALTH.size() + 5) + ' ' + WRITE;

    /** Stores what happened. */
    static final String ADD_BATCH = "WITH " + PostgresHistorySql.batch(1) + " SELECT 1";

    /**
     * Entries of unknown scheme that are as they were when they were taken, locked, each with the entry that has the
     * scheme it turned out to speak, if there is one. $1 ids, $2 versions, $3 schemes.
     */
    static final String RESOLVE = "SELECT p.id, s.id AS taken_by"
            + " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (id, expected, scheme)"
            + " JOIN proxy p ON p.id = c.id AND p.version = c.expected AND p.scheme = 0"
            + " LEFT JOIN proxy s ON s.host = p.host AND s.port = p.port"
            + " AND s.credential_digest = p.credential_digest AND s.scheme = c.scheme FOR UPDATE OF p";

    /**
     * Makes sure of entries for further schemes at the address of an entry. One that is there and dead has just been
     * seen speaking: it is due at once. $1 ids, $2 schemes, $3 times.
     */
    static final String ADD_SIBLINGS = "INSERT INTO proxy (scheme, host, port, username, password, credential_digest,"
            + " detected, claimed_capabilities, " + ProxyColumns.PLACE + ", located_at, first_seen_at, next_check_at,"
            + " state_since) SELECT c.scheme, p.host, p.port, p.username, p.password, p.credential_digest, true,"
            + " p.claimed_capabilities, " + ProxyColumns.PLACE + ", p.located_at, c.at, c.at, c.at"
            + " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (id, scheme, at)"
            + " JOIN proxy p ON p.id = c.id ORDER BY p.host, p.port, p.credential_digest, c.scheme"
            + " ON CONFLICT (host, port, credential_digest, scheme) DO UPDATE SET detected = true,"
            + " next_check_at = CASE WHEN proxy.alive THEN proxy.next_check_at ELSE excluded.next_check_at END,"
            + " active = proxy.active OR NOT proxy.alive, archived = proxy.archived AND proxy.alive,"
            + " archived_at = CASE WHEN proxy.alive THEN proxy.archived_at END,"
            + " lease_owner = CASE WHEN proxy.alive THEN proxy.lease_owner END,"
            + " lease_until = CASE WHEN proxy.alive THEN proxy.lease_until END,"
            + " version = CASE WHEN proxy.alive THEN proxy.version ELSE proxy.version + 1 END";

    /** Lists them wherever the entry is listed. $1 ids, $2 schemes. */
    static final String COPY_LISTINGS = "INSERT INTO listing (proxy_id, source_id, first_listed_at, listed_at)"
            + " SELECT s.id, l.source_id, l.first_listed_at, l.listed_at"
            + " FROM unnest($1::bigint[], $2::bigint[]) AS c (id, scheme) JOIN proxy p ON p.id = c.id"
            + " JOIN proxy s ON s.host = p.host AND s.port = p.port AND s.credential_digest = p.credential_digest"
            + " AND s.scheme = c.scheme"
            + " JOIN listing l ON l.proxy_id = p.id AND l.unlisted_at IS NULL"
            + " ON CONFLICT (proxy_id, source_id) DO UPDATE SET"
            + " listed_at = greatest(listing.listed_at, excluded.listed_at), unlisted_at = NULL";

    /** Ends all listings of entries others stand in for. $1 ids, $2 times. */
    static final String END_LISTINGS = "UPDATE listing l SET unlisted_at = c.at"
            + " FROM unnest($1::bigint[], $2::bigint[]) AS c (id, at)"
            + " WHERE l.proxy_id = c.id AND l.unlisted_at IS NULL";

    /** Of a table called {@code p}. */
    static final String STORED_COLUMNS = ProxyColumns.STORED + ", ARRAY(SELECT s.name FROM listing l"
            + " JOIN source s ON s.id = l.source_id WHERE l.proxy_id = p.id AND l.unlisted_at IS NULL)";

    private static final String STORED = "SELECT " + STORED_COLUMNS + " FROM proxy p";

    static final String ALIVE = STORED + " WHERE p.alive AND p.id > $1 ORDER BY p.id LIMIT $2";

    static final String PAGE = STORED + " WHERE p.id > $1 ORDER BY p.id LIMIT $2";

    static final String FIND =
            STORED + " WHERE p.host = $1 AND p.port = $2 AND p.credential_digest = $3 AND p.scheme = $4";

    static final String ARCHIVE = "UPDATE proxy SET archived = true, archived_at = $1 WHERE id IN (SELECT id FROM proxy"
            + " WHERE NOT alive AND NOT archived AND last_checked_at > 0 AND state_since <= $2"
            + " AND NOT (tampering > 0 AND active)"
            + " ORDER BY state_since LIMIT $3 FOR UPDATE SKIP LOCKED)";

    static final String GET = STORED + " WHERE p.id = ANY ($1::bigint[]) ORDER BY p.id";

    /**
     * First the numbers of a page, then its rows by number: joined, the planner would read the whole table for either.
     * $1 since, $2 number before the page, $3 its size.
     */
    static final String TURNED = STORED + " WHERE p.id = ANY (ARRAY(SELECT t.id FROM proxy t WHERE t.state_since >= $1"
            + " AND (t.last_alive_at > 0 OR t.state_since > t.first_seen_at) AND t.id > $2 ORDER BY t.id LIMIT $3))"
            + " ORDER BY p.id";

    /** $1 ids, $2 priority, $3 now. What is due already keeps its place among its like. */
    static final String EXPEDITE = "UPDATE proxy SET priority = $2, next_check_at = least(next_check_at, $3)"
            + " WHERE id = ANY ($1::bigint[]) AND NOT archived AND (lease_until IS NULL OR lease_until <= $3)";

    /** What was written since it was read stays as it is. $1 ids, $2 versions, $3 times, $4 now. */
    static final String DEFER = "UPDATE proxy p SET next_check_at = c.at"
            + " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (id, version, at)"
            + " WHERE p.id = c.id AND p.version = c.version AND NOT p.archived"
            + " AND (p.lease_until IS NULL OR p.lease_until <= $4)";

    /** $1 id, $2 tier, $3 priority, $4 active, $5 until, $6 type, $7 tags. */
    static final String OVERRIDE = "UPDATE proxy SET tier_override = $2::bigint, priority_override = $3::bigint,"
            + " active_override = $4, override_until = $5, type_override = $6::bigint, tags = $7 WHERE id = $1";

    /** Arrays of {@link ProxyColumns#LOCATED}, then the time. */
    static final String LOCATE = locate();

    /** $1 addresses, $2 now. */
    static final String FIND_ANSWERS =
            "SELECT " + GeoColumns.ALL + " FROM geo_cache WHERE address = ANY ($1::text[]) AND expires_at > $2";

    /** Arrays of one row each, in the order of {@link GeoColumns#ALL}; then now and the end. */
    static final String PUT_ANSWERS = "INSERT INTO geo_cache (" + GeoColumns.ALL + ", located_at, expires_at)"
            + " SELECT u.address, u.region, u.country, u.city, u.asn, u.organisation, nullif(u.network_type, 0), u.origin,"
            + " $9, $10 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],"
            + " $7::bigint[], $8::text[]) AS u (" + GeoColumns.ALL + ") ORDER BY u.address"
            + " ON CONFLICT (address) DO UPDATE SET " + GeoColumns.REPLACED;

    /** $1 now. */
    static final String COUNT_ANSWERS = "SELECT count(*), count(*) FILTER (WHERE expires_at <= $1) FROM geo_cache";

    /** $1 now, $2 how many at most. */
    static final String EXPIRE_ANSWERS = "DELETE FROM geo_cache WHERE address IN (SELECT address FROM geo_cache"
            + " WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";

    static final String READ_KEYS = "SELECT " + KeyColumns.ALL + " FROM api_key ORDER BY created_at, id COLLATE \"C\"";

    /** Arrays of one row, in the order of the columns. */
    static final String ADD_KEY = "INSERT INTO api_key (" + KeyColumns.ALL
            + ") SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::bytea[], $6::text[],"
            + " $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]) ON CONFLICT (id) DO NOTHING";

    static final String REVOKE_KEY = "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0";

    /** $1 ids, $2 times. */
    static final String USE_KEYS = "UPDATE api_key k SET last_used_at = u.at"
            + " FROM unnest($1::text[], $2::bigint[]) AS u (id, at) WHERE k.id = u.id AND k.last_used_at < u.at";

    static final String READ_SETTINGS = "SELECT name, value FROM setting";

    static final String READ_SETTING = "SELECT value FROM setting WHERE name = $1";

    static final String PUT_SETTING = "INSERT INTO setting (name, value) VALUES ($1, $2)"
            + " ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    /** Writes what is there over itself: so it comes back, whoever was first. */
    static final String PUT_SETTING_IF_ABSENT = "INSERT INTO setting (name, value) VALUES ($1, $2)"
            + " ON CONFLICT (name) DO UPDATE SET value = setting.value RETURNING value";

    static final String REMOVE_SETTING = "DELETE FROM setting WHERE name = $1";

    private static final String KEEP_SKIP = keep(Merge.SKIP, false);
    private static final String KEEP_SKIP_OTHERS = keep(Merge.SKIP, true);
    private static final String KEEP_UPDATE = keep(Merge.UPDATE, false);
    private static final String KEEP_UPDATE_OTHERS = keep(Merge.UPDATE, true);
    private static final String KEEP_REPLACE = keep(Merge.REPLACE, false);
    private static final String KEEP_REPLACE_OTHERS = keep(Merge.REPLACE, true);

    private PostgresSql() {}

    /**
     * Stores a batch. Returns how many were added, how many known; what another transaction inserted at the same moment
     * is neither. Parameters: arrays of scheme, host, port, user, password, digest, capabilities, country; then source
     * and time; then, where {@code others}, an array of the digests under which some may be stored as well.
     */
    static String forKeeping(Merge merge, boolean others) {
        return switch (merge) {
            case SKIP -> others ? KEEP_SKIP_OTHERS : KEEP_SKIP;
            case UPDATE -> others ? KEEP_UPDATE_OTHERS : KEEP_UPDATE;
            case REPLACE -> others ? KEEP_REPLACE_OTHERS : KEEP_REPLACE;
        };
    }

    private static String keep(Merge merge, boolean others) {
        // An entry that names no scheme means those found at its address, if a check has found any.
        String known = " WHERE CASE WHEN p.scheme = i.scheme THEN p.scheme <> 0 OR NOT p.detected"
                + " ELSE i.scheme = 0 AND p.detected END";
        String columns = "SELECT i.n, p.id, i.claimed::smallint AS claimed, i.country FROM incoming i";
        String knownOthers = !others
                ? ""
                : " UNION ALL " + columns + " JOIN unnest($11::text[]) WITH ORDINALITY AS o (digest, n) ON o.n = i.n"
                        + " JOIN proxy p ON p.host = i.host AND p.port = i.port AND p.credential_digest = o.digest"
                        + known;
        String claims = "claimed_capabilities = p.claimed_capabilities | k.claimed,"
                + " country = CASE WHEN " + CLAIMS + " THEN k.country ELSE p.country END,"
                + " location_origin = CASE WHEN " + CLAIMS + " THEN 'source' ELSE p.location_origin END";
        String changed = switch (merge) {
            case SKIP -> "";
            case UPDATE ->
                ", changed AS (UPDATE proxy p SET " + claims + " FROM known k WHERE p.id = k.id"
                        + " AND (p.claimed_capabilities | k.claimed <> p.claimed_capabilities OR (" + CLAIMS
                        + " AND p.country IS DISTINCT FROM k.country)))";
            case REPLACE ->
                ", changed AS (UPDATE proxy p SET " + claims + ", "
                        + ProxyColumns.forget("$10", "true", "false").replace("proxy.version", "p.version")
                        + ", archived = false, archived_at = NULL, lease_owner = NULL, lease_until = NULL"
                        + " FROM known k WHERE p.id = k.id)";
        };
        String listed =
                merge == Merge.SKIP ? "SELECT id FROM added" : "SELECT id FROM known UNION SELECT id FROM added";
        // Sorted, so that two batches with the same entries wait for one another in one direction only.
        return "WITH incoming AS (SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[],"
                + " $6::text[], $7::bigint[], $8::text[]) WITH ORDINALITY"
                + " AS i (scheme, host, port, username, password, credential_digest, claimed, country, n)),"
                + " known AS (" + columns + " JOIN proxy p"
                + " ON p.host = i.host AND p.port = i.port AND p.credential_digest = i.credential_digest"
                + known + knownOthers + "),"
                + " added AS (INSERT INTO proxy (scheme, host, port, username, password, credential_digest,"
                + " claimed_capabilities, country, location_origin, first_seen_at, next_check_at, state_since)"
                + " SELECT i.scheme, i.host, i.port, i.username, i.password, i.credential_digest, i.claimed, i.country,"
                + " CASE WHEN i.country IS NOT NULL THEN 'source' END, $10, $10, $10 FROM incoming i"
                + " WHERE NOT EXISTS (SELECT 1 FROM known k WHERE k.n = i.n)"
                + " ORDER BY i.host, i.port, i.credential_digest, i.scheme"
                + " ON CONFLICT (host, port, credential_digest, scheme) DO NOTHING RETURNING id)"
                + changed
                + ", listed AS (INSERT INTO listing (proxy_id, source_id, first_listed_at, listed_at)"
                + " SELECT l.id, $9, $10, $10 FROM (" + listed + ") AS l ORDER BY l.id"
                + " ON CONFLICT (proxy_id, source_id) DO UPDATE SET"
                + " listed_at = greatest(listing.listed_at, excluded.listed_at), unlisted_at = NULL)"
                + " SELECT (SELECT count(*) FROM added), (SELECT count(DISTINCT n) FROM known)";
    }

    private static String locate() {
        StringBuilder arrays = new StringBuilder();
        int parameter = 1;
        for (ProxyColumns.Column column : ProxyColumns.LOCATED) {
            arrays.append(parameter == 1 ? "$" : ", $")
                    .append(parameter++)
                    .append(column.kind() == ProxyColumns.Kind.NUMBER ? "::bigint[]" : "::text[]");
        }
        String names =
                ProxyColumns.LOCATED.stream().map(ProxyColumns.Column::name).collect(Collectors.joining(", "));
        return ProxyColumns.place("$" + parameter, "unnest(" + arrays + ") AS f (" + names + ")");
    }

    /**
     * Writes health where the version fits, and ends the lease. What is alive is not archived: it was in flight when it
     * was put away. Arrays: id, expected version, new scheme or null, whether another entry stands in, then health.
     */
    private static String write() {
        StringBuilder arrays = new StringBuilder("$1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[]");
        int parameter = 5;
        for (ProxyColumns.Column column : ProxyColumns.HEALTH) {
            String type = switch (column.kind()) {
                case NUMBER -> "bigint[]";
                case FLAG -> "boolean[]";
                case REAL -> "double precision[]";
                case TEXT -> "text[]";
                case BYTES -> "bytea[]";
            };
            arrays.append(", $").append(parameter++).append("::").append(type);
        }
        String names =
                ProxyColumns.HEALTH.stream().map(ProxyColumns.Column::name).collect(Collectors.joining(", "));
        String health = ProxyColumns.HEALTH.stream()
                .map(column -> column.name() + " = c." + column.name())
                .collect(Collectors.joining(", "));
        return "UPDATE proxy p SET " + health
                + ", scheme = CASE WHEN c.new_scheme < 0 THEN p.scheme ELSE c.new_scheme END,"
                + " detected = p.detected OR c.new_scheme >= 0 OR c.retired,"
                + " archived = c.retired OR (p.archived AND NOT c.alive),"
                + " archived_at = CASE WHEN c.retired THEN c.last_checked_at WHEN NOT c.alive THEN p.archived_at END,"
                + " lease_owner = NULL, lease_until = NULL"
                + " FROM unnest(" + arrays + ") AS c (id, expected, new_scheme, retired, " + names + ")"
                + " WHERE p.id = c.id AND p.version = c.expected";
    }
}
