package dev.sluice.api;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.JobsFullException;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Jobs in memory that nobody works on, unless a test says so. */
final class RememberedJobs implements Jobs {
    private final ConcurrentSkipListMap<String, JobRecord> jobs = new ConcurrentSkipListMap<>();
    private int last;
    volatile @Nullable RuntimeException failure;
    volatile int most = Integer.MAX_VALUE;

    /** Ids of jobs that are there again after they were dropped. */
    final Set<String> lasting = ConcurrentHashMap.newKeySet();

    /** Puts a job in its place, under an id of the test's choice. */
    void put(JobRecord job) {
        jobs.put(job.id(), job);
    }

    static JobRecord job(String id, NewJob job, JobState state) {
        long finished = state.live() ? 0 : 1_767_268_801_000L;
        return new JobRecord(
                id,
                job,
                state,
                1_767_268_800_000L,
                0,
                0,
                0,
                0,
                null,
                false,
                null,
                null,
                null,
                List.of(),
                1_767_268_800_000L,
                1_767_268_800_000L,
                finished);
    }

    static JobRecord in(JobRecord job, JobState state, boolean cancelRequested) {
        return with(job, state, cancelRequested, job.progress(), job.result(), job.failures());
    }

    static JobRecord with(
            JobRecord job,
            JobState state,
            boolean cancelRequested,
            @Nullable String progress,
            @Nullable String result,
            List<JobRecord.Failure> failures) {
        return new JobRecord(
                job.id(),
                job.job(),
                state,
                job.runAtMillis(),
                job.attempts(),
                job.lostLeases(),
                job.leaseUntilMillis(),
                job.leaseToken(),
                job.worker(),
                cancelRequested,
                progress,
                job.cursor(),
                result,
                failures,
                job.createdAtMillis(),
                job.updatedAtMillis() + 1,
                state.live() ? 0 : job.createdAtMillis() + 1_000);
    }

    @Override
    public synchronized Future<Submitted> submit(NewJob job) {
        return answer(() -> {
            for (JobRecord known : jobs.values()) {
                if (job.key() != null
                        && job.key().equals(known.job().key())
                        && known.state().live()) {
                    return new Submitted(known, true);
                }
            }
            if (jobs.size() >= most) {
                throw new JobsFullException("jobs of kind " + job.kind().text() + ": " + jobs.size()
                        + " wait (expected: fewer than " + most + ")");
            }
            JobRecord made = job(String.format("00000000-0000-7000-8000-%012d", ++last), job, JobState.PENDING);
            jobs.put(made.id(), made);
            return new Submitted(made, false);
        });
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return answer(() -> Optional.ofNullable(jobs.get(id)));
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return answer(() -> jobs.descendingMap().values().stream()
                .filter(job -> filter.kinds().isEmpty()
                        || filter.kinds().contains(job.job().kind()))
                .filter(job -> filter.states().isEmpty() || filter.states().contains(job.state()))
                .filter(job ->
                        filter.type() == null || filter.type().equals(job.job().type()))
                .filter(job -> filter.beforeId() == null || job.id().compareTo(filter.beforeId()) < 0)
                .limit(limit)
                .toList());
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return answer(() -> {
            Map<JobKind, Map<JobState, Long>> counts = new EnumMap<>(JobKind.class);
            for (JobRecord job : jobs.values()) {
                counts.computeIfAbsent(job.job().kind(), kind -> new EnumMap<>(JobState.class))
                        .merge(job.state(), 1L, Long::sum);
            }
            return counts;
        });
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id) {
        return change(id, job -> switch (job.state()) {
            case PENDING -> in(job, JobState.CANCELLED, false);
            case PROCESSING -> in(job, JobState.PROCESSING, true);
            case COMPLETED, FAILED, CANCELLED -> job;
        });
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id) {
        return change(
                id,
                job -> job.state() == JobState.FAILED || job.state() == JobState.CANCELLED
                        ? in(job, JobState.PENDING, false)
                        : job);
    }

    @Override
    public Future<Integer> retryFailed(@Nullable JobKind kind) {
        return answer(() -> {
            int count = 0;
            for (JobRecord job : new ArrayList<>(jobs.values())) {
                if (job.state() == JobState.FAILED && (kind == null || job.job().kind() == kind)) {
                    jobs.put(job.id(), in(job, JobState.PENDING, false));
                    count++;
                }
            }
            return count;
        });
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return answer(() -> {
            JobRecord job = jobs.get(id);
            if (job != null && !job.state().live() && !lasting.contains(id)) {
                jobs.remove(id);
            }
            return Optional.ofNullable(job);
        });
    }

    private Future<Optional<JobRecord>> change(String id, UnaryOperator<JobRecord> change) {
        return answer(() -> Optional.ofNullable(jobs.computeIfPresent(id, (same, job) -> change.apply(job))));
    }

    private <T> Future<T> answer(Supplier<T> answering) {
        RuntimeException fails = failure;
        if (fails != null) {
            return Future.failedFuture(fails);
        }
        try {
            return Future.succeededFuture(answering.get());
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
