package dev.sluice.queue;

import dev.sluice.config.QueueConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Reloadable;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs, has them done by their handlers and keeps their leases. Each kind has a pool of its own. Thread-safe; the
 * state is confined to the queue's thread, which handlers can't hold up.
 */
public final class Workers implements Reloadable {
    /** Leases without progress after which a job is taken for stuck: its lease is let go, so that another worker gets it. */
    public static final int STUCK_LEASES = 20;

    /** Characters of a result, of progress and of a cursor. */
    public static final int LONGEST_JSON = 65_536;

    /**
     * Leases that may be lost to vanished workers, without the job's cursor moving between, before a job is given up: it
     * probably is what makes them vanish.
     */
    public static final int MOST_LOST_LEASES = 3;

    private static final int TAKEN_AT_ONCE = 100;
    private static final int BEATS_IN_A_LEASE = 3;
    private static final long WATCH_MILLIS = 1_000;
    private static final long PROGRESS_TOLD_MILLIS = 500;
    private static final long HAND_BACK_MILLIS = 5_000;
    private static final BackOff SETTLING = new BackOff(200, 5_000);
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    private final JobQueue queue;
    private final JobRecords records;
    private final QueueConfig config;
    private final String node;
    private final String worker;
    private final Clockwork clock;
    private final Executor handlerLoop;
    private final RandomGenerator random;
    private final JobNews news;
    private final JobMeters meters;
    private final Upkeep upkeep;
    private final long leaseMillis;
    private volatile BackOff backOff;
    private final Map<String, JobHandler> handlers = new HashMap<>();
    private final Map<JobKind, Pool> pools = new EnumMap<>(JobKind.class);
    private final Map<String, Run> runs = new LinkedHashMap<>();
    private final List<Clockwork.Cancel> timers = new ArrayList<>();

    private boolean stopping;
    private boolean watching;
    private boolean storeFails;
    private @Nullable Promise<Void> drained;

    /** Workers of one kind. */
    private static final class Pool {
        private final JobKind kind;
        private final int size;
        private int busy;
        private boolean asking;
        private boolean askAgain;

        Pool(JobKind kind, int size) {
            this.kind = kind;
            this.size = size;
        }
    }

    /**
     * @param queue not started yet
     * @param node name of this instance, for jobs that need its files, 1..100 characters
     * @param handlers one for each type; kinds without any are not worked on
     * @param handlerLoop runs what it is given on one event loop, in order
     * @param random confined to these workers
     */
    public Workers(
            JobQueue queue,
            QueueConfig config,
            String node,
            Collection<? extends JobHandler> handlers,
            Clockwork clock,
            Executor handlerLoop,
            RandomGenerator random,
            JobNews news,
            MeterRegistry registry) {
        this.queue = queue;
        this.records = queue.records();
        this.config = config;
        this.node = node;
        this.worker = node + '/' + Long.toHexString(random.nextLong() & 0xffff_ffffL);
        this.clock = clock;
        this.handlerLoop = handlerLoop;
        this.random = random;
        this.news = news;
        this.meters = new JobMeters(registry);
        this.leaseMillis = config.lease().toMillis();
        this.backOff = backOff(config);
        this.upkeep = new Upkeep(queue, config, clock, random, news, meters);
        for (JobHandler handler : handlers) {
            if (this.handlers.put(handler.type(), handler) != null) {
                throw new IllegalArgumentException("handlers of type " + handler.type() + ": 2 (expected: 1)");
            }
            pools.computeIfAbsent(handler.kind(), kind -> new Pool(kind, count(kind, config)));
        }
    }

    /** How many workers of a kind a configuration asks for on this machine. */
    public static int count(JobKind kind, QueueConfig config) {
        Runtime machine = Runtime.getRuntime();
        return PoolSizes.of(kind, config, machine.availableProcessors(), machine.maxMemory());
    }

    @Override
    public List<String> liveKeys() {
        return List.of("queue.back-off", "queue.back-off-limit", "queue.retention");
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        QueueConfig changed = next.queue();
        BackOff prepared = backOff(changed);
        return () -> {
            backOff = prepared;
            upkeep.retain(changed.retention());
        };
    }

    private static BackOff backOff(QueueConfig config) {
        return new BackOff(config.backOff().toMillis(), config.backOffLimit().toMillis());
    }

    /** Name under which these workers hold leases. */
    public String worker() {
        return worker;
    }

    /** Begins to take jobs. Call this or {@link #startAlone}, once. */
    public Future<Void> start() {
        return queue.start(ear()).onSuccess(started -> clock.execute(this::begin));
    }

    /**
     * As {@link #start}, where no other process can be at work on these records: whatever is leased was leased by one that
     * ended, and goes on at once.
     */
    public Future<Void> startAlone() {
        return queue.start(ear())
                .compose(started -> upkeep.endLeases(worker)
                        .onFailure(failure -> LOG.atWarn()
                                .addKeyValue("error", failure.getMessage())
                                .log("leases of an earlier process could not be ended; they end by themselves"))
                        .otherwiseEmpty())
                .onSuccess(started -> clock.execute(this::begin));
    }

    private JobQueue.Ear ear() {
        return new JobQueue.Ear() {
            @Override
            public void due(JobKind kind) {
                clock.execute(() -> take(kind));
            }

            @Override
            public void cancelRequested(String id) {
                clock.execute(() -> cancelled(id));
            }
        };
    }

    private void begin() {
        pools.values()
                .forEach(pool -> LOG.atInfo()
                        .addKeyValue("kind", pool.kind.text())
                        .addKeyValue("workers", pool.size)
                        .log("workers are ready"));
        every(config.poll().toMillis(), () -> pools.keySet().forEach(this::take));
        every(Math.max(1, leaseMillis / BEATS_IN_A_LEASE), this::beat);
        every(WATCH_MILLIS, this::watch);
        upkeep.start();
        pools.keySet().forEach(this::take);
    }

    /**
     * Takes no more jobs, asks handlers to stop and hands their jobs back as each of them does, at the latest after
     * {@code graceMillis}; then stops the queue.
     *
     * @return never fails
     */
    public Future<Void> stop(long graceMillis) {
        Promise<Void> done = Promise.promise();
        clock.execute(() -> {
            stopping = true;
            upkeep.stop();
            Promise<Void> empty = Promise.promise();
            drained = empty;
            Clockwork.Cancel deadline = clock.after(graceMillis, empty::tryComplete);
            List.copyOf(runs.values()).forEach(run -> run.stop(Run.Stop.PROCESS_STOPS));
            nothingLeft();
            empty.future().onComplete(ended -> {
                deadline.cancel();
                handBackRest().onComplete(back -> {
                    timers.forEach(Clockwork.Cancel::cancel);
                    queue.stop()
                            .onFailure(failure -> LOG.atWarn()
                                    .addKeyValue("error", failure.getMessage())
                                    .log("the job queue did not stop as it should"))
                            .onComplete(stopped -> done.complete());
                });
            });
        });
        return done.future();
    }

    private Future<Void> handBackRest() {
        Map<String, Long> tokens = new HashMap<>();
        List<JobRecord> jobs = new ArrayList<>();
        for (Run run : List.copyOf(runs.values())) {
            tokens.put(run.job.id(), run.token());
            jobs.add(run.job);
            run.stop(Run.Stop.LEASE_LOST);
            close(run);
        }
        if (tokens.isEmpty()) {
            return Future.succeededFuture();
        }
        LOG.atWarn()
                .addKeyValue("jobs", tokens.size())
                .log("handlers did not stop in time; their jobs are handed back all the same");
        return clock.answer(HAND_BACK_MILLIS, "handing jobs back", () -> records.handBack(tokens, clock.nowMillis()))
                .onSuccess(back -> jobs.forEach(this::handedBack))
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("error", failure.getMessage())
                        .log("jobs could not be handed back; they go on when their leases end"))
                .otherwiseEmpty();
    }

    private void every(long millis, Runnable work) {
        int place = timers.size();
        timers.add(() -> {});
        again(place, millis, work);
    }

    private void again(int place, long millis, Runnable work) {
        timers.set(place, clock.after(millis, () -> {
            again(place, millis, work);
            work.run();
        }));
    }

    // Taking

    private void take(JobKind kind) {
        Pool pool = pools.get(kind);
        if (pool == null || stopping) {
            return;
        }
        if (pool.asking) {
            pool.askAgain = true;
            return;
        }
        int wanted = Math.min(pool.size - pool.busy, TAKEN_AT_ONCE);
        if (wanted <= 0) {
            return;
        }
        pool.asking = true;
        pool.askAgain = false;
        long now = clock.nowMillis();
        clock.answer(() -> queue.take(kind, wanted, new JobRecords.Claim(worker, node, now, now + leaseMillis)))
                .onComplete(taken -> {
                    pool.asking = false;
                    if (taken.failed()) {
                        storeFailed(taken.cause());
                        nothingLeft();
                        return;
                    }
                    storeFails = false;
                    taken.result().forEach(job -> begin(pool, job));
                    if (pool.askAgain || taken.result().size() == wanted) {
                        take(kind);
                    }
                    nothingLeft();
                });
    }

    private void storeFailed(Throwable failure) {
        if (!storeFails) {
            LOG.atWarn()
                    .addKeyValue("error", failure.getMessage())
                    .log("jobs can't be taken; it is tried again and again");
        }
        storeFails = true;
    }

    private void begin(Pool pool, JobRecord job) {
        Run run = new Run(job, clock.nanos(), handlerLoop, this::progress);
        Run before = runs.put(job.id(), run);
        if (before != null) {
            lost(before);
        }
        pool.busy++;
        meters.of(pool.kind).taken.increment();
        news.changed(job);
        if (stopping) {
            run.stop(Run.Stop.PROCESS_STOPS);
            handBack(run);
            return;
        }
        if (job.cancelRequested()) {
            run.stop(Run.Stop.CANCELLED);
        }
        JobHandler handler = handlers.get(job.job().type());
        if (handler == null || handler.kind() != pool.kind) {
            ended(
                    run,
                    Future.failedFuture(
                            new IllegalStateException("type: " + job.job().type() + " of kind " + pool.kind.text()
                                    + " (expected: one this version knows)")));
            return;
        }
        handlerLoop.execute(() -> {
            Future<String> result;
            try {
                result = Objects.requireNonNull(handler.run(run), "a handler's future");
            } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
                result = Future.failedFuture(e);
            }
            result.onComplete(
                    json -> clock.execute(() -> ended(run, Future.succeededFuture(json))),
                    failure -> clock.execute(() -> ended(run, Future.failedFuture(failure))));
        });
    }

    // Leases

    private void beat() {
        long now = clock.nanos();
        Map<String, Long> tokens = new HashMap<>();
        Map<String, Run> asked = new HashMap<>();
        for (Run run : List.copyOf(runs.values())) {
            if (now - run.movedNanos > TimeUnit.MILLISECONDS.toNanos(leaseMillis * STUCK_LEASES)) {
                LOG.atWarn()
                        .addKeyValue("job", run.job.id())
                        .addKeyValue("type", run.job.job().type())
                        .addKeyValue("leases", STUCK_LEASES)
                        .log("a job made no progress for too long; another worker will get it");
                lost(run);
            } else {
                tokens.put(run.job.id(), run.token());
                asked.put(run.job.id(), run);
            }
        }
        if (tokens.isEmpty()) {
            return;
        }
        long nowMillis = clock.nowMillis();
        clock.answer(() -> records.beat(tokens, nowMillis, nowMillis + leaseMillis))
                .onSuccess(beats -> asked.forEach((id, run) -> {
                    JobRecords.Beat beat = beats.get(id);
                    if (run.over) {
                        return;
                    }
                    if (beat == null) {
                        // The end may have been written between the question and the answer: then the writing tells.
                        if (!run.settling) {
                            lost(run);
                        }
                    } else if (beat.cancelRequested()) {
                        run.stop(Run.Stop.CANCELLED);
                    }
                }))
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("jobs", tokens.size())
                        .addKeyValue("error", failure.getMessage())
                        .log("leases could not be prolonged; it is tried again"));
    }

    /** Looks for wishes to cancel that came by way of other instances. */
    private void watch() {
        if (watching || stopping) {
            return;
        }
        List<Future<Void>> looks = new ArrayList<>();
        for (Run run : runs.values()) {
            if (!run.settling && !run.cancelled()) {
                looks.add(clock.answer(() -> records.get(run.job.id()))
                        .onSuccess(found -> {
                            if (found.isPresent()
                                    && found.get().leaseToken() == run.token()
                                    && found.get().cancelRequested()) {
                                run.stop(Run.Stop.CANCELLED);
                            }
                        })
                        .mapEmpty());
            }
        }
        if (!looks.isEmpty()) {
            watching = true;
            // A failure needs no word: heartbeats fail as well then, and say so.
            Future.join(looks).onComplete(looked -> clock.execute(() -> watching = false));
        }
    }

    private void cancelled(String id) {
        Run run = runs.get(id);
        if (run != null && !run.settling) {
            run.stop(Run.Stop.CANCELLED);
        }
    }

    private void lost(Run run) {
        if (!run.over) {
            run.stop(Run.Stop.LEASE_LOST);
            LOG.atWarn()
                    .addKeyValue("job", run.job.id())
                    .addKeyValue("token", run.token())
                    .log("the lease on a job is lost; nothing more is written under it");
            close(run);
        }
    }

    // Progress

    private Future<Void> progress(Run run, String json, @Nullable String cursor) {
        Promise<Void> noted = Promise.promise();
        clock.execute(() -> {
            if (run.lost() || run.over) {
                noted.fail(new LeaseLostException(run.job.id(), run.token()));
                return;
            }
            run.movedNanos = clock.nanos();
            clock.answer(() -> records.progress(run.job.id(), run.token(), json, cursor, clock.nowMillis()))
                    .onComplete(written -> {
                        if (written.failed()) {
                            noted.fail(written.cause());
                        } else if (written.result()) {
                            run.progress = json;
                            tell(run);
                            noted.complete();
                        } else {
                            lost(run);
                            noted.fail(new LeaseLostException(run.job.id(), run.token()));
                        }
                    });
        });
        return noted.future();
    }

    private void tell(Run run) {
        if (run.over || run.tellingLater) {
            return;
        }
        long now = clock.nanos();
        long pauseNanos = TimeUnit.MILLISECONDS.toNanos(PROGRESS_TOLD_MILLIS);
        if (run.toldNanos == null || now - run.toldNanos >= pauseNanos) {
            run.toldNanos = now;
            news.changed(run.job, JobState.PROCESSING, run.job.attempts(), run.progress, null, null, clock.nowMillis());
        } else {
            run.tellingLater = true;
            clock.after(PROGRESS_TOLD_MILLIS, () -> {
                run.tellingLater = false;
                tell(run);
            });
        }
    }

    // Ends

    private void ended(Run run, AsyncResult<String> answer) {
        if (run.over || run.settling) {
            return;
        }
        Throwable failure = answer.succeeded() ? unfit(answer.result()) : answer.cause();
        if (failure == null) {
            String result = answer.result();
            settle(run, JobState.COMPLETED, result, null, () -> end(run, JobState.COMPLETED, result, null));
        } else if (failure instanceof LeaseLostException) {
            lost(run);
        } else if (run.stop() == Run.Stop.CANCELLED) {
            settle(run, JobState.CANCELLED, null, null, () -> end(run, JobState.CANCELLED, null, null));
        } else if (run.stop() == Run.Stop.PROCESS_STOPS) {
            handBack(run);
        } else {
            failed(run, failure);
        }
    }

    private static @Nullable Throwable unfit(@Nullable String result) {
        if (result == null) {
            return new PermanentJobException("result: none (expected: a JSON object)");
        }
        return result.length() <= LONGEST_JSON
                ? null
                : new PermanentJobException(
                        "result: " + result.length() + " characters (expected: at most " + LONGEST_JSON + ")");
    }

    private void failed(Run run, Throwable failure) {
        int attempt = run.job.attempts();
        JobRecord.Failure why = new JobRecord.Failure(clock.nowMillis(), attempt, worker, ErrorChain.of(failure));
        if (failure instanceof PermanentJobException || attempt >= run.job.job().maxAttempts()) {
            settle(run, JobState.FAILED, null, why.error(), () -> end(run, JobState.FAILED, null, why));
            return;
        }
        long pauseMillis = failure instanceof RetryLaterException later
                ? later.delay().toMillis()
                : backOff.pauseMillis(attempt, random);
        long runAtMillis = clock.nowMillis() + pauseMillis;
        settle(
                run,
                JobState.PENDING,
                null,
                why.error(),
                () -> records.again(run.job.id(), run.token(), why, runAtMillis, clock.nowMillis()));
    }

    private Future<Boolean> end(Run run, JobState state, @Nullable String result, JobRecord.@Nullable Failure failure) {
        return records.end(run.job.id(), run.token(), state, result, failure, clock.nowMillis());
    }

    private void handBack(Run run) {
        Map<String, Long> token = Map.of(run.job.id(), run.token());
        settle(
                run,
                null,
                null,
                null,
                () -> records.handBack(token, clock.nowMillis()).map(true));
    }

    /**
     * Writes how a run ended, as often as it takes: the lease is kept meanwhile.
     *
     * @param state what it becomes; null when it is handed back
     */
    private void settle(
            Run run,
            @Nullable JobState state,
            @Nullable String result,
            @Nullable String error,
            Supplier<Future<Boolean>> write) {
        run.settling = true;
        settle(run, state, result, error, write, 1);
    }

    private void settle(
            Run run,
            @Nullable JobState state,
            @Nullable String result,
            @Nullable String error,
            Supplier<Future<Boolean>> write,
            int attempt) {
        clock.answer(write).onComplete(written -> {
            if (run.over) {
                return;
            }
            if (written.failed()) {
                LOG.atWarn()
                        .addKeyValue("job", run.job.id())
                        .addKeyValue("error", written.cause().getMessage())
                        .log("the end of a job could not be written; it is tried again");
                clock.after(1 + SETTLING.pauseMillis(attempt, random), () -> {
                    if (!run.over) {
                        settle(run, state, result, error, write, attempt + 1);
                    }
                });
            } else if (written.result()) {
                settled(run, state, result, error);
            } else if (attempt == 1) {
                lost(run);
            } else {
                perhapsWritten(run, state, result, error);
            }
        });
    }

    /** The answer to an earlier try may have been lost, not the try. */
    private void perhapsWritten(Run run, @Nullable JobState state, @Nullable String result, @Nullable String error) {
        clock.answer(() -> records.get(run.job.id())).onComplete(found -> {
            if (run.over) {
                return;
            }
            boolean ours = found.succeeded()
                    && found.result().isPresent()
                    && found.result().get().leaseToken() == run.token()
                    && found.result().get().state() == state;
            if (ours) {
                settled(run, state, result, error);
            } else {
                lost(run);
            }
        });
    }

    private void settled(Run run, @Nullable JobState state, @Nullable String result, @Nullable String error) {
        JobMeters.OfKind of = meters.of(run.job.job().kind());
        if (state == null) {
            handedBack(run.job);
        } else {
            switch (state) {
                case COMPLETED -> of.completed.increment();
                case FAILED -> of.failed.increment();
                case CANCELLED -> of.cancelled.increment();
                default -> of.retried.increment();
            }
            news.changed(run.job, state, run.job.attempts(), run.progress, result, error, clock.nowMillis());
            queue.released(run.job);
        }
        close(run);
    }

    private void handedBack(JobRecord job) {
        meters.of(job.job().kind()).handedBack.increment();
        news.changed(job, JobState.PENDING, job.attempts() - 1, job.progress(), null, null, clock.nowMillis());
        queue.dueAgain(List.of(job));
        queue.released(job);
    }

    private void close(Run run) {
        run.over = true;
        runs.remove(run.job.id(), run);
        Pool pool = pools.get(run.job.job().kind());
        if (pool != null) {
            pool.busy--;
            meters.of(pool.kind).ended(clock.nanos() - run.startNanos);
            take(pool.kind);
        }
        nothingLeft();
    }

    private void nothingLeft() {
        boolean asking = pools.values().stream().anyMatch(pool -> pool.asking);
        if (drained != null && runs.isEmpty() && !asking) {
            drained.tryComplete();
        }
    }
}
