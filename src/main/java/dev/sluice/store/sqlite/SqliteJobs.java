package dev.sluice.store.sqlite;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.JobColumns;
import dev.sluice.store.schema.JobRoom;
import dev.sluice.store.schema.JobRules;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Jobs in the file. One thread writes, so a step reads a job, has {@link JobRules} say what becomes of it, and writes it.
 * New jobs, ends and what people ask for survive a crash of the machine; a lease, a sign of life and progress need not,
 * for the workers are in this process.
 */
final class SqliteJobs implements JobRecords {
    private static final String SELECT = "SELECT " + JobColumns.ALL + " FROM job ";

    private static final String FIND = SELECT + "WHERE id = ?";

    private static final String FIND_BY_KEY = SELECT + "WHERE key = ? AND state IN (0, 1)";

    private static final String COUNT_LIVE = "SELECT count(*) FROM job WHERE state IN (0, 1) AND kind = ?";

    private static final String ADD = "INSERT INTO job (" + JobColumns.ALL + ") VALUES ("
            + JobColumns.COLUMNS.stream().map(column -> "?").collect(Collectors.joining(", ")) + ")";

    /** One range of the index. */
    private static final String DUE = "SELECT id, \"partition\", run_at FROM job INDEXED BY job_due WHERE state = 0"
            + " AND kind = ? AND priority = ? AND run_at <= ? AND (node IS NULL OR node = ?)"
            + " AND (\"partition\" IS NULL OR \"partition\" NOT IN"
            + " (SELECT \"partition\" FROM job WHERE \"partition\" IS NOT NULL AND state = 1)) ORDER BY run_at, id";

    private static final String BUSY = "SELECT 1 FROM job WHERE \"partition\" = ? AND state = 1";

    /** A job that waits from now on is yet to be told. The last parameter is the id. */
    private static final String SAVE = "UPDATE job SET "
            + JobColumns.CHANGING.stream().map(column -> column.name() + " = ?").collect(Collectors.joining(", "))
            + ", told_at = CASE WHEN ? THEN 0 ELSE told_at END WHERE id = ?";

    private static final String BEAT = "UPDATE job SET lease_until = ? WHERE id = ? AND lease_token = ? AND state = 1"
            + " RETURNING cancel_requested";

    private static final String SILENT =
            SELECT + "WHERE state = 1 AND lease_until <= ? ORDER BY lease_until, id LIMIT ?";

    /** One range of the index. */
    private static final String LIST = "SELECT id FROM job WHERE state = ? AND kind = ? AND id < ?"
            + " AND (?4 IS NULL OR type = ?4) ORDER BY id DESC LIMIT ?5";

    private static final String PAGE = SELECT + "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC";

    private static final String COUNTS = "SELECT kind, state, count(*) FROM job GROUP BY state, kind";

    private static final String FAILED = "SELECT id FROM job WHERE state = 3 AND kind = ? ORDER BY id";

    private static final String OVER =
            SELECT + "WHERE state > 1 AND finished_at < ? ORDER BY finished_at, id LIMIT ?";

    private static final String REMOVE = "DELETE FROM job WHERE id = ?";

    private static final String REMOVE_CHUNKS = "DELETE FROM job_chunk WHERE job_id = ?";

    private static final String UNTOLD = SELECT
            + "INDEXED BY job_untold WHERE state = 0 AND told_at < ? AND run_at <= ? ORDER BY id LIMIT ?";

    private static final String TELL =
            "UPDATE job SET told_at = ?1 WHERE id = ?2 AND state = 0 AND run_at <= ?1 AND updated_at <= ?1";

    private static final int LOWEST_PRIORITY = 1;
    private static final int HIGHEST_PRIORITY = 10;

    private final SqliteSession writing;
    private final SqliteSession reading;
    private final Bounds bounds;
    private final JobRoom room = new JobRoom();

    SqliteJobs(SqliteSession writing, SqliteSession reading, Bounds bounds) {
        this.writing = writing;
        this.reading = reading;
        this.bounds = bounds;
    }

    @Override
    public Future<Jobs.Submitted> add(String id, NewJob job, long nowMillis, long mostLive) {
        return writing.durably("adding a job", statements -> {
                    bounds.job(id, mostLive);
                    Optional<JobRecord> known = known(statements, id, job);
                    if (known.isPresent()) {
                        return Optional.of(new Jobs.Submitted(known.get(), true));
                    }
                    if (!hasRoom(statements, job.kind(), mostLive)) {
                        return Optional.<Jobs.Submitted>empty();
                    }
                    JobRecord added = JobRules.submitted(id, job, nowMillis);
                    PreparedStatement insert = statements.get(ADD);
                    JobColumns.write(added, new SqliteParameters(insert));
                    insert.executeUpdate();
                    return Optional.of(new Jobs.Submitted(added, false));
                })
                .compose(submitted -> submitted
                        .map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(bounds.full(job.kind(), mostLive))));
    }

    private static Optional<JobRecord> known(SqliteStatements statements, String id, NewJob job) throws SQLException {
        Optional<JobRecord> same = find(statements, id);
        return same.isPresent() || job.key() == null ? same : one(bind(statements, FIND_BY_KEY, job.key()));
    }

    private boolean hasRoom(SqliteStatements statements, JobKind kind, long mostLive) throws SQLException {
        if (room.take(kind, mostLive)) {
            return true;
        }
        long live = SqliteSession.rows(bind(statements, COUNT_LIVE, Codes.of(kind)), row -> row.number(0))
                .get(0);
        return room.take(kind, mostLive, live);
    }

    @Override
    public Future<List<JobRecord>> take(Set<JobKind> kinds, int limit, Claim claim) {
        Set<JobKind> copy = Set.copyOf(kinds);
        return writing.call("taking jobs", statements -> {
            bounds.take(limit, claim);
            List<Due> due = new ArrayList<>();
            for (JobKind kind : copy) {
                for (int priority = LOWEST_PRIORITY; priority <= HIGHEST_PRIORITY; priority++) {
                    addDue(statements, kind, priority, limit, claim, due);
                }
            }
            due.sort(Due.URGENCY);
            Set<String> partitions = new HashSet<>();
            List<JobRecord> taken = new ArrayList<>();
            for (Due one : due) {
                if (taken.size() == limit) {
                    break;
                }
                if (one.partition == null || partitions.add(one.partition)) {
                    JobRecord job = JobRules.taken(find(statements, one.id).orElseThrow(), claim);
                    taken.add(save(statements, job));
                }
            }
            return taken;
        });
    }

    /** A job that may be taken. */
    private record Due(String id, @Nullable String partition, long rank) {
        private static final Comparator<Due> URGENCY =
                Comparator.comparingLong(Due::rank).thenComparing(Due::id);
    }

    /** As many of one priority as could be wanted, and no two of one partition. */
    private static void addDue(
            SqliteStatements statements, JobKind kind, int priority, int limit, Claim claim, List<Due> due)
            throws SQLException {
        Set<String> partitions = new HashSet<>();
        int most = due.size() + limit;
        PreparedStatement query =
                bind(statements, DUE, Codes.of(kind), priority, claim.nowMillis(), claim.node());
        try (ResultSet rows = query.executeQuery()) {
            while (due.size() < most && rows.next()) {
                String partition = rows.getString(2);
                if (partition == null || partitions.add(partition)) {
                    due.add(new Due(rows.getString(1), partition, JobRules.rank(priority, rows.getLong(3))));
                }
            }
        }
    }

    @Override
    public Future<Optional<JobRecord>> take(String id, Claim claim) {
        return writing.call("taking a job", statements -> {
            bounds.take(1, claim);
            Optional<JobRecord> job = find(statements, id).filter(found -> JobRules.mayBeTaken(found, claim));
            if (job.isEmpty() || isBusy(statements, job.get().job().partition())) {
                return Optional.<JobRecord>empty();
            }
            return Optional.of(save(statements, JobRules.taken(job.get(), claim)));
        });
    }

    private static boolean isBusy(SqliteStatements statements, @Nullable String partition) throws SQLException {
        return partition != null && exists(bind(statements, BUSY, partition));
    }

    @Override
    public Future<Map<String, Beat>> beat(Map<String, Long> tokens, long nowMillis, long leaseUntilMillis) {
        Map<String, Long> copy = Map.copyOf(tokens);
        return writing.call("prolonging leases", statements -> {
            bounds.jobs("prolonging leases", copy.keySet());
            Map<String, Beat> beats = new HashMap<>();
            for (Map.Entry<String, Long> lease : copy.entrySet()) {
                PreparedStatement update = bind(statements, BEAT, leaseUntilMillis, lease.getKey(), lease.getValue());
                for (Beat beat : SqliteSession.rows(update, row -> new Beat(row.flag(0)))) {
                    beats.put(lease.getKey(), beat);
                }
            }
            return beats;
        });
    }

    @Override
    public Future<Boolean> progress(String id, long token, String progress, @Nullable String cursor, long nowMillis) {
        return writing.call("noting progress", statements -> {
            bounds.progress(id, progress, cursor);
            return change(statements, id, token, job -> JobRules.progressed(job, progress, cursor, nowMillis));
        });
    }

    @Override
    public Future<Boolean> end(
            String id,
            long token,
            JobState state,
            @Nullable String result,
            JobRecord.@Nullable Failure failure,
            long nowMillis) {
        return writing.durably("ending a job", statements -> {
            bounds.end(id, state, result, failure);
            return change(statements, id, token, job -> JobRules.ended(job, state, result, failure, nowMillis));
        });
    }

    @Override
    public Future<Boolean> again(
            String id, long token, JobRecord.Failure failure, long runAtMillis, long nowMillis) {
        return writing.call(
                "ending an attempt",
                statements ->
                        change(statements, id, token, job -> JobRules.again(job, failure, runAtMillis, nowMillis)));
    }

    @Override
    public Future<Void> handBack(Map<String, Long> tokens, long nowMillis) {
        Map<String, Long> copy = Map.copyOf(tokens);
        return writing.call("handing jobs back", statements -> {
                    bounds.jobs("handing jobs back", copy.keySet());
                    for (Map.Entry<String, Long> lease : copy.entrySet()) {
                        change(
                                statements,
                                lease.getKey(),
                                lease.getValue(),
                                job -> JobRules.handedBack(job, nowMillis));
                    }
                    return true;
                })
                .mapEmpty();
    }

    /** What becomes of a job. */
    @FunctionalInterface
    private interface Step {
        JobRecord after(JobRecord before);
    }

    /** Changes a job whose lease is in force. @return whether it is */
    private static boolean change(SqliteStatements statements, String id, long token, Step step) throws SQLException {
        Optional<JobRecord> held = find(statements, id).filter(job -> JobRules.holds(job, token));
        if (held.isEmpty()) {
            return false;
        }
        save(statements, step.after(held.get()));
        return true;
    }

    @Override
    public Future<List<JobRecord>> expire(long nowMillis, int mostLost, int limit) {
        return writing.call("ending leases", statements -> {
            bounds.expire(mostLost, limit);
            List<JobRecord> expired = new ArrayList<>();
            for (JobRecord job : all(bind(statements, SILENT, nowMillis, limit))) {
                expired.add(save(statements, JobRules.expired(job, mostLost, nowMillis)));
            }
            return expired;
        });
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return reading.call("reading a job", statements -> find(statements, id));
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return reading.call("listing jobs", statements -> {
            bounds.list(filter, limit);
            List<String> ids = new ArrayList<>();
            for (JobState state : JobRules.statesOf(filter)) {
                for (JobKind kind : JobRules.kindsOf(filter)) {
                    PreparedStatement query = bind(
                            statements,
                            LIST,
                            Codes.of(state),
                            Codes.of(kind),
                            JobRules.beforeId(filter),
                            filter.type(),
                            limit);
                    ids.addAll(SqliteSession.rows(query, row -> String.valueOf(row.text(0))));
                }
            }
            ids.sort(Comparator.reverseOrder());
            String page = ids.stream().limit(limit).collect(Collectors.joining("\",\"", "[\"", "\"]"));
            return all(bind(statements, PAGE, page));
        });
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return reading.call("counting jobs", statements -> {
            Map<JobKind, Map<JobState, Long>> counts = new EnumMap<>(JobKind.class);
            try (ResultSet rows = statements.get(COUNTS).executeQuery()) {
                while (rows.next()) {
                    counts.computeIfAbsent(Codes.jobKind(rows.getLong(1)), kind -> new EnumMap<>(JobState.class))
                            .put(Codes.jobState(rows.getLong(2)), rows.getLong(3));
                }
            }
            return counts;
        });
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id, long nowMillis) {
        return writing.durably("cancelling a job", statements -> {
            Optional<JobRecord> job = find(statements, id);
            return job.isEmpty() ? job : Optional.of(save(statements, JobRules.cancelled(job.get(), nowMillis)));
        });
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id, long nowMillis) {
        return writing.durably("retrying a job", statements -> {
            Optional<JobRecord> job = find(statements, id);
            return job.isEmpty() || !mayBeRetried(statements, job.get())
                    ? job
                    : Optional.of(save(statements, JobRules.retried(job.get(), nowMillis)));
        });
    }

    private static boolean mayBeRetried(SqliteStatements statements, JobRecord job) throws SQLException {
        return JobRules.mayBeRetried(job)
                && (job.job().key() == null
                        || !exists(bind(statements, FIND_BY_KEY, job.job().key())));
    }

    @Override
    public Future<List<String>> retryFailed(@Nullable JobKind kind, int limit, long nowMillis) {
        return writing.durably("retrying jobs", statements -> {
            bounds.limit("retrying jobs", limit);
            List<String> failed = new ArrayList<>();
            for (JobKind one : kind == null ? List.of(JobKind.values()) : List.of(kind)) {
                failed.addAll(SqliteSession.rows(
                        bind(statements, FAILED, Codes.of(one)), row -> String.valueOf(row.text(0))));
            }
            failed.sort(Comparator.naturalOrder());
            List<String> retried = new ArrayList<>();
            for (String id : failed) {
                if (retried.size() == limit) {
                    break;
                }
                JobRecord job = find(statements, id).orElseThrow();
                if (mayBeRetried(statements, job)) {
                    retried.add(save(statements, JobRules.retried(job, nowMillis)).id());
                }
            }
            return retried;
        });
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return writing.call("dropping a job", statements -> {
            Optional<JobRecord> job = find(statements, id);
            if (job.isPresent() && !job.get().state().live()) {
                remove(statements, id);
            }
            return job;
        });
    }

    @Override
    public Future<List<JobRecord>> purge(long finishedBeforeMillis, int limit) {
        return purge(finishedBeforeMillis, limit, new ArrayList<>());
    }

    private Future<List<JobRecord>> purge(long finishedBeforeMillis, int limit, List<JobRecord> gone) {
        return writing.call("purging jobs", statements -> {
                    bounds.limit("purging jobs", limit);
                    int most = Math.min(limit - gone.size(), JobRules.PURGED_AT_ONCE);
                    List<JobRecord> some = all(bind(statements, OVER, finishedBeforeMillis, most));
                    for (JobRecord job : some) {
                        remove(statements, job.id());
                    }
                    return some;
                })
                .compose(some -> {
                    gone.addAll(some);
                    return some.size() < JobRules.PURGED_AT_ONCE || gone.size() >= limit
                            ? Future.succeededFuture(gone)
                            : purge(finishedBeforeMillis, limit, gone);
                });
    }

    private static void remove(SqliteStatements statements, String id) throws SQLException {
        bind(statements, REMOVE_CHUNKS, id).executeUpdate();
        bind(statements, REMOVE, id).executeUpdate();
    }

    @Override
    public Future<List<JobRecord>> untold(long nowMillis, long toldBeforeMillis, int limit) {
        return reading.call("listing jobs to tell", statements -> {
            bounds.limit("listing jobs to tell", limit);
            return all(bind(statements, UNTOLD, toldBeforeMillis, nowMillis, limit));
        });
    }

    @Override
    public Future<Void> told(Collection<String> ids, long nowMillis) {
        List<String> copy = List.copyOf(ids);
        return writing.call("noting what was told", statements -> {
                    bounds.jobs("noting what was told", copy);
                    for (String id : copy) {
                        bind(statements, TELL, nowMillis, id).executeUpdate();
                    }
                    return true;
                })
                .mapEmpty();
    }

    // JDBC

    private static Optional<JobRecord> find(SqliteStatements statements, String id) throws SQLException {
        return one(bind(statements, FIND, id));
    }

    private static Optional<JobRecord> one(PreparedStatement query) throws SQLException {
        return all(query).stream().findFirst();
    }

    private static List<JobRecord> all(PreparedStatement query) throws SQLException {
        return SqliteSession.rows(query, JobColumns::read);
    }

    private static boolean exists(PreparedStatement query) throws SQLException {
        try (ResultSet rows = query.executeQuery()) {
            return rows.next();
        }
    }

    private static JobRecord save(SqliteStatements statements, JobRecord job) throws SQLException {
        PreparedStatement update = statements.get(SAVE);
        SqliteParameters row = new SqliteParameters(update);
        JobColumns.writeChanging(job, row);
        row.flag(job.state() == JobState.PENDING);
        row.text(job.id());
        update.executeUpdate();
        return job;
    }

    private static PreparedStatement bind(SqliteStatements statements, String sql, @Nullable Object... values)
            throws SQLException {
        PreparedStatement statement = statements.get(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }
}
