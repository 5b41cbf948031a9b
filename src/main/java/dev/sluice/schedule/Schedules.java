package dev.sluice.schedule;

import dev.sluice.cadence.SteadyClock;
import dev.sluice.port.Timetable;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything the server does again and again, in one place; and the watchdog that looks every second, from an event loop
 * of its own, whether all of it still runs and whether the wall clock jumped. Thread-safe.
 */
public final class Schedules implements dev.sluice.port.Schedules, Timetable {
    private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);
    private static final long WATCH_MILLIS = 1_000;

    private final Vertx vertx;
    private final SteadyClock clock;
    private final LongSupplier nanoClock;
    private final MeterRegistry meters;
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();
    private volatile long jumpsSeen;
    private @Nullable Long watch;

    /**
     * Empty; watches from {@link #start} on.
     *
     * @param nanoClock monotonic, nanoseconds: the grids are on it
     */
    public Schedules(Vertx vertx, SteadyClock clock, LongSupplier nanoClock, MeterRegistry meters) {
        this.vertx = vertx;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.meters = meters;
    }

    /** Begins to watch. */
    public synchronized void start() {
        if (watch == null) {
            watch = vertx.setPeriodic(WATCH_MILLIS, id -> watch());
        }
    }

    /** Watches no longer. Schedules go on until they are left. */
    public synchronized Future<Void> stop() {
        if (watch != null) {
            vertx.cancelTimer(watch);
            watch = null;
        }
        return Future.succeededFuture();
    }

    @Override
    public Entry enter(Plan plan, Function<Start, Future<Duration>> work) {
        Context context = vertx.getOrCreateContext();
        Task task = new Task(vertx, context, clock, nanoClock, meters, plan, work, () -> tasks.remove(plan.name()));
        if (tasks.putIfAbsent(plan.name(), task) != null) {
            throw new IllegalArgumentException("schedule: " + plan.name() + " (expected: a name that is not taken)");
        }
        context.runOnContext(v -> task.arm());
        return task;
    }

    @Override
    public List<State> all() {
        return tasks.values().stream()
                .sorted(Comparator.comparing(Task::name))
                .map(Task::state)
                .toList();
    }

    @Override
    public Optional<State> get(String name) {
        return Optional.ofNullable(tasks.get(name)).map(Task::state);
    }

    @Override
    public Trigger run(String name) {
        Task task = tasks.get(name);
        return task == null ? new Trigger.Unknown() : task.trigger();
    }

    /** Looks once. */
    void watch() {
        try {
            long jumps = clock.jumps();
            if (jumps != jumpsSeen) {
                jumpsSeen = jumps;
                LOG.atWarn()
                        .addKeyValue("jump_s", clock.lastJumpMillis() / 1_000)
                        .log("the wall clock jumped, or the machine slept; checks go on and catch up bit by bit");
            }
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("the clock could not be watched");
        }
        for (Task task : tasks.values()) {
            try {
                task.watch();
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("schedule", task.name()).setCause(e).log("a schedule could not be watched");
            }
        }
    }
}
