package dev.sluice.schedule;

import dev.sluice.cadence.Metronome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Drives a {@link Metronome} by one-shot timers, each set for the next instant of the grid: being late once makes no
 * later tick late, and nothing is replayed. Confined to its event loop.
 */
final class Ticker {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Vertx vertx;
    private final Metronome metronome;
    private final LongSupplier nanoClock;
    private final Function<Metronome.Run, Future<Void>> work;
    private final Counter ticks;
    private final Counter queued;
    private final Counter coalesced;
    private final Counter missed;
    private final Timer lag;
    private @Nullable Long timer;
    private boolean stopped;

    /** @param work started for every run; the run ends with its future, failed or not */
    Ticker(
            Vertx vertx,
            String schedule,
            Metronome metronome,
            LongSupplier nanoClock,
            MeterRegistry meters,
            Function<Metronome.Run, Future<Void>> work) {
        this.vertx = vertx;
        this.metronome = metronome;
        this.nanoClock = nanoClock;
        this.work = work;
        this.ticks = counter(meters, schedule, "sluice.schedule.ticks", "Runs started");
        this.queued = counter(meters, schedule, "sluice.schedule.queued", "Ticks that waited for the end of a run");
        this.coalesced =
                counter(meters, schedule, "sluice.schedule.coalesced", "Ticks merged into one that waited already");
        this.missed = counter(meters, schedule, "sluice.schedule.missed", "Ticks that passed unnoticed in a stall");
        this.lag = Timer.builder("sluice.schedule.lag")
                .description("From a tick's instant on the grid to the start of its run")
                .tag("schedule", schedule)
                .register(meters);
    }

    private static Counter counter(MeterRegistry meters, String schedule, String name, String description) {
        return Counter.builder(name)
                .description(description)
                .tag("schedule", schedule)
                .register(meters);
    }

    void start() {
        long delay = metronome.nextTickNanos() - nanoClock.getAsLong();
        timer = vertx.setTimer(Math.max(1, (delay + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI), id -> fire());
    }

    void stop() {
        stopped = true;
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    private void fire() {
        if (stopped) {
            return;
        }
        long queuedBefore = metronome.queued();
        long coalescedBefore = metronome.coalesced();
        long missedBefore = metronome.missed();
        Metronome.Run run = metronome.tick(nanoClock.getAsLong());
        queued.increment((double) (metronome.queued() - queuedBefore));
        coalesced.increment((double) (metronome.coalesced() - coalescedBefore));
        missed.increment((double) (metronome.missed() - missedBefore));
        start();
        if (run != null) {
            begin(run);
        }
    }

    private void begin(Metronome.Run run) {
        ticks.increment();
        lag.record(Math.max(0, nanoClock.getAsLong() - run.scheduledForNanos()), TimeUnit.NANOSECONDS);
        work.apply(run).onComplete(ended -> {
            Metronome.Run next = metronome.ended();
            if (next != null && !stopped) {
                begin(next);
            }
        });
    }
}
