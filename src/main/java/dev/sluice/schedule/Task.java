package dev.sluice.schedule;

import dev.sluice.cadence.Metronome;
import dev.sluice.port.Schedules;
import dev.sluice.port.Schedules.Outcome;
import dev.sluice.port.Timetable;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One schedule: drives a {@link Metronome} by one-shot timers, each set for the next instant of the grid, so that being
 * late once makes no later tick late and nothing is replayed. Nothing that a run does ends it: one that throws has failed,
 * and one that does not end is given up by {@link #watch}.
 *
 * <p>Thread-safe: its state is behind its lock, and runs begin on the context it was entered on.
 */
final class Task implements Timetable.Entry {
    private static final Logger LOG = LoggerFactory.getLogger(Task.class);
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int PATIENCE_PERIODS = 3;

    private final Vertx vertx;
    private final Context context;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final Timetable.Plan plan;
    private final Function<Timetable.Start, Future<Duration>> work;
    private final Runnable forget;
    private final TaskMeters meters;
    private final Metronome metronome;
    private final long longestNanos;
    private final long patienceNanos;
    private final Promise<Void> ended = Promise.promise();
    private @Nullable Long timer;
    private @Nullable Turn current;
    private Schedules.@Nullable Run last;
    private int number;
    private long triggered;
    private long failures;
    private long lagNanos;
    /** When it last showed that it lives: a start, the end of a run, the end of a rest. */
    private long aliveNanos;

    private @Nullable String trouble;
    private boolean rescuing;
    private boolean stopped;

    /** @param forget told once, when it has been left and its last run has ended */
    Task(
            Vertx vertx,
            Context context,
            InstantSource clock,
            LongSupplier nanoClock,
            MeterRegistry registry,
            Timetable.Plan plan,
            Function<Timetable.Start, Future<Duration>> work,
            Runnable forget) {
        this.vertx = vertx;
        this.context = context;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.plan = plan;
        this.work = work;
        this.forget = forget;
        this.meters = new TaskMeters(registry, plan.name());
        long period = plan.period().toNanos();
        Duration first = plan.first();
        long anchor =
                nanoClock.getAsLong() + (first == null ? Metronome.offsetNanos(plan.name(), period) : first.toNanos());
        int waiting = switch (plan.policy()) {
            case COALESCE -> 1;
            case SKIP -> 0;
            case QUEUE -> plan.mostWaiting();
        };
        Duration age = plan.ageLimit();
        this.metronome = new Metronome(anchor, period, waiting, age == null ? Metronome.ANY_AGE : age.toNanos());
        this.longestNanos = plan.longest().toNanos();
        this.patienceNanos = PATIENCE_PERIODS * period + longestNanos;
        this.aliveNanos = anchor;
    }

    /** Sets the timer of the next instant. On its context. */
    synchronized void arm() {
        if (stopped) {
            return;
        }
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
        long delay = metronome.nextTickNanos() - nanoClock.getAsLong();
        timer = vertx.setTimer(Math.max(1, (delay + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI), id -> fire());
    }

    private void fire() {
        Turn turn = null;
        synchronized (this) {
            rescuing = false;
            if (stopped) {
                return;
            }
            long now = nanoClock.getAsLong();
            Metronome.Run run = metronome.tick(now);
            meters.counted(metronome);
            if (run != null) {
                turn = begun(run, false, now);
            }
            arm();
        }
        if (turn != null) {
            work(turn);
        }
    }

    /** A run off the grid, unless one is under way. */
    synchronized Schedules.Trigger trigger() {
        if (stopped) {
            return new Schedules.Trigger.Unknown();
        }
        Turn under = current;
        if (under != null) {
            return new Schedules.Trigger.AlreadyRunning(under.id);
        }
        long now = nanoClock.getAsLong();
        Metronome.Run run = metronome.trigger(now);
        if (run == null) {
            throw new IllegalStateException(plan.name() + ": the metronome runs and nothing is under way");
        }
        triggered++;
        Turn turn = begun(run, true, now);
        context.runOnContext(v -> work(turn));
        return new Schedules.Trigger.Started(turn.id);
    }

    private Turn begun(Metronome.Run run, boolean asked, long now) {
        number++;
        lagNanos = Math.max(0, now - run.scheduledForNanos());
        meters.lag(lagNanos);
        aliveNanos = now;
        long startedMillis = clock.millis();
        Turn turn = new Turn(
                plan.name() + '-' + number,
                asked,
                run.coalesced(),
                now,
                startedMillis - TimeUnit.NANOSECONDS.toMillis(lagNanos),
                startedMillis);
        current = turn;
        return turn;
    }

    /** On its context. */
    private void work(Turn turn) {
        Future<Duration> result;
        try {
            result = Objects.requireNonNull(
                    work.apply(new Timetable.Start(turn.scheduledForMillis, turn.coalesced)), "no future");
        } catch (RuntimeException | Error e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> ended(turn, done));
    }

    private void ended(Turn turn, AsyncResult<Duration> done) {
        Throwable failure = done.cause();
        if (failure != null) {
            LOG.atError()
                    .addKeyValue("schedule", plan.name())
                    .addKeyValue("run", turn.id)
                    .setCause(failure)
                    .log("a run failed unexpectedly; the schedule goes on");
        }
        Turn next;
        synchronized (this) {
            if (current != turn) {
                LOG.atInfo()
                        .addKeyValue("schedule", plan.name())
                        .addKeyValue("run", turn.id)
                        .log("a run that was given up has ended after all");
                return;
            }
            Duration rest = done.result();
            if (rest != null && !rest.isZero()) {
                metronome.rest(nanoClock.getAsLong() + rest.toNanos());
            }
            next = over(turn, failure == null ? Outcome.SUCCEEDED : Outcome.FAILED, text(failure));
        }
        goOn(next);
    }

    private static @Nullable String text(@Nullable Throwable failure) {
        return failure == null
                ? null
                : failure.getClass().getSimpleName()
                        + (failure.getMessage() == null ? "" : ": " + failure.getMessage());
    }

    /** @return the run that waited */
    private @Nullable Turn over(Turn turn, Outcome outcome, @Nullable String detail) {
        long now = nanoClock.getAsLong();
        last = turn.run(now, outcome, detail);
        meters.ended(outcome, now - turn.startedNanos);
        failures += outcome == Outcome.SUCCEEDED ? 0 : 1;
        current = null;
        long restsUntil = metronome.restsUntilNanos(now);
        aliveNanos = restsUntil - now > 0 ? restsUntil : now;
        if (stopped) {
            left();
            return null;
        }
        Metronome.Run run = metronome.ended(now);
        meters.counted(metronome);
        return run == null ? null : begun(run, false, now);
    }

    private void goOn(@Nullable Turn next) {
        if (next != null) {
            context.runOnContext(v -> work(next));
        }
    }

    /** Looks whether it still runs, and brings it back where it does not. To be called about once a second, on any thread. */
    void watch() {
        Turn next = null;
        synchronized (this) {
            Turn turn = current;
            if (stopped && turn == null) {
                return;
            }
            long now = nanoClock.getAsLong();
            report(turn == null ? standing(now) : hanging(turn, now), turn != null);
            if (turn != null && now - turn.startedNanos > (stopped ? longestNanos : patienceNanos)) {
                LOG.atWarn()
                        .addKeyValue("schedule", plan.name())
                        .addKeyValue("run", turn.id)
                        .log("a run that hangs is given up; the schedule goes on");
                next = over(turn, Outcome.HUNG, trouble);
            } else if (turn == null && trouble != null && !rescuing) {
                // Its timer may have been lost; another one does no harm.
                rescuing = true;
                context.runOnContext(v -> fire());
            }
        }
        goOn(next);
    }

    private void report(@Nullable String found, boolean hangs) {
        if (found != null && trouble == null) {
            meters.alarm(hangs);
            LOG.atWarn().addKeyValue("schedule", plan.name()).log(found);
        } else if (found == null && trouble != null) {
            LOG.atInfo().addKeyValue("schedule", plan.name()).log("the schedule runs again");
        }
        trouble = found;
    }

    private @Nullable String hanging(Turn turn, long now) {
        long runningNanos = now - turn.startedNanos;
        return runningNanos > longestNanos
                ? "run " + turn.id + " has been under way for " + TimeUnit.NANOSECONDS.toSeconds(runningNanos)
                        + " s (expected: at most " + plan.longest().toSeconds() + " s)"
                : null;
    }

    private @Nullable String standing(long now) {
        return now - aliveNanos > patienceNanos
                ? "it has not run for " + TimeUnit.NANOSECONDS.toSeconds(now - aliveNanos) + " s (expected: every "
                        + plan.period().toMillis() + " ms)"
                : null;
    }

    /** As it is now. */
    synchronized Schedules.State state() {
        long now = nanoClock.getAsLong();
        long wall = clock.millis();
        Turn turn = current;
        Metronome.SkipReason skip = metronome.lastSkip();
        return new Schedules.State(
                plan.name(),
                plan.about(),
                plan.period(),
                plan.policy(),
                plan.enabled().getAsBoolean(),
                wall + TimeUnit.NANOSECONDS.toMillis(metronome.nextTickNanos() - now),
                turn == null ? null : turn.run(now, Outcome.RUNNING, null),
                last,
                metronome.runs(),
                triggered,
                failures,
                metronome.waiting(),
                metronome.coalesced(),
                metronome.skipped(),
                skip == null ? null : skip.text(),
                metronome.missed(),
                (double) lagNanos / NANOS_PER_MILLI,
                trouble);
    }

    String name() {
        return plan.name();
    }

    @Override
    public Future<Void> leave() {
        synchronized (this) {
            if (!stopped) {
                stopped = true;
                if (timer != null) {
                    vertx.cancelTimer(timer);
                }
                if (current == null) {
                    left();
                }
            }
        }
        return ended.future();
    }

    private void left() {
        forget.run();
        context.runOnContext(v -> ended.complete());
    }

    /** A run under way. */
    private record Turn(
            String id,
            boolean triggered,
            long coalesced,
            long startedNanos,
            long scheduledForMillis,
            long startedAtMillis) {
        Schedules.Run run(long nowNanos, Outcome outcome, @Nullable String detail) {
            return new Schedules.Run(
                    id,
                    triggered,
                    scheduledForMillis,
                    startedAtMillis,
                    TimeUnit.NANOSECONDS.toMillis(nowNanos - startedNanos),
                    outcome,
                    coalesced,
                    detail);
        }
    }
}
