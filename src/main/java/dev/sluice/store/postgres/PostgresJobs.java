package dev.sluice.store.postgres;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import dev.sluice.store.StoreException;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.JobColumns;
import dev.sluice.store.schema.JobRoom;
import dev.sluice.store.schema.JobRules;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Jobs in the database, shared by all instances. What happens to every job is a statement each; for the rest the job is
 * locked, {@link JobRules} say what becomes of it, and it is written.
 */
final class PostgresJobs implements JobRecords {
    /** Jobs that are looked at beyond those that are wanted, because other instances may have locked as many. */
    private static final int LOOKED_AT = 200;

    /** Takes that met another one in the same partition, before they leave partitions alone. */
    private static final int TRIES = 3;

    private static final int ADD_TRIES = 10;
    private static final String UNIQUE_VIOLATION = "23505";

    private final PostgresServer server;
    private final Pool pool;
    private final Bounds bounds;
    private final JobRoom room = new JobRoom();

    PostgresJobs(PostgresServer server, Pool pool, Bounds bounds) {
        this.server = server;
        this.pool = pool;
        this.bounds = bounds;
    }

    @Override
    public Future<Jobs.Submitted> add(String id, NewJob job, long nowMillis, long mostLive) {
        JobRecord fresh = JobRules.submitted(id, job, nowMillis);
        return server.run("adding a job", () -> {
                    bounds.job(id, mostLive);
                    return hasRoom(job.kind(), mostLive)
                            .compose(fits -> fits
                                    ? insert(fresh, ADD_TRIES).map(Optional::of)
                                    : known(fresh).map(found -> found.map(known -> new Jobs.Submitted(known, true))));
                })
                .compose(submitted -> submitted
                        .map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(bounds.full(job.kind(), mostLive))));
    }

    private Future<Boolean> hasRoom(JobKind kind, long mostLive) {
        if (room.take(kind, mostLive)) {
            return Future.succeededFuture(true);
        }
        return pool.preparedQuery(PostgresJobSql.COUNT_LIVE)
                .execute(Tuple.of(Codes.of(kind)))
                .map(rows -> room.take(kind, mostLive, rows.iterator().next().getLong(0)));
    }

    /** Or finds the one that is there already; which may be gone by then, so that this one can be added after all. */
    private Future<Jobs.Submitted> insert(JobRecord fresh, int tries) {
        PostgresArrays row = new PostgresArrays(1);
        JobColumns.write(fresh, row);
        return pool.preparedQuery(PostgresJobSql.ADD).execute(row.tuple()).compose(added -> {
            if (added.rowCount() > 0) {
                return Future.succeededFuture(new Jobs.Submitted(fresh, false));
            }
            return known(fresh).compose(found -> {
                if (found.isPresent()) {
                    return Future.succeededFuture(new Jobs.Submitted(found.get(), true));
                }
                return tries > 1
                        ? insert(fresh, tries - 1)
                        : Future.failedFuture(new StoreException(
                                StoreException.Kind.UNAVAILABLE,
                                server.name() + ": adding job " + fresh.id() + ": jobs with its key came and went "
                                        + ADD_TRIES + " times meanwhile"));
            });
        });
    }

    private Future<Optional<JobRecord>> known(JobRecord fresh) {
        return pool.preparedQuery(PostgresJobSql.FIND_KNOWN)
                .execute(Tuple.of(
                        PostgresText.write(fresh.id()),
                        PostgresText.write(fresh.job().key())))
                .map(PostgresJobs::first);
    }

    @Override
    public Future<List<JobRecord>> take(Set<JobKind> kinds, int limit, Claim claim) {
        Long[] codes = codes(kinds, Codes::of);
        return server.run("taking jobs", () -> {
            bounds.take(limit, claim);
            return codes.length == 0 ? Future.succeededFuture(List.of()) : take(codes, limit, claim, TRIES);
        });
    }

    /** Two instances may take two jobs of one partition at the same moment: then one of them sees the other's and tries again. */
    private Future<List<JobRecord>> take(Long[] kinds, int limit, Claim claim, int tries) {
        Tuple parameters = lease(claim)
                .addValue(kinds)
                .addInteger(limit)
                .addInteger(limit + LOOKED_AT)
                .addBoolean(tries > 0);
        return pool.preparedQuery(PostgresJobSql.TAKE)
                .execute(parameters)
                .map(rows -> {
                    List<JobRecord> taken = all(rows);
                    taken.sort(JobRules.URGENCY);
                    return taken;
                })
                .recover(cause -> tries > 0 && isTaken(cause)
                        ? take(kinds, limit, claim, tries - 1)
                        : Future.failedFuture(cause));
    }

    @Override
    public Future<Optional<JobRecord>> take(String id, Claim claim) {
        return server.run("taking a job", () -> {
            bounds.take(1, claim);
            return pool.preparedQuery(PostgresJobSql.TAKE_ONE)
                    .execute(lease(claim).addString(PostgresText.write(id)))
                    .map(PostgresJobs::first)
                    .recover(cause -> isTaken(cause)
                            ? Future.succeededFuture(Optional.empty())
                            : Future.failedFuture(cause));
        });
    }

    private static Tuple lease(Claim claim) {
        return Tuple.of(
                claim.leaseUntilMillis(),
                PostgresText.write(claim.worker()),
                claim.nowMillis(),
                PostgresText.write(claim.node()));
    }

    /** Whether another transaction was first, with a job of the same partition or key. */
    private static boolean isTaken(Throwable cause) {
        return cause instanceof PgException pg && UNIQUE_VIOLATION.equals(pg.getSqlState());
    }

    @Override
    public Future<Map<String, Beat>> beat(Map<String, Long> tokens, long nowMillis, long leaseUntilMillis) {
        if (tokens.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        PostgresArrays rows = new PostgresArrays(tokens.size());
        // Sorted, so that two transactions wait for one another in one direction only.
        new TreeMap<>(tokens).forEach((id, token) -> {
            rows.text(id);
            rows.number(token);
            rows.next();
        });
        return server.run("prolonging leases", () -> {
            bounds.jobs("prolonging leases", tokens.keySet());
            return pool.preparedQuery(PostgresJobSql.BEAT)
                    .execute(rows.tuple().addLong(leaseUntilMillis))
                    .map(held -> {
                        Map<String, Beat> beats = new HashMap<>();
                        for (Row row : held) {
                            PostgresCells cells = new PostgresCells(row);
                            beats.put(String.valueOf(cells.text(0)), new Beat(cells.flag(1)));
                        }
                        return beats;
                    });
        });
    }

    @Override
    public Future<Boolean> progress(String id, long token, String progress, @Nullable String cursor, long nowMillis) {
        return server.run("noting progress", () -> {
            bounds.progress(id, progress, cursor);
            return pool.preparedQuery(PostgresJobSql.PROGRESS)
                    .execute(Tuple.of(
                            PostgresText.write(id),
                            token,
                            PostgresText.write(progress),
                            PostgresText.write(cursor),
                            nowMillis))
                    .map(written -> written.rowCount() > 0);
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
        return server.run("ending a job", () -> {
            bounds.end(id, state, result, failure);
            if (failure != null) {
                return changeHeld(
                                Map.of(id, token), job -> JobRules.ended(job, state, result, failure, nowMillis))
                        .map(ended -> !ended.isEmpty());
            }
            return pool.preparedQuery(PostgresJobSql.END)
                    .execute(Tuple.of(
                            PostgresText.write(id), token, Codes.of(state), PostgresText.write(result), nowMillis))
                    .map(ended -> ended.rowCount() > 0);
        });
    }

    @Override
    public Future<Boolean> again(
            String id, long token, JobRecord.Failure failure, long runAtMillis, long nowMillis) {
        return server.run(
                "ending an attempt",
                () -> changeHeld(Map.of(id, token), job -> JobRules.again(job, failure, runAtMillis, nowMillis))
                        .map(ended -> !ended.isEmpty()));
    }

    @Override
    public Future<Void> handBack(Map<String, Long> tokens, long nowMillis) {
        Map<String, Long> copy = Map.copyOf(tokens);
        return server.run("handing jobs back", () -> {
            bounds.jobs("handing jobs back", copy.keySet());
            return copy.isEmpty()
                    ? Future.succeededFuture()
                    : changeHeld(copy, job -> JobRules.handedBack(job, nowMillis))
                            .mapEmpty();
        });
    }

    @Override
    public Future<List<JobRecord>> expire(long nowMillis, int mostLost, int limit) {
        return server.run("ending leases", () -> {
            bounds.expire(mostLost, limit);
            return pool.withTransaction(connection -> connection
                    .preparedQuery(PostgresJobSql.LOCK_SILENT)
                    .execute(Tuple.of(nowMillis, limit))
                    .compose(rows ->
                            save(connection, all(rows), job -> JobRules.expired(job, mostLost, nowMillis))));
        });
    }

    /** What becomes of a job. */
    @FunctionalInterface
    private interface Step {
        JobRecord after(JobRecord before);
    }

    /** Changes jobs whose leases are in force. @return them as they are now */
    private Future<List<JobRecord>> changeHeld(Map<String, Long> tokens, Step step) {
        String[] ids = tokens.keySet().stream().map(PostgresText::write).toArray(String[]::new);
        return pool.withTransaction(connection -> connection
                .preparedQuery(PostgresJobSql.LOCK_HELD)
                .execute(Tuple.tuple().addValue(ids))
                .compose(rows -> {
                    List<JobRecord> held = all(rows);
                    held.removeIf(job -> !JobRules.holds(job, tokens.get(job.id())));
                    return save(connection, held, step);
                }));
    }

    /** Writes jobs that are locked. */
    private static Future<List<JobRecord>> save(SqlConnection connection, List<JobRecord> locked, Step step) {
        if (locked.isEmpty()) {
            return Future.succeededFuture(locked);
        }
        List<JobRecord> changed = locked.stream().map(step::after).toList();
        PostgresArrays rows = new PostgresArrays(changed.size());
        for (JobRecord job : changed) {
            rows.text(job.id());
            JobColumns.writeChanging(job, rows);
            rows.next();
        }
        return connection.preparedQuery(PostgresJobSql.SAVE).execute(rows.tuple()).map(changed);
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return server.run("reading a job", () -> find(id));
    }

    private Future<Optional<JobRecord>> find(String id) {
        return pool.preparedQuery(PostgresJobSql.FIND)
                .execute(Tuple.of(PostgresText.write(id)))
                .map(PostgresJobs::first);
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return server.run("listing jobs", () -> {
            bounds.list(filter, limit);
            Tuple parameters = Tuple.tuple()
                    .addValue(codes(JobRules.statesOf(filter), Codes::of))
                    .addValue(codes(JobRules.kindsOf(filter), Codes::of))
                    .addString(PostgresText.write(JobRules.beforeId(filter)))
                    .addString(PostgresText.write(filter.type()))
                    .addInteger(limit);
            return pool.preparedQuery(PostgresJobSql.LIST).execute(parameters).map(PostgresJobs::all);
        });
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return server.run(
                "counting jobs",
                () -> pool.preparedQuery(PostgresJobSql.COUNTS).execute().map(rows -> {
                    Map<JobKind, Map<JobState, Long>> counts = new EnumMap<>(JobKind.class);
                    for (Row row : rows) {
                        PostgresCells cells = new PostgresCells(row);
                        counts.computeIfAbsent(
                                        Codes.jobKind(cells.number(0)), kind -> new EnumMap<>(JobState.class))
                                .put(Codes.jobState(cells.number(1)), cells.number(2));
                    }
                    return counts;
                }));
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id, long nowMillis) {
        return server.run(
                "cancelling a job",
                () -> pool.withTransaction(connection -> connection
                        .preparedQuery(PostgresJobSql.LOCK)
                        .execute(Tuple.of(PostgresText.write(id)))
                        .compose(rows -> save(connection, all(rows), job -> JobRules.cancelled(job, nowMillis)))
                        .map(changed -> changed.stream().findFirst())));
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id, long nowMillis) {
        return server.run(
                "retrying a job",
                () -> pool.preparedQuery(PostgresJobSql.RETRY_ONE)
                        .execute(Tuple.of(nowMillis, PostgresText.write(id)))
                        .map(PostgresJobs::first)
                        .recover(cause -> isTaken(cause)
                                ? Future.succeededFuture(Optional.empty())
                                : Future.failedFuture(cause))
                        .compose(retried -> retried.isPresent() ? Future.succeededFuture(retried) : find(id)));
    }

    @Override
    public Future<List<String>> retryFailed(@Nullable JobKind kind, int limit, long nowMillis) {
        Long[] kinds = codes(kind == null ? Set.of(JobKind.values()) : Set.of(kind), Codes::of);
        return server.run("retrying jobs", () -> {
            bounds.limit("retrying jobs", limit);
            return pool.preparedQuery(PostgresJobSql.RETRY_FAILED)
                    .execute(Tuple.of(nowMillis, kinds, limit))
                    .map(rows -> {
                        List<String> ids = new ArrayList<>(rows.size());
                        for (Row row : rows) {
                            ids.add(String.valueOf(new PostgresCells(row).text(0)));
                        }
                        ids.sort(Comparator.naturalOrder());
                        return ids;
                    });
        });
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return server.run(
                "dropping a job",
                () -> pool.preparedQuery(PostgresJobSql.DROP)
                        .execute(Tuple.of(PostgresText.write(id)))
                        .map(PostgresJobs::first)
                        .compose(gone -> gone.isPresent() ? Future.succeededFuture(gone) : find(id)));
    }

    @Override
    public Future<List<JobRecord>> purge(long finishedBeforeMillis, int limit) {
        return purge(finishedBeforeMillis, limit, new ArrayList<>());
    }

    private Future<List<JobRecord>> purge(long finishedBeforeMillis, int limit, List<JobRecord> gone) {
        return server.run("purging jobs", () -> {
                    bounds.limit("purging jobs", limit);
                    int most = Math.min(limit - gone.size(), JobRules.PURGED_AT_ONCE);
                    return pool.preparedQuery(PostgresJobSql.PURGE)
                            .execute(Tuple.of(finishedBeforeMillis, most))
                            .map(PostgresJobs::all);
                })
                .compose(some -> {
                    gone.addAll(some);
                    return some.size() < JobRules.PURGED_AT_ONCE || gone.size() >= limit
                            ? Future.succeededFuture(gone)
                            : purge(finishedBeforeMillis, limit, gone);
                });
    }

    @Override
    public Future<List<JobRecord>> untold(long nowMillis, long toldBeforeMillis, int limit) {
        return server.run("listing jobs to tell", () -> {
            bounds.limit("listing jobs to tell", limit);
            return pool.preparedQuery(PostgresJobSql.UNTOLD)
                    .execute(Tuple.of(toldBeforeMillis, nowMillis, limit))
                    .map(PostgresJobs::all);
        });
    }

    @Override
    public Future<Void> told(Collection<String> ids, long nowMillis) {
        String[] sorted = ids.stream().map(PostgresText::write).sorted().toArray(String[]::new);
        return server.run("noting what was told", () -> {
            bounds.jobs("noting what was told", ids);
            return sorted.length == 0
                    ? Future.succeededFuture()
                    : pool.preparedQuery(PostgresJobSql.TELL)
                            .execute(Tuple.tuple().addValue(sorted).addLong(nowMillis))
                            .mapEmpty();
        });
    }

    // rows

    private static Optional<JobRecord> first(RowSet<Row> rows) {
        return all(rows).stream().findFirst();
    }

    private static List<JobRecord> all(RowSet<Row> rows) {
        List<JobRecord> jobs = new ArrayList<>(rows.size());
        for (Row row : rows) {
            jobs.add(JobColumns.read(new PostgresCells(row)));
        }
        return jobs;
    }

    private static <E> Long[] codes(Collection<E> values, ToIntFunction<E> code) {
        return values.stream().map(value -> (long) code.applyAsInt(value)).toArray(Long[]::new);
    }
}
