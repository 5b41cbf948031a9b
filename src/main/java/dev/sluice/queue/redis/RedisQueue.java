package dev.sluice.queue.redis;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.BackOff;
import dev.sluice.queue.Clockwork;
import dev.sluice.queue.JobQueue;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redis tells workers of jobs; where it does not, the database is asked. A job is a row before Redis hears of it, and a
 * worker that hears of a job leases the row: so an id that is lost, repeated or late costs time and nothing else. While
 * Redis answers, the database is asked as well, every {@value #POLLS_IN_A_LOOK}th poll: that finds jobs bound to this
 * instance, those whose partition was busy, and those that waited so long that they are to overtake others.
 */
public final class RedisQueue implements JobQueue {
    static final int POLLS_IN_A_LOOK = 5;
    /** Ids in one lane: enough to keep workers busy, few enough for any Redis. The others are still rows. */
    static final int ROOM = 10_000;
    /** How long an id may be in Redis before its job is told of again. */
    static final long TOLD_AGAIN_MILLIS = 300_000;

    private static final int TOLD_AT_ONCE = 500;
    private static final int MOST_TO_TELL = 10_000;
    private static final int MOST_ROUNDS = 20;
    private static final long TIDY_MILLIS = 30_000;
    private static final long ABANDONED_MILLIS = 60_000;
    private static final long LONGEST_STEP_MILLIS = 60_000;
    private static final BackOff RECONNECT = new BackOff(500, 15_000);
    private static final long SHORTEST_PAUSE_MILLIS = 100;
    private static final Logger LOG = LoggerFactory.getLogger(RedisQueue.class);

    private final JobQueue rows;
    private final JobRecords records;
    private final Transport transport;
    private final String node;
    private final Clockwork clock;
    private final RandomGenerator random;
    private final long pollMillis;
    private final Counter duplicates;
    private final Counter published;
    private final Circuit circuit = new Circuit();
    private final Map<JobKind, Long> lookedNanos = new EnumMap<>(JobKind.class);
    private final Set<JobKind> lookNow = EnumSet.noneOf(JobKind.class);
    /** Jobs submitted here that Redis is to be told of at once; the others are found by the next sweep. */
    private final List<JobRecord> toTell = new ArrayList<>();
    private final List<Clockwork.Cancel> timers = new ArrayList<>();

    private @Nullable Ear ear;
    private volatile boolean connected;
    private boolean stopped;
    private boolean telling;
    private boolean sweeping;
    private boolean preparing;
    private int attempts;
    private int reads;
    private int session;

    /**
     * @param rows the jobs themselves
     * @param random confined to this queue
     */
    RedisQueue(
            JobQueue rows,
            Transport transport,
            QueueConfig config,
            String node,
            Clockwork clock,
            RandomGenerator random,
            MeterRegistry meters) {
        this.rows = rows;
        this.records = rows.records();
        this.transport = transport;
        this.node = node;
        this.clock = clock;
        this.random = random;
        this.pollMillis = config.poll().toMillis();
        this.duplicates = Counter.builder("sluice.queue.redis.duplicates")
                .description("Ids from Redis whose job was not to be had, mostly because somebody had it already")
                .register(meters);
        this.published = Counter.builder("sluice.queue.redis.published")
                .description("Ids put into Redis")
                .register(meters);
        Gauge.builder("sluice.queue.redis.up", this, queue -> queue.connected ? 1 : 0)
                .description("Whether Redis tells of jobs; while it does not, the database is asked")
                .register(meters);
    }

    /** Whether Redis tells of jobs at the moment. */
    public boolean connected() {
        return connected;
    }

    @Override
    public Future<Void> start(Ear ear) {
        return rows.start(new Ear() {
                    @Override
                    public void due(JobKind kind) {
                        // Whoever changes a job here tells of it here, too.
                    }

                    @Override
                    public void cancelRequested(String id) {
                        ear.cancelRequested(id);
                    }
                })
                .onSuccess(started -> clock.execute(() -> {
                    this.ear = ear;
                    connect();
                    every(pollMillis, this::sweep);
                    every(TIDY_MILLIS, this::tidy);
                }));
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

    // Connection

    private void connect() {
        if (stopped) {
            return;
        }
        int mine = ++session;
        Transport.Ears ears = new Transport.Ears(
                kind -> clock.execute(() -> due(kind)), cause -> clock.execute(() -> {
                    if (mine == session) {
                        down(cause);
                    }
                }));
        clock.answer(() -> transport.connect(ears, clock.nowMillis())).onComplete(answer -> {
            if (stopped || mine != session) {
                return;
            }
            if (answer.failed()) {
                down(answer.cause());
                return;
            }
            attempts = 0;
            connected = true;
            circuit.succeeded();
            LOG.atInfo().addKeyValue("streams_made", answer.result()).log("Redis tells of jobs");
            sweep();
        });
    }

    private void down(Throwable cause) {
        if (stopped) {
            return;
        }
        session++;
        if (connected || attempts == 0) {
            LOG.atWarn()
                    .addKeyValue("error", cause.getMessage())
                    .log("Redis does not answer; workers ask the database for jobs until it does");
        }
        connected = false;
        toTell.clear();
        attempts++;
        for (JobKind kind : JobKind.values()) {
            due(kind);
        }
        clock.answer(transport::close)
                .onComplete(closed -> clock.after(
                        SHORTEST_PAUSE_MILLIS + RECONNECT.pauseMillis(Math.min(attempts, 20), random), this::connect));
    }

    private void failed(int ofSession, Throwable cause) {
        if (!connected || ofSession != session) {
            return;
        }
        if (cause instanceof StreamsLostException) {
            prepare();
        } else if (circuit.failed(clock.nanos())) {
            down(cause);
        }
    }

    private void prepare() {
        if (preparing) {
            return;
        }
        preparing = true;
        int mine = session;
        clock.answer(() -> transport.prepare(clock.nowMillis())).onComplete(made -> {
            preparing = false;
            if (made.failed()) {
                failed(mine, made.cause());
            } else if (made.result()) {
                LOG.atWarn().log("Redis was emptied; it is told of all jobs that wait");
                sweep();
            }
        });
    }

    private void due(JobKind kind) {
        if (ear != null && !stopped) {
            ear.due(kind);
        }
    }

    /** Has workers ask the database for jobs of this kind. */
    private void look(JobKind kind) {
        lookNow.add(kind);
        due(kind);
    }

    // Telling

    @Override
    public Future<Submitted> submit(NewJob job) {
        return rows.submit(job).onSuccess(submitted -> {
            if (!submitted.known() && job.delayMillis() == 0) {
                clock.execute(() -> tell(submitted.job()));
            }
        });
    }

    /** Has workers hear of a job that is due: anywhere by Redis, else here. */
    private void tell(JobRecord job) {
        if (!connected || job.job().node() != null) {
            look(job.job().kind());
        } else if (toTell.size() < MOST_TO_TELL) {
            toTell.add(job);
            flush();
        }
    }

    private void flush() {
        if (telling || toTell.isEmpty() || !connected) {
            return;
        }
        telling = true;
        List<JobRecord> first = toTell.subList(0, Math.min(TOLD_AT_ONCE, toTell.size()));
        List<JobRecord> jobs = List.copyOf(first);
        first.clear();
        publish(session, jobs).onComplete(done -> {
            telling = false;
            flush();
        });
    }

    /** Publishes what Redis was not told of. One instance does it for all, so that ids don't come in double. */
    private void sweep() {
        if (!connected || sweeping || stopped) {
            return;
        }
        sweeping = true;
        int mine = session;
        clock.answer(LONGEST_STEP_MILLIS, "telling Redis of jobs", () -> sweepOnce(mine))
                .onComplete(told -> {
                    sweeping = false;
                    if (told.succeeded() && told.result()) {
                        sweep();
                    }
                });
    }

    /** @return whether there is more to tell */
    private Future<Boolean> sweepOnce(int mine) {
        return command(mine, transport.lead(node, 3 * pollMillis)).compose(emptySince -> {
            if (emptySince == Transport.ANOTHER_LEADS) {
                return Future.succeededFuture(false);
            }
            long now = clock.nowMillis();
            long toldBefore = Math.max(emptySince, now - TOLD_AGAIN_MILLIS);
            // Whoever submits a job tells of it; a poll later it is taken for forgotten.
            return clock.answer(() -> records.untold(now - pollMillis, toldBefore, TOLD_AT_ONCE))
                    .compose(jobs -> publish(mine, jobs)
                            .map(told -> jobs.size() == TOLD_AT_ONCE && told == TOLD_AT_ONCE));
        });
    }

    /** @return how many of them Redis has now, or need not have */
    private Future<Integer> publish(int mine, List<JobRecord> jobs) {
        Map<JobKind, Map<Lane, List<String>>> shared = new EnumMap<>(JobKind.class);
        Set<String> told = new LinkedHashSet<>();
        for (JobRecord job : jobs) {
            if (job.job().node() == null) {
                shared.computeIfAbsent(job.job().kind(), kind -> new EnumMap<>(Lane.class))
                        .computeIfAbsent(Lane.of(job.job().priority()), lane -> new ArrayList<>())
                        .add(job.id());
            } else {
                // Only one instance may have it, and that one asks the database.
                told.add(job.id());
            }
        }
        List<Future<Void>> lanes = new ArrayList<>();
        shared.forEach((kind, byLane) -> byLane.forEach((lane, ids) -> lanes.add(command(
                        mine, transport.publish(kind, lane, ids, ROOM))
                .onSuccess(count -> {
                    told.addAll(ids.subList(0, count));
                    published.increment(count);
                })
                .mapEmpty())));
        return Future.join(lanes)
                .transform(ended -> told.isEmpty()
                        ? Future.succeededFuture(0)
                        : clock.answer(() -> records.told(told, clock.nowMillis()))
                                .map(told.size()));
    }

    private <T> Future<T> command(int mine, Future<T> answer) {
        return clock.answer(() -> answer).onSuccess(done -> circuit.succeeded()).onFailure(cause -> failed(mine, cause));
    }

    private void tidy() {
        if (!connected || stopped) {
            return;
        }
        int mine = session;
        for (JobKind kind : JobKind.values()) {
            for (Lane lane : Lane.values()) {
                command(mine, transport.tidy(kind, lane, ABANDONED_MILLIS)).onSuccess(count -> {
                    if (count > 0) {
                        LOG.atDebug()
                                .addKeyValue("kind", kind.text())
                                .addKeyValue("entries", count)
                                .log("ids were taken out of Redis by somebody who vanished");
                        look(kind);
                    }
                });
            }
        }
    }

    // Taking

    @Override
    public Future<List<JobRecord>> take(JobKind kind, int limit, JobRecords.Claim claim) {
        return clock.answer(Future::<Void>succeededFuture).compose(here -> {
            long now = clock.nanos();
            Long before = lookedNanos.get(kind);
            boolean look = lookNow.remove(kind)
                    || !connected
                    || before == null
                    || now - before >= TimeUnit.MILLISECONDS.toNanos(POLLS_IN_A_LOOK * pollMillis);
            if (!look) {
                return told(kind, limit, claim, new ArrayList<>(), 0);
            }
            return clock.answer(() -> rows.take(kind, limit, claim)).compose(taken -> {
                lookedNanos.put(kind, clock.nanos());
                return told(kind, limit, claim, new ArrayList<>(taken), 0);
            });
        });
    }

    private Future<List<JobRecord>> told(
            JobKind kind, int limit, JobRecords.Claim claim, List<JobRecord> taken, int round) {
        if (!connected || taken.size() >= limit || round == MOST_ROUNDS) {
            return Future.succeededFuture(taken);
        }
        int wanted = limit - taken.size();
        return command(session, transport.read(kind, Lane.turn(reads++), wanted))
                .transform(read -> {
                    if (read.failed() || read.result().isEmpty()) {
                        return Future.succeededFuture(taken);
                    }
                    return lease(kind, read.result(), claim, taken)
                            .compose(leased -> read.result().size() < wanted
                                    ? Future.succeededFuture(taken)
                                    : told(kind, limit, claim, taken, round + 1));
                });
    }

    private Future<Void> lease(
            JobKind kind, List<Transport.Delivery> deliveries, JobRecords.Claim claim, List<JobRecord> taken) {
        Map<Lane, List<String>> done = new EnumMap<>(Lane.class);
        List<Future<Void>> leases = new ArrayList<>();
        for (Transport.Delivery delivery : deliveries) {
            String id = delivery.id();
            if (id == null) {
                done.computeIfAbsent(delivery.lane(), lane -> new ArrayList<>()).add(delivery.entry());
                continue;
            }
            leases.add(clock.answer(() -> records.take(id, claim))
                    .onSuccess(job -> {
                        done.computeIfAbsent(delivery.lane(), lane -> new ArrayList<>())
                                .add(delivery.entry());
                        job.ifPresentOrElse(taken::add, duplicates::increment);
                    })
                    .mapEmpty());
        }
        int mine = session;
        return Future.join(leases).transform(leased -> {
            // What could not be leased because the database failed stays where it is and is tidied up later: its row is
            // found by the next look.
            done.forEach((lane, entries) -> {
                if (connected) {
                    command(mine, transport.done(kind, lane, entries));
                }
            });
            return leased.failed() && taken.isEmpty() ? Future.failedFuture(leased.cause()) : Future.succeededFuture();
        });
    }

    // Jobs

    @Override
    public void dueAgain(Collection<JobRecord> jobs) {
        clock.execute(() -> jobs.forEach(this::tell));
    }

    @Override
    public void released(JobRecord job) {
        if (job.job().partition() != null) {
            clock.execute(() -> look(job.job().kind()));
        }
    }

    @Override
    public Future<Optional<JobRecord>> get(String id) {
        return rows.get(id);
    }

    @Override
    public Future<List<JobRecord>> list(JobFilter filter, int limit) {
        return rows.list(filter, limit);
    }

    @Override
    public Future<Map<JobKind, Map<JobState, Long>>> counts() {
        return rows.counts();
    }

    @Override
    public Future<Optional<JobRecord>> cancel(String id) {
        return rows.cancel(id);
    }

    @Override
    public Future<Optional<JobRecord>> retry(String id) {
        return rows.retry(id).onSuccess(found -> found.filter(job -> job.state() == JobState.PENDING)
                .ifPresent(job -> clock.execute(() -> tell(job))));
    }

    @Override
    public Future<Integer> retryFailed(@Nullable JobKind kind) {
        return rows.retryFailed(kind).onSuccess(retried -> clock.execute(() -> {
            for (JobKind each : kind == null ? List.of(JobKind.values()) : List.of(kind)) {
                look(each);
            }
        }));
    }

    @Override
    public Future<Optional<JobRecord>> drop(String id) {
        return rows.drop(id);
    }

    @Override
    public JobRecords records() {
        return records;
    }

    @Override
    public Future<Integer> purge(long finishedBeforeMillis, int limit) {
        return rows.purge(finishedBeforeMillis, limit);
    }

    @Override
    public Future<Void> stop() {
        return clock.answer(() -> {
            stopped = true;
            connected = false;
            timers.forEach(Clockwork.Cancel::cancel);
            return Future.join(transport.close(), rows.stop()).mapEmpty();
        });
    }
}
