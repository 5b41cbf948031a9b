package dev.sluice.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cadence.SteadyClock;
import dev.sluice.port.Schedules.Outcome;
import dev.sluice.port.Schedules.Policy;
import dev.sluice.port.Schedules.Run;
import dev.sluice.port.Schedules.State;
import dev.sluice.port.Schedules.Trigger;
import dev.sluice.port.Timetable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchedulesVerticleTest {
    private static final Duration OFTEN = Duration.ofMillis(10);
    private static final Duration SELDOM = Duration.ofHours(1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicLong leapNanos = new AtomicLong();
    private final BlockingQueue<Timetable.Start> starts = new LinkedBlockingQueue<>();
    private Vertx vertx;
    private Schedules schedules;

    @BeforeEach
    void openVertx() {
        vertx = Vertx.vertx();
        SteadyClock clock =
                new SteadyClock(InstantSource.system(), System::nanoTime, Duration.ZERO, Duration.ofMinutes(1));
        schedules = new Schedules(vertx, clock, () -> System.nanoTime() + leapNanos.get(), meters);
    }

    @AfterEach
    void closeVertx() {
        done(vertx.close());
    }

    @Test
    void aScheduleTellsWhatItDoesAndHowThatGoes() throws InterruptedException {
        enter(plan(SELDOM, "b").queueing(3), start -> Future.succeededFuture(Duration.ZERO));
        enter(plan(SELDOM, "a").after(SELDOM).skipping().shownAs(() -> false), start -> Future.failedFuture("never"));
        start();

        assertThat(schedules.all()).extracting(State::name).containsExactly("a", "b");
        State idle = state("a");
        assertThat(idle.runs()).isZero();
        assertThat(idle.enabled()).isFalse();
        assertThat(idle.policy()).isEqualTo(Policy.SKIP);
        assertThat(idle.last()).isNull();
        assertThat(idle.nextAtMillis() - System.currentTimeMillis()).isBetween(3_500_000L, 3_600_000L);
        State ran = ended("b");
        assertThat(ran.policy()).isEqualTo(Policy.QUEUE);
        assertThat(ran.runs()).isEqualTo(1);
        assertThat(last(ran).id()).isEqualTo("b-1");
        assertThat(last(ran).outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(ran.trouble()).isNull();
        assertThat(schedules.get("c")).isEmpty();
        assertThat(ticks("b", "run")).isEqualTo(1);
    }

    @Test
    void aNameIsTakenOnceAndFreeAgainWhenItIsLeft() {
        Timetable.Entry first = enter(plan(SELDOM, "a"), start -> Future.succeededFuture(Duration.ZERO));
        assertThatThrownBy(() -> schedules.enter(plan(SELDOM, "a"), start -> Future.succeededFuture(Duration.ZERO)))
                .hasMessage("schedule: a (expected: a name that is not taken)");

        done(first.leave());

        assertThat(schedules.all()).isEmpty();
        enter(plan(SELDOM, "a"), start -> Future.succeededFuture(Duration.ZERO));
    }

    @Test
    void aRunThatThrowsEndsNoSchedule() throws InterruptedException {
        enter(plan(OFTEN, "a"), start -> {
            throw new IllegalStateException("made to throw");
        });

        start();
        start();
        start();

        until(() -> state("a").failures() >= 2);
        State state = state("a");
        assertThat(state.failures()).isGreaterThanOrEqualTo(2);
        assertThat(last(state).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(last(state).detail()).isEqualTo("IllegalStateException: made to throw");
    }

    @Test
    void oneThatReturnsNothingEndsNoScheduleEither() throws InterruptedException {
        enter(plan(OFTEN, "a"), start -> null);

        start();
        start();

        until(() -> state("a").failures() >= 1);
        assertThat(last(state("a")).outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void aRunThatNeverEndsIsReportedThenGivenUpAndTheScheduleGoesOn() throws InterruptedException {
        Promise<Duration> never = Promise.promise();
        AtomicInteger runs = new AtomicInteger();
        enter(
                plan(OFTEN, "a"),
                start -> runs.incrementAndGet() == 1 ? never.future() : Future.succeededFuture(Duration.ZERO));
        start();

        leap(Duration.ofMillis(60_010));
        schedules.watch();
        assertThat(state("a").trouble()).startsWith("run a-1 has been under way for 60 s (expected: at most 60 s)");
        assertThat(current(state("a")).outcome()).isEqualTo(Outcome.RUNNING);
        assertThat(meters.counter("sluice.schedule.alarms", "schedule", "a", "kind", "hung")
                        .count())
                .isEqualTo(1);

        leap(Duration.ofSeconds(1));
        schedules.watch();
        start();
        start();
        schedules.watch();
        assertThat(state("a").failures()).isEqualTo(1);
        assertThat(state("a").trouble()).isNull();
        never.complete(Duration.ZERO);
        start();
        start();
        assertThat(meters.timer("sluice.schedule.run", "schedule", "a", "outcome", "hung")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aScheduleWhoseTimerIsLostIsReportedAndBroughtBack() throws InterruptedException {
        enter(plan(SELDOM, "a"), start -> Future.succeededFuture(Duration.ZERO));
        start();
        ended("a");

        leap(Duration.ofHours(3));
        schedules.watch();
        assertThat(state("a").trouble())
                .as("three periods and a run are not over")
                .isNull();
        leap(Duration.ofMinutes(2));
        schedules.watch();

        assertThat(start().coalesced()).as("it stands for those it missed").isEqualTo(2);
        assertThat(meters.counter("sluice.schedule.alarms", "schedule", "a", "kind", "late")
                        .count())
                .isEqualTo(1);
        ended("a");
        schedules.watch();
        assertThat(state("a").trouble()).isNull();
        assertThat(ticks("a", "missed")).isEqualTo(2);
    }

    @Test
    void aRunMayBeAskedForAndNeverStandsBesideAnother() throws InterruptedException {
        BlockingQueue<Promise<Duration>> under = new LinkedBlockingQueue<>();
        enter(plan(SELDOM, "a").after(SELDOM), start -> {
            Promise<Duration> run = Promise.promise();
            under.add(run);
            return run.future();
        });

        assertThat(schedules.run("b")).isEqualTo(new Trigger.Unknown());
        assertThat(schedules.run("a")).isEqualTo(new Trigger.Started("a-1"));
        assertThat(schedules.run("a")).isEqualTo(new Trigger.AlreadyRunning("a-1"));
        start();
        assertThat(current(state("a")).triggered()).isTrue();

        Objects.requireNonNull(under.poll(10, TimeUnit.SECONDS)).complete(Duration.ZERO);
        ended("a");
        assertThat(schedules.run("a")).isEqualTo(new Trigger.Started("a-2"));
        start();
        assertThat(state("a").triggered()).isEqualTo(2);
        assertThat(state("a").runs()).isZero();
        Objects.requireNonNull(under.poll(10, TimeUnit.SECONDS)).complete(Duration.ZERO);
    }

    @Test
    void workThatAsksForARestIsLeftAlone() throws InterruptedException {
        enter(plan(OFTEN, "a"), start -> Future.succeededFuture(Duration.ofHours(2)));
        start();
        ended("a");

        leap(Duration.ofMinutes(90));
        schedules.watch();
        until(() -> ticks("a", "skipped") >= 2);

        assertThat(state("a").trouble()).as("it rests as it was asked to").isNull();
        assertThat(state("a").runs()).isEqualTo(1);
        assertThat(state("a").lastSkipReason()).isEqualTo("the work asked for a rest");
        leap(Duration.ofMinutes(31));
        start();
    }

    @Test
    void leavingWaitsForTheRunUnderWay() throws InterruptedException {
        Promise<Duration> run = Promise.promise();
        Timetable.Entry entry = enter(plan(OFTEN, "a"), start -> run.future());
        start();

        Future<Void> left = entry.leave();
        assertThat(left.isComplete()).isFalse();
        run.complete(Duration.ZERO);
        done(left);

        assertThat(schedules.all()).isEmpty();
        assertThat(starts).isEmpty();
    }

    @Test
    void aRunThatHangsKeepsNobodyFromLeavingForEver() throws InterruptedException {
        Timetable.Entry entry =
                enter(plan(OFTEN, "a"), start -> Promise.<Duration>promise().future());
        start();
        Future<Void> left = entry.leave();

        leap(Duration.ofMinutes(2));
        schedules.watch();

        done(left);
    }

    private static Timetable.Plan plan(Duration period, String name) {
        return Timetable.Plan.every(period, name, "is tried");
    }

    private Timetable.Entry enter(Timetable.Plan plan, Function<Timetable.Start, Future<Duration>> work) {
        return schedules.enter(plan, start -> {
            starts.add(start);
            return work.apply(start);
        });
    }

    private void leap(Duration by) {
        leapNanos.addAndGet(by.toNanos());
    }

    private static Run last(State state) {
        return Objects.requireNonNull(state.last(), "no run has ended");
    }

    private static Run current(State state) {
        return Objects.requireNonNull(state.current(), "no run is under way");
    }

    private State state(String name) {
        return schedules.get(name).orElseThrow();
    }

    private double ticks(String schedule, String result) {
        return meters.counter("sluice.schedule.ticks", "schedule", schedule, "result", result)
                .count();
    }

    private Timetable.Start start() throws InterruptedException {
        return Objects.requireNonNull(starts.poll(10, TimeUnit.SECONDS), "no run began");
    }

    /** Once no run is under way. */
    private State ended(String name) {
        until(() -> state(name).current() == null && state(name).last() != null);
        return state(name);
    }

    private void until(BooleanSupplier expected) {
        Promise<Void> holds = Promise.promise();
        long timer = vertx.setPeriodic(2, id -> {
            if (expected.getAsBoolean()) {
                holds.tryComplete();
            }
        });
        done(holds.future());
        vertx.cancelTimer(timer);
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not done within 10 s", e);
        }
    }
}
