package dev.sluice.bulk.export;

import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Jobs that are kept and never done. Thread-safe. */
final class KnownJobs implements Jobs {
    final List<NewJob> submitted = new CopyOnWriteArrayList<>();
    final Map<String, JobRecord> known = new ConcurrentHashMap<>();

    @Override
    public Future<Submitted> submit(NewJob job) {
        submitted.add(job);
        JobRecord kept = EndingRun.record(job, JobState.PENDING, 0, null, null);
        known.put(kept.id(), kept);
        return Future.succeededFuture(new Submitted(kept, false));
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return Future.succeededFuture(Optional.ofNullable(known.get(id)));
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return Future.succeededFuture(known.values().stream()
                .filter(job -> filter.kinds().contains(job.job().kind()))
                .filter(job -> job.job().type().equals(filter.type()))
                .limit(limit)
                .toList());
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return unused();
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id) {
        return unused();
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id) {
        return unused();
    }

    @Override
    public Future<Integer> retryFailed(@Nullable JobKind kind) {
        return unused();
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return unused();
    }

    private static <T> Future<T> unused() {
        throw new AssertionError("jobs: exports do not ask for this");
    }
}
