package dev.sluice.store.postgres;

import dev.sluice.store.schema.HistoryReading;
import java.util.List;
import java.util.stream.IntStream;

/** Statements about histories. */
final class PostgresHistorySql {
    /** One instance folds at a time; the lock ends with the transaction. Any number that nobody else takes. */
    static final String ALONE = "SELECT pg_try_advisory_xact_lock(7883960464122)";

    /** One statement sees one state: a fold in between would show checks twice, or not at all. $1 proxy. */
    static final String READ = "SELECT " + HistoryReading.CHECKS + ", checks FROM check_history WHERE proxy_id = $1"
            + " UNION ALL SELECT " + HistoryReading.DAYS + ", days FROM check_history WHERE proxy_id = $1"
            + " UNION ALL SELECT " + HistoryReading.MOVES + ", moves FROM check_history WHERE proxy_id = $1"
            + " UNION ALL SELECT " + HistoryReading.CHECKS + ", checks FROM check_segment WHERE proxy_id = $1"
            + " UNION ALL SELECT " + HistoryReading.BATCH
            + ", bytes FROM check_batch WHERE first_id <= $1 AND last_id >= $1";

    static final String SORTED = "SELECT number, bytes FROM check_batch WHERE sorted ORDER BY number LIMIT 1";

    static final String WAITING =
            "SELECT count(*), coalesce(sum(events), 0)::bigint, coalesce(min(first_at), 0) FROM check_batch";

    static final String BATCHES = "SELECT number, events, bytes FROM check_batch ORDER BY number LIMIT $1";

    /** Arrays: events, first and last proxy, time, bytes. */
    static final String ADD_SORTED = "INSERT INTO check_batch (sorted, events, first_id, last_id, first_at, bytes)"
            + " SELECT true, * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])";

    static final String REMOVE_BATCHES = "DELETE FROM check_batch WHERE number = ANY ($1::bigint[])";

    static final String FORGET_WRITERS = "DELETE FROM check_writer WHERE written_at < $1";

    /** $1 proxies. */
    static final String ROWS =
            "SELECT proxy_id, last_at, checks, days, moves FROM check_history WHERE proxy_id = ANY ($1::bigint[])";

    /** $1 number before the page, $2 its size. */
    static final String PAGE = "SELECT proxy_id, last_at, checks, days, moves FROM check_history WHERE proxy_id > $1"
            + " ORDER BY proxy_id LIMIT $2";

    /** Arrays of the columns. */
    static final String WRITE_ROWS = "INSERT INTO check_history (proxy_id, last_at, checks, days, moves)"
            + " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[])"
            + " ON CONFLICT (proxy_id) DO UPDATE SET last_at = excluded.last_at, checks = excluded.checks,"
            + " days = excluded.days, moves = excluded.moves";

    static final String REMOVE_ROWS = "DELETE FROM check_history WHERE proxy_id = ANY ($1::bigint[])";

    static final String ADD_SEGMENTS = "INSERT INTO check_segment (proxy_id, last_at, checks)"
            + " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";

    /** Segments come into being in the order in which they grow too old. $1 seconds, $2 how many are looked at. */
    static final String OLD_SEGMENTS = "SELECT number, proxy_id, checks FROM"
            + " (SELECT * FROM check_segment ORDER BY number LIMIT $2) AS oldest WHERE last_at < $1";

    static final String REMOVE_SEGMENTS = "DELETE FROM check_segment WHERE number = ANY ($1::bigint[])";

    /**
     * What goes first when the disk is full. Rows that are deleted give their room back only when the table is vacuumed, and
     * then to their own table; a table that is emptied gives it back at once.
     */
    static final List<String> TABLES_TO_EMPTY = List.of("check_segment", "check_batch", "check_history");

    /** Arrays of one row each: width, dimension, start, writer, tallies. */
    static final String PUT_SERIES = "INSERT INTO series (width, dimension, starts_at, writer, tallies)"
            + " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[])"
            + " ON CONFLICT (width, dimension, starts_at, writer) DO UPDATE SET tallies = excluded.tallies";

    static final String READ_SERIES = "SELECT starts_at, writer, tallies FROM series WHERE width = $1"
            + " AND dimension = $2 AND starts_at >= $3 AND starts_at < $4 ORDER BY starts_at, writer LIMIT 20000";

    static final String PRUNE_SERIES = "DELETE FROM series WHERE (width, dimension, starts_at, writer) IN"
            + " (SELECT width, dimension, starts_at, writer FROM series WHERE width = $1 AND starts_at < $2 LIMIT $3)";

    private PostgresHistorySql() {}

    /**
     * Stores a batch unless its writer has stored it before. Parameters from {@code first} on: writer, number, time, events,
     * first and last proxy, time of the first event, bytes.
     */
    static String batch(int first) {
        Object[] parameters = IntStream.range(first, first + 8).boxed().toArray();
        return ("next_batch AS (INSERT INTO check_writer (name, number, written_at)"
                        + " VALUES ($%1$d, $%2$d::bigint, $%3$d::bigint) ON CONFLICT (name) DO UPDATE SET"
                        + " number = excluded.number, written_at = excluded.written_at"
                        + " WHERE check_writer.number < excluded.number RETURNING 1),"
                        + " added_batch AS (INSERT INTO check_batch (sorted, events, first_id, last_id, first_at, bytes)"
                        + " SELECT false, $%4$d::bigint, $%5$d::bigint, $%6$d::bigint, $%7$d::bigint, $%8$d::bytea"
                        + " FROM next_batch)")
                .formatted(parameters);
    }
}
