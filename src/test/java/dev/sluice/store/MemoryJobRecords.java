package dev.sluice.store;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.JobsFullException;
import dev.sluice.port.NewJob;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.JobRules;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Jobs in memory, keeping the contract, for tests and simulations. Every future is complete when it is returned; the same
 * calls give the same answers. Each step costs the logarithm of what is kept, whatever waits. Thread-safe.
 */
public final class MemoryJobRecords implements JobRecords {
    private static final Bounds BOUNDS = new Bounds("memory");
    private static final int PRIORITIES = 11;

    /** A job among others in the order of some time. */
    private record Place(long atMillis, String id) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparingLong(Place::atMillis).thenComparing(Place::id);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    private static final class Row {
        private JobRecord job;
        private long toldAtMillis;

        Row(JobRecord job) {
            this.job = job;
        }
    }

    private final Function<String, @Nullable StoreException> gate;
    private final TreeMap<String, Row> rows = new TreeMap<>();
    /** Those that wait, by when they may begin, for each kind and priority. */
    private final Map<JobKind, List<TreeSet<Place>>> waiting = new EnumMap<>(JobKind.class);

    private final TreeSet<Place> told = new TreeSet<>();
    private final TreeMap<String, Row> held = new TreeMap<>();
    private final TreeSet<Place> over = new TreeSet<>();
    private final Map<String, Row> liveByKey = new HashMap<>();
    private final Set<String> busyPartitions = new HashSet<>();
    private final Map<JobKind, Map<JobState, Long>> counts = new EnumMap<>(JobKind.class);

    public MemoryJobRecords() {
        this(action -> null);
    }

    /**
     * Jobs of a store that can be closed and made to fail.
     *
     * @param gate why a call fails; null where it does not
     */
    public MemoryJobRecords(Function<String, @Nullable StoreException> gate) {
        this.gate = gate;
        for (JobKind kind : JobKind.values()) {
            List<TreeSet<Place>> levels = new ArrayList<>(PRIORITIES);
            for (int priority = 0; priority < PRIORITIES; priority++) {
                levels.add(new TreeSet<>());
            }
            waiting.put(kind, levels);
            counts.put(kind, new EnumMap<>(JobState.class));
        }
    }

    /** Whether the lease with this token is in force. */
    public synchronized boolean holds(String id, long token) {
        Row row = held.get(id);
        return row != null && row.job.leaseToken() == token;
    }

    @Override
    public Future<Jobs.Submitted> add(String id, NewJob job, long nowMillis, long mostLive) {
        return answer("adding a job", () -> {
            BOUNDS.job(id, mostLive);
            Row known = rows.get(id);
            if (known == null && job.key() != null) {
                known = liveByKey.get(job.key());
            }
            if (known != null) {
                return new Jobs.Submitted(known.job, true);
            }
            if (live(job.kind()) >= mostLive) {
                throw BOUNDS.full(job.kind(), mostLive);
            }
            Row row = new Row(JobRules.submitted(id, job, nowMillis));
            rows.put(id, row);
            enter(row);
            return new Jobs.Submitted(row.job, false);
        });
    }

    private long live(JobKind kind) {
        Map<JobState, Long> states = Objects.requireNonNull(counts.get(kind));
        return states.getOrDefault(JobState.PENDING, 0L) + states.getOrDefault(JobState.PROCESSING, 0L);
    }

    @Override
    public Future<List<JobRecord>> take(Set<JobKind> kinds, int limit, Claim claim) {
        return answer("taking jobs", () -> {
            BOUNDS.take(limit, claim);
            List<JobRecord> first = new ArrayList<>();
            for (JobKind kind : kinds) {
                for (TreeSet<Place> level : Objects.requireNonNull(waiting.get(kind))) {
                    if (!level.isEmpty()) {
                        first.addAll(first(level, limit, claim));
                    }
                }
            }
            first.sort(JobRules.URGENCY);
            List<JobRecord> taken = new ArrayList<>();
            for (JobRecord job : first) {
                if (taken.size() < limit && isFree(job)) {
                    taken.add(change(job, JobRules.taken(job, claim)));
                }
            }
            return taken;
        });
    }

    /** As many of one level as could be wanted, and no two of one partition. */
    private List<JobRecord> first(TreeSet<Place> level, int limit, Claim claim) {
        List<JobRecord> first = new ArrayList<>();
        Set<String> partitions = new HashSet<>();
        for (Place place : level) {
            if (place.atMillis() > claim.nowMillis() || first.size() == limit) {
                break;
            }
            JobRecord job = row(place).job;
            String partition = job.job().partition();
            if (JobRules.mayBeTaken(job, claim) && isFree(job) && (partition == null || partitions.add(partition))) {
                first.add(job);
            }
        }
        return first;
    }

    private boolean isFree(JobRecord job) {
        String partition = job.job().partition();
        return partition == null || !busyPartitions.contains(partition);
    }

    @Override
    public Future<Optional<JobRecord>> take(String id, Claim claim) {
        return answer("taking jobs", () -> {
            BOUNDS.take(1, claim);
            return find(id).filter(job -> JobRules.mayBeTaken(job, claim) && isFree(job))
                    .map(job -> change(job, JobRules.taken(job, claim)));
        });
    }

    @Override
    public Future<Map<String, Beat>> beat(Map<String, Long> tokens, long nowMillis, long leaseUntilMillis) {
        return answer("prolonging leases", () -> {
            BOUNDS.jobs("prolonging leases", tokens.keySet());
            Map<String, Beat> beats = new TreeMap<>();
            tokens.forEach((id, token) -> held(id, token).ifPresent(job -> {
                change(job, JobRules.beaten(job, leaseUntilMillis));
                beats.put(id, new Beat(job.cancelRequested()));
            }));
            return beats;
        });
    }

    @Override
    public Future<Boolean> progress(String id, long token, String progress, @Nullable String cursor, long nowMillis) {
        return answer("noting progress", () -> {
            BOUNDS.progress(id, progress, cursor);
            return held(id, token)
                    .map(job -> change(job, JobRules.progressed(job, progress, cursor, nowMillis)))
                    .isPresent();
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
        return answer("ending a job", () -> {
            BOUNDS.end(id, state, result, failure);
            return held(id, token)
                    .map(job -> change(job, JobRules.ended(job, state, result, failure, nowMillis)))
                    .isPresent();
        });
    }

    @Override
    public Future<Boolean> again(String id, long token, JobRecord.Failure failure, long runAtMillis, long nowMillis) {
        return answer(
                "ending an attempt",
                () -> held(id, token)
                        .map(job -> change(job, JobRules.again(job, failure, runAtMillis, nowMillis)))
                        .isPresent());
    }

    @Override
    public Future<Void> handBack(Map<String, Long> tokens, long nowMillis) {
        return answer("handing jobs back", () -> {
                    BOUNDS.jobs("handing jobs back", tokens.keySet());
                    tokens.forEach((id, token) ->
                            held(id, token).ifPresent(job -> change(job, JobRules.handedBack(job, nowMillis))));
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<List<JobRecord>> expire(long nowMillis, int mostLost, int limit) {
        return answer("ending leases", () -> {
            BOUNDS.expire(mostLost, limit);
            return held.values().stream()
                    .map(row -> row.job)
                    .filter(job -> job.leaseUntilMillis() <= nowMillis)
                    .sorted(Comparator.comparingLong(JobRecord::leaseUntilMillis)
                            .thenComparing(JobRecord::id))
                    .limit(limit)
                    .toList()
                    .stream()
                    .map(job -> change(job, JobRules.expired(job, mostLost, nowMillis)))
                    .toList();
        });
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return answer("reading a job", () -> find(id));
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return answer("listing jobs", () -> {
            BOUNDS.list(filter, limit);
            String before = filter.beforeId();
            return (before == null ? rows : rows.headMap(before, false))
                    .descendingMap().values().stream()
                            .map(row -> row.job)
                            .filter(job -> fits(filter, job))
                            .limit(limit)
                            .toList();
        });
    }

    private static boolean fits(JobFilter filter, JobRecord job) {
        return (filter.kinds().isEmpty() || filter.kinds().contains(job.job().kind()))
                && (filter.states().isEmpty() || filter.states().contains(job.state()))
                && (filter.type() == null || filter.type().equals(job.job().type()));
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return answer("counting jobs", () -> {
            Map<JobKind, Map<JobState, Long>> copy = new EnumMap<>(JobKind.class);
            counts.forEach((kind, states) -> {
                if (!states.isEmpty()) {
                    copy.put(kind, new EnumMap<>(states));
                }
            });
            return copy;
        });
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id, long nowMillis) {
        return answer("cancelling a job", () -> find(id).map(job -> change(job, JobRules.cancelled(job, nowMillis))));
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id, long nowMillis) {
        return answer(
                "retrying a job",
                () -> find(id).map(job -> mayBeRetried(job) ? change(job, JobRules.retried(job, nowMillis)) : job));
    }

    private boolean mayBeRetried(JobRecord job) {
        return JobRules.mayBeRetried(job)
                && (job.job().key() == null || !liveByKey.containsKey(job.job().key()));
    }

    @Override
    public Future<List<String>> retryFailed(@Nullable JobKind kind, int limit, long nowMillis) {
        return answer("retrying jobs", () -> {
            BOUNDS.limit("retrying jobs", limit);
            List<String> retried = new ArrayList<>();
            for (Row row : rows.values()) {
                JobRecord job = row.job;
                if (retried.size() < limit
                        && job.state() == JobState.FAILED
                        && (kind == null || job.job().kind() == kind)
                        && mayBeRetried(job)) {
                    retried.add(change(job, JobRules.retried(job, nowMillis)).id());
                }
            }
            return retried;
        });
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return answer("dropping a job", () -> {
            Optional<JobRecord> job = find(id);
            job.filter(known -> !known.state().live()).ifPresent(this::forget);
            return job;
        });
    }

    @Override
    public Future<List<JobRecord>> purge(long finishedBeforeMillis, int limit) {
        return answer("purging jobs", () -> {
            BOUNDS.limit("purging jobs", limit);
            List<JobRecord> gone = over.headSet(new Place(finishedBeforeMillis, "")).stream()
                    .limit(limit)
                    .map(place -> row(place).job)
                    .toList();
            gone.forEach(this::forget);
            return gone;
        });
    }

    @Override
    public Future<List<JobRecord>> untold(long nowMillis, long toldBeforeMillis, int limit) {
        return answer("listing jobs to tell", () -> {
            BOUNDS.limit("listing jobs to tell", limit);
            List<JobRecord> untold = due(told.headSet(new Place(1, "")), nowMillis, limit);
            if (toldBeforeMillis > 1) {
                untold.addAll(due(
                        told.subSet(new Place(1, ""), new Place(toldBeforeMillis, "")),
                        nowMillis,
                        limit - untold.size()));
            }
            return untold;
        });
    }

    private List<JobRecord> due(Set<Place> places, long nowMillis, int limit) {
        return places.stream()
                .map(this::row)
                .filter(row -> row.job.runAtMillis() <= nowMillis)
                .sorted(Comparator.<Row>comparingLong(row -> row.toldAtMillis)
                        .thenComparingLong(row -> row.job.runAtMillis())
                        .thenComparing(row -> row.job.id()))
                .limit(limit)
                .map(row -> row.job)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    @Override
    public Future<Void> told(Collection<String> ids, long nowMillis) {
        return answer("noting what was told", () -> {
                    BOUNDS.jobs("noting what was told", ids);
                    for (String id : ids) {
                        Row row = rows.get(id);
                        if (row != null
                                && row.job.runAtMillis() <= nowMillis
                                && row.job.updatedAtMillis() <= nowMillis) {
                            leave(row);
                            row.toldAtMillis = nowMillis;
                            enter(row);
                        }
                    }
                    return true;
                })
                .mapEmpty();
    }

    private Optional<JobRecord> find(String id) {
        return Optional.ofNullable(rows.get(id)).map(row -> row.job);
    }

    private Optional<JobRecord> held(String id, long token) {
        return find(id).filter(job -> JobRules.holds(job, token));
    }

    private Row row(Place place) {
        return Objects.requireNonNull(rows.get(place.id()));
    }

    private JobRecord change(JobRecord before, JobRecord after) {
        Row row = Objects.requireNonNull(rows.get(before.id()));
        leave(row);
        if (after.state() == JobState.PENDING) {
            row.toldAtMillis = 0;
        }
        row.job = after;
        enter(row);
        return after;
    }

    private void forget(JobRecord job) {
        leave(Objects.requireNonNull(rows.remove(job.id())));
    }

    /** Notes it where its state is looked up. */
    private void enter(Row row) {
        JobRecord job = row.job;
        counts(job).merge(job.state(), 1L, Long::sum);
        if (job.state() == JobState.PENDING) {
            level(job).add(new Place(job.runAtMillis(), job.id()));
            told.add(new Place(row.toldAtMillis, job.id()));
        } else if (job.state() == JobState.PROCESSING) {
            held.put(job.id(), row);
            if (job.job().partition() != null) {
                busyPartitions.add(job.job().partition());
            }
        } else {
            over.add(new Place(job.finishedAtMillis(), job.id()));
        }
        if (job.state().live() && job.job().key() != null) {
            liveByKey.put(job.job().key(), row);
        }
    }

    /** The contrary of {@link #enter}. */
    private void leave(Row row) {
        JobRecord job = row.job;
        counts(job).computeIfPresent(job.state(), (state, count) -> count == 1 ? null : count - 1);
        if (job.state() == JobState.PENDING) {
            level(job).remove(new Place(job.runAtMillis(), job.id()));
            told.remove(new Place(row.toldAtMillis, job.id()));
        } else if (job.state() == JobState.PROCESSING) {
            held.remove(job.id());
            if (job.job().partition() != null) {
                busyPartitions.remove(job.job().partition());
            }
        } else {
            over.remove(new Place(job.finishedAtMillis(), job.id()));
        }
        if (job.state().live() && job.job().key() != null) {
            liveByKey.remove(job.job().key());
        }
    }

    private Map<JobState, Long> counts(JobRecord job) {
        return Objects.requireNonNull(counts.get(job.job().kind()));
    }

    private TreeSet<Place> level(JobRecord job) {
        return Objects.requireNonNull(waiting.get(job.job().kind()))
                .get(job.job().priority());
    }

    private <T> Future<T> answer(String action, Supplier<T> work) {
        StoreException closed = gate.apply(action);
        if (closed != null) {
            return Future.failedFuture(closed);
        }
        try {
            synchronized (this) {
                return Future.succeededFuture(work.get());
            }
        } catch (StoreException | JobsFullException refused) {
            return Future.failedFuture(refused);
        }
    }
}
