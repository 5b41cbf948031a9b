package dev.sluice.queue.sql;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.Clockwork;
import dev.sluice.queue.JobIds;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows are all there is: workers ask for them now and then, and at once for what was submitted in this process. */
public final class SqlQueue implements JobQueue {
    private static final int RETRIED_AT_ONCE = 500;
    private static final Logger LOG = LoggerFactory.getLogger(SqlQueue.class);
    private static final Ear DEAF = new Ear() {
        @Override
        public void due(JobKind kind) {}

        @Override
        public void cancelRequested(String id) {}
    };

    private final JobRecords records;
    private final QueueConfig config;
    private final JobIds ids;
    private final Clockwork clock;
    private final JobNews news;
    private final Afterwards afterwards;
    private volatile Ear ear = DEAF;

    /** @param afterwards cleans up after jobs that are dropped or purged */
    public SqlQueue(
            JobRecords records, QueueConfig config, JobIds ids, Clockwork clock, JobNews news, Afterwards afterwards) {
        this.records = records;
        this.config = config;
        this.ids = ids;
        this.clock = clock;
        this.news = news;
        this.afterwards = afterwards;
    }

    @Override
    public Future<Void> start(Ear ear) {
        this.ear = ear;
        return Future.succeededFuture();
    }

    /** A job of the usual number of attempts gets the configured one. */
    @Override
    public Future<Submitted> submit(NewJob job) {
        return records.add(ids.next(), attempts(job), clock.nowMillis(), config.maxWaiting())
                .onSuccess(submitted -> {
                    if (!submitted.known()) {
                        news.changed(submitted.job());
                        ear.due(job.kind());
                    }
                });
    }

    private NewJob attempts(NewJob job) {
        return job.maxAttempts() != NewJob.DEFAULT_ATTEMPTS
                ? job
                : new NewJob(
                        job.kind(),
                        job.type(),
                        job.payload(),
                        job.priority(),
                        job.key(),
                        job.partition(),
                        job.node(),
                        job.delayMillis(),
                        config.maxAttempts(),
                        job.owner());
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return records.get(id);
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return records.list(filter, limit);
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return records.counts();
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id) {
        long now = clock.nowMillis();
        return records.cancel(id, now).onSuccess(found -> found.ifPresent(job -> {
            if (job.state() == JobState.CANCELLED && job.finishedAtMillis() == now) {
                news.changed(job);
            } else if (job.state() == JobState.PROCESSING) {
                ear.cancelRequested(id);
            }
        }));
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id) {
        return records.retry(id, clock.nowMillis()).onSuccess(found -> found.ifPresent(job -> {
            if (job.state() == JobState.PENDING) {
                news.changed(job);
                ear.due(job.job().kind());
            }
        }));
    }

    @Override
    public Future<Integer> retryFailed(@Nullable JobKind kind) {
        return retryFailed(kind, 0).onSuccess(retried -> {
            for (JobKind each : kind == null ? List.of(JobKind.values()) : List.of(kind)) {
                ear.due(each);
            }
        });
    }

    private Future<Integer> retryFailed(@Nullable JobKind kind, int before) {
        return records.retryFailed(kind, RETRIED_AT_ONCE, clock.nowMillis())
                .compose(retried -> retried.size() < RETRIED_AT_ONCE
                        ? Future.succeededFuture(before + retried.size())
                        : retryFailed(kind, before + retried.size()));
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return records.drop(id)
                .compose(found -> found.isPresent() && !found.get().state().live()
                        ? cleanUp(List.of(found.get())).map(found)
                        : Future.succeededFuture(found));
    }

    @Override
    public Future<Integer> purge(long finishedBeforeMillis, int limit) {
        return records.purge(finishedBeforeMillis, limit)
                .compose(gone -> cleanUp(gone).map(gone.size()));
    }

    private Future<Void> cleanUp(List<JobRecord> gone) {
        return gone.isEmpty()
                ? Future.succeededFuture()
                : Future.future(promise -> afterwards.forgotten(gone).onComplete(promise))
                        .<Void>mapEmpty()
                        .onFailure(failure -> LOG.atWarn()
                                .addKeyValue("jobs", gone.size())
                                .addKeyValue("error", failure.getMessage())
                                .log("what belongs to forgotten jobs could not be removed"))
                        .otherwiseEmpty();
    }

    @Override
    public Future<List<JobRecord>> take(JobKind kind, int limit, JobRecords.Claim claim) {
        return records.take(Set.of(kind), limit, claim);
    }

    @Override
    public void dueAgain(Collection<JobRecord> jobs) {
        for (JobRecord job : jobs) {
            ear.due(job.job().kind());
        }
    }

    @Override
    public void released(JobRecord job) {
        if (job.job().partition() != null) {
            ear.due(job.job().kind());
        }
    }

    @Override
    public JobRecords records() {
        return records;
    }

    @Override
    public Future<Void> stop() {
        ear = DEAF;
        return Future.succeededFuture();
    }
}
