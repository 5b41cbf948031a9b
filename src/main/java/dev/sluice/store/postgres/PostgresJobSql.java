package dev.sluice.store.postgres;

import dev.sluice.port.JobRecords;
import dev.sluice.store.schema.JobColumns;
import dev.sluice.store.schema.ProxyColumns.Column;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements about jobs. Where few rows of many are wanted, their ids are found first, in an array: joined, the
 * planner may read the whole table, which remembers jobs for weeks.
 */
final class PostgresJobSql {
    private static final String SELECT = "SELECT " + JobColumns.ALL + " FROM job ";

    private static final String FREE = "(\"partition\" IS NULL OR NOT EXISTS (SELECT 1 FROM job b"
            + " WHERE b.\"partition\" = q.\"partition\" AND b.state = 1))";

    private static final String LEASE = "UPDATE job q SET state = 1, attempts = attempts + 1, lease_until = $1,"
            + " lease_token = lease_token + 1, worker = $2, updated_at = $3 WHERE ";

    private static final String RETRY = "UPDATE job q SET state = 0, run_at = $1, attempts = 0, lost_leases = 0,"
            + " cancel_requested = false, updated_at = $1, finished_at = 0, told_at = 0 WHERE ";

    private static final String KEY_IS_FREE =
            "(key IS NULL OR NOT EXISTS (SELECT 1 FROM job l" + " WHERE l.key = q.key AND l.state IN (0, 1)))";

    /** Where the lease is in force. */
    private static final String HELD = " WHERE id = $1 AND lease_token = $2 AND state = 1";

    static final String FIND = SELECT + "WHERE id = $1";

    /** $1 id, $2 key or null: the job with this id, else the live one with this key. */
    static final String FIND_KNOWN =
            "(" + FIND + ") UNION ALL (" + SELECT + "WHERE key = $2 AND state IN (0, 1) AND id <> $1) LIMIT 1";

    static final String COUNT_LIVE = "SELECT count(*) FROM job WHERE state IN (0, 1) AND kind = $1";

    /** Arrays of one row, in the order of the columns. */
    static final String ADD = "INSERT INTO job (" + JobColumns.ALL + ") SELECT * FROM unnest("
            + arrays(JobColumns.COLUMNS, 1) + ") ON CONFLICT DO NOTHING";

    /**
     * Looks at one range of the index for each kind and priority, then leases the most urgent, passing over those that
     * another instance has locked. Times: $1 end of the lease, $3 now. $2 worker, $4 node, $5 kinds, $6 how many, $7 how
     * many to look at, $8 whether those of partitions too. Fails with a unique violation where another instance takes a
     * job of the same partition at the same moment.
     */
    static final String TAKE = "WITH due AS MATERIALIZED (SELECT d.id, d.run_at - " + aging("p.n") + " AS place,"
            + " row_number() OVER (PARTITION BY d.\"partition\", CASE WHEN d.\"partition\" IS NULL THEN d.id END"
            + " ORDER BY d.run_at - " + aging("p.n") + ", d.id) AS nth"
            + " FROM unnest($5::bigint[]) AS k (n), generate_series(1, 10) AS p (n),"
            + " LATERAL (SELECT q.id, q.run_at, q.\"partition\" FROM job q WHERE q.state = 0 AND q.kind = k.n"
            + " AND q.priority = p.n AND q.run_at <= $3 AND (q.node IS NULL OR q.node = $4)"
            + " AND ($8 OR q.\"partition\" IS NULL) AND " + FREE + " ORDER BY q.run_at, q.id LIMIT $7) AS d) "
            + LEASE + "id = ANY (ARRAY(SELECT j.id FROM job j WHERE j.id = ANY (ARRAY("
            + "SELECT due.id FROM due WHERE due.nth = 1 ORDER BY due.place, due.id LIMIT $7))"
            + " AND j.state = 0 AND j.run_at <= $3 ORDER BY j.run_at - " + aging("j.priority") + ", j.id LIMIT $6"
            + " FOR UPDATE SKIP LOCKED)) RETURNING " + JobColumns.ALL;

    /** Parameters as of {@link #TAKE}, but $5 the id. */
    static final String TAKE_ONE = LEASE + "id = $5 AND state = 0 AND run_at <= $3 AND (node IS NULL OR node = $4) AND "
            + FREE + " RETURNING " + JobColumns.ALL;

    /** $1 ids, $2 tokens, $3 end of the leases. */
    static final String BEAT = "UPDATE job SET lease_until = $3 FROM unnest($1::text[], $2::bigint[]) AS h (job, token)"
            + " WHERE id = h.job AND lease_token = h.token AND state = 1 RETURNING id, cancel_requested";

    /** $3 progress, $4 cursor or null, $5 now. */
    static final String PROGRESS =
            "UPDATE job SET progress = $3, cursor = coalesce($4, cursor), updated_at = $5, lost_leases ="
                    + " CASE WHEN coalesce($4, cursor) IS NOT DISTINCT FROM cursor THEN lost_leases ELSE 0 END" + HELD;

    /** $3 state, $4 result or null, $5 now. */
    static final String END =
            "UPDATE job SET state = $3, result = $4, lease_until = 0, updated_at = $5, finished_at = $5" + HELD;

    /** $1 id. */
    static final String LOCK = FIND + " FOR UPDATE";

    /** $1 ids. */
    static final String LOCK_HELD = SELECT + "WHERE id = ANY ($1::text[]) AND state = 1 ORDER BY id FOR UPDATE";

    /** $1 now, $2 how many. */
    static final String LOCK_SILENT =
            SELECT + "WHERE state = 1 AND lease_until <= $1 ORDER BY lease_until, id LIMIT $2 FOR UPDATE SKIP LOCKED";

    /** Writes jobs that are locked; those that wait from now on are yet to be told. Arrays: id, then what changes. */
    static final String SAVE = "UPDATE job j SET "
            + JobColumns.CHANGING.stream()
                    .map(column -> column.name() + " = c." + column.name())
                    .collect(Collectors.joining(", "))
            + ", told_at = CASE WHEN c.state = 0 THEN 0 ELSE j.told_at END"
            + " FROM unnest($1::text[], " + arrays(JobColumns.CHANGING, 2) + ") AS c (id, "
            + JobColumns.CHANGING.stream().map(Column::name).collect(Collectors.joining(", "))
            + ") WHERE j.id = c.id";

    /** $1 now, $2 id. */
    static final String RETRY_ONE =
            RETRY + "id = $2 AND state IN (3, 4) AND " + KEY_IS_FREE + " RETURNING " + JobColumns.ALL;

    /** Of those with the same key, the oldest. $1 now, $2 kinds, $3 how many. */
    static final String RETRY_FAILED = RETRY + "id = ANY (ARRAY(SELECT q.id FROM (SELECT f.id, f.key,"
            + " row_number() OVER (PARTITION BY f.key, CASE WHEN f.key IS NULL THEN f.id END ORDER BY f.id) AS nth"
            + " FROM job f WHERE f.state = 3 AND f.kind = ANY ($2::bigint[])) AS q WHERE q.nth = 1 AND " + KEY_IS_FREE
            + " ORDER BY q.id LIMIT $3)) AND state = 3 RETURNING id";

    /** Pages of ids, one of each state and kind. $1 states, $2 kinds, $3 id before the page, $4 type or null, $5 its size. */
    static final String LIST = SELECT + "WHERE id = ANY (ARRAY(SELECT d.id FROM unnest($1::bigint[]) AS s (n),"
            + " unnest($2::bigint[]) AS k (n), LATERAL (SELECT q.id FROM job q WHERE q.state = s.n AND q.kind = k.n"
            + " AND q.id < $3 AND ($4::text IS NULL OR q.type = $4) ORDER BY q.id DESC NULLS LAST LIMIT $5) AS d"
            + " ORDER BY d.id DESC LIMIT $5)) ORDER BY id DESC";

    static final String COUNTS = "SELECT kind, state, count(*) FROM job GROUP BY state, kind";

    /** $1 id. */
    static final String DROP = forget("id = $1 AND state > 1");

    /** $1 ended before, $2 how many. */
    static final String PURGE = forget("id = ANY (ARRAY(SELECT o.id FROM job o WHERE o.state > 1 AND o.finished_at < $1"
            + " ORDER BY o.finished_at, o.id LIMIT $2 FOR UPDATE SKIP LOCKED))");

    /** One range of the index for those nobody was told of, one for the others. $1 told before, $2 now, $3 how many. */
    static final String UNTOLD = SELECT + "WHERE id = ANY (ARRAY((SELECT n.id FROM job n WHERE n.state = 0"
            + " AND n.told_at = 0 AND n.run_at <= $2 ORDER BY n.run_at, n.id LIMIT $3)"
            + " UNION ALL (SELECT t.id FROM job t WHERE t.state = 0 AND t.told_at > 0 AND t.told_at < $1"
            + " AND t.run_at <= $2 ORDER BY t.told_at, t.run_at, t.id LIMIT $3)))"
            + " ORDER BY told_at, run_at, id LIMIT $3";

    /** $1 ids, $2 when. */
    static final String TELL = "UPDATE job SET told_at = $2 WHERE id = ANY ($1::text[]) AND state = 0 AND run_at <= $2"
            + " AND updated_at <= $2";

    private PostgresJobSql() {}

    private static String aging(String priority) {
        return JobRecords.AGING_MILLIS + " * " + priority;
    }

    private static String forget(String which) {
        return "WITH gone AS (DELETE FROM job WHERE " + which + " RETURNING " + JobColumns.ALL
                + "), chunks AS (DELETE FROM job_chunk WHERE job_id = ANY (ARRAY(SELECT id FROM gone)))"
                + " SELECT " + JobColumns.ALL + " FROM gone ORDER BY finished_at, id";
    }

    /** Parameters from {@code first}, an array for each column. */
    private static String arrays(List<Column> columns, int first) {
        StringBuilder arrays = new StringBuilder();
        int parameter = first;
        for (Column column : columns) {
            String type = switch (column.kind()) {
                case NUMBER -> "bigint[]";
                case FLAG -> "boolean[]";
                case REAL -> "double precision[]";
                case TEXT -> "text[]";
                case BYTES -> "bytea[]";
            };
            arrays.append(parameter == first ? "$" : ", $")
                    .append(parameter++)
                    .append("::")
                    .append(type);
        }
        return arrays.toString();
    }
}
