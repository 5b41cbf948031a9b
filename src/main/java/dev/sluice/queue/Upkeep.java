package dev.sluice.queue;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every instance does for all: takes leases from silent workers, forgets old jobs, counts. Confined to the queue's
 * thread.
 */
final class Upkeep {
    private static final int EXPIRED_AT_ONCE = 1_000;
    private static final int LISTED_AT_ONCE = 500;
    private static final int PURGED_AT_ONCE = 200;
    private static final int SWEEPS_IN_A_LEASE = 9;
    private static final long COUNT_MILLIS = 30_000;
    private static final long PURGE_MILLIS = 600_000;
    private static final long ANSWER_MILLIS = 60_000;
    private static final JobFilter LEASED = new JobFilter(Set.of(), Set.of(JobState.PROCESSING), null, null);
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    private final JobQueue queue;
    private final Clockwork clock;
    private final RandomGenerator random;
    private final JobNews news;
    private final JobMeters meters;
    private final long leaseMillis;
    private volatile long retentionMillis;

    private boolean stopped;
    private long wallMillis;
    private long steadyNanos;
    private long waitUntilNanos;

    Upkeep(
            JobQueue queue,
            QueueConfig config,
            Clockwork clock,
            RandomGenerator random,
            JobNews news,
            JobMeters meters) {
        this.queue = queue;
        this.clock = clock;
        this.random = random;
        this.news = news;
        this.meters = meters;
        this.leaseMillis = config.lease().toMillis();
        this.retentionMillis = config.retention().toMillis();
    }

    /** Remembers jobs that are over for so long from now on. Thread-safe. */
    void retain(Duration retention) {
        retentionMillis = retention.toMillis();
    }

    void start() {
        wallMillis = clock.nowMillis();
        steadyNanos = clock.nanos();
        waitUntilNanos = steadyNanos;
        long sweepMillis = Math.max(1, leaseMillis / SWEEPS_IN_A_LEASE);
        later(sweepMillis, () -> sweep().map(sweepMillis));
        later(1, () -> count().map(COUNT_MILLIS));
        later(PURGE_MILLIS / 10, () -> purge().map(PURGE_MILLIS));
    }

    /** Ends all leases but those of {@code worker}. For when nobody else can be at work. */
    Future<Void> endLeases(String worker) {
        return queue.records().list(LEASED, LISTED_AT_ONCE).compose(leased -> {
            Map<String, Long> tokens = leased.stream()
                    .filter(job -> !worker.equals(job.worker()))
                    .collect(Collectors.toMap(JobRecord::id, JobRecord::leaseToken));
            if (tokens.isEmpty()) {
                return Future.succeededFuture();
            }
            long now = clock.nowMillis();
            return queue.records()
                    .beat(tokens, now, now)
                    .compose(beats -> expire(now))
                    .compose(ended -> ended < LISTED_AT_ONCE ? Future.succeededFuture() : endLeases(worker));
        });
    }

    void stop() {
        stopped = true;
    }

    /** One turn at a time, with a pause between, spread so that instances don't move in step. */
    private void later(long millis, Supplier<Future<Long>> turn) {
        clock.after(Math.round(millis * random.nextDouble(0.8, 1.2)), () -> {
            if (!stopped) {
                clock.answer(ANSWER_MILLIS, "upkeep of jobs", turn).onComplete(done -> {
                    if (done.failed()) {
                        LOG.atWarn()
                                .addKeyValue("error", done.cause().getMessage())
                                .log("upkeep of jobs failed; it is tried again");
                    }
                    later(done.succeeded() ? done.result() : Math.max(1_000, millis), turn);
                });
            }
        });
    }

    private Future<Void> sweep() {
        if (clockJumped()) {
            return Future.succeededFuture();
        }
        return expire(clock.nowMillis()).mapEmpty();
    }

    /** @return how many leases ended */
    private Future<Integer> expire(long now) {
        return queue.records()
                .expire(now, Workers.MOST_LOST_LEASES, EXPIRED_AT_ONCE)
                .map(jobs -> {
                    clock.execute(() -> expired(jobs));
                    return jobs.size();
                });
    }

    /**
     * When the wall clock moves against the steady one, all leases seem to have ended. Holders get one more lease to
     * prolong them by the new time.
     */
    private boolean clockJumped() {
        long wall = clock.nowMillis();
        long nanos = clock.nanos();
        long movedMillis = wall - wallMillis - TimeUnit.NANOSECONDS.toMillis(nanos - steadyNanos);
        wallMillis = wall;
        steadyNanos = nanos;
        if (Math.abs(movedMillis) > leaseMillis / 3) {
            LOG.atWarn()
                    .addKeyValue("moved_ms", movedMillis)
                    .log("the clock was moved; no lease is taken away for the length of one");
            waitUntilNanos = nanos + TimeUnit.MILLISECONDS.toNanos(leaseMillis);
        }
        return nanos - waitUntilNanos < 0;
    }

    private void expired(List<JobRecord> jobs) {
        for (JobRecord job : jobs) {
            meters.of(job.job().kind()).lostLeases.increment();
            LOG.atWarn()
                    .addKeyValue("job", job.id())
                    .addKeyValue("worker", job.worker())
                    .addKeyValue("lost_leases", job.lostLeases())
                    .log("a worker was silent for too long and lost its job");
            news.changed(job);
            queue.released(job);
            if (job.state() == JobState.FAILED) {
                meters.of(job.job().kind()).failed.increment();
            }
        }
        queue.dueAgain(
                jobs.stream().filter(job -> job.state() == JobState.PENDING).toList());
    }

    private Future<Void> count() {
        long now = clock.nowMillis();
        return queue.counts()
                .onSuccess(meters::counts)
                .compose(counted -> queue.records().untold(now, Long.MAX_VALUE, 1))
                .onSuccess(oldest -> meters.oldestWaiting(
                        oldest.isEmpty() ? 0 : now - oldest.get(0).runAtMillis()))
                .mapEmpty();
    }

    private Future<Void> purge() {
        return queue.purge(clock.nowMillis() - retentionMillis, PURGED_AT_ONCE)
                .compose(gone -> gone == 0 || stopped ? Future.succeededFuture() : purge());
    }
}
