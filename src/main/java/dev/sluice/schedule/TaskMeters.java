package dev.sluice.schedule;

import dev.sluice.cadence.Metronome;
import dev.sluice.port.Schedules.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is measured of a schedule. Confined to the lock of its {@link Task}. */
final class TaskMeters {
    private final Timer lag;
    private final Map<Outcome, Timer> took = new EnumMap<>(Outcome.class);
    private final Growing runs;
    private final Growing coalesced;
    private final Growing skipped;
    private final Growing missed;
    private final Counter late;
    private final Counter hung;

    TaskMeters(MeterRegistry registry, String schedule) {
        this.lag = Timer.builder("sluice.schedule.lag")
                .description("From a tick's instant on the grid to the start of its run")
                .tag("schedule", schedule)
                .register(registry);
        for (Outcome outcome : Outcome.values()) {
            if (outcome != Outcome.RUNNING) {
                took.put(
                        outcome,
                        Timer.builder("sluice.schedule.run")
                                .description("How long runs took, by how they ended")
                                .tag("schedule", schedule)
                                .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                                .register(registry));
            }
        }
        this.runs = ticks(registry, schedule, "run");
        this.coalesced = ticks(registry, schedule, "coalesced");
        this.skipped = ticks(registry, schedule, "skipped");
        this.missed = ticks(registry, schedule, "missed");
        this.late = alarm(registry, schedule, "late");
        this.hung = alarm(registry, schedule, "hung");
    }

    private static Growing ticks(MeterRegistry registry, String schedule, String result) {
        return new Growing(Counter.builder("sluice.schedule.ticks")
                .description("Instants of the grid, by what became of them")
                .tag("schedule", schedule)
                .tag("result", result)
                .register(registry));
    }

    private static Counter alarm(MeterRegistry registry, String schedule, String kind) {
        return Counter.builder("sluice.schedule.alarms")
                .description("How often the watchdog found a schedule that did not run, or a run that did not end")
                .tag("schedule", schedule)
                .tag("kind", kind)
                .register(registry);
    }

    void lag(long nanos) {
        lag.record(nanos, TimeUnit.NANOSECONDS);
    }

    void ended(Outcome outcome, long nanos) {
        Timer timer = took.get(outcome);
        if (timer != null) {
            timer.record(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        }
    }

    void counted(Metronome metronome) {
        runs.to(metronome.runs());
        coalesced.to(metronome.coalesced());
        skipped.to(metronome.skipped());
        missed.to(metronome.missed());
    }

    void alarm(boolean hangs) {
        (hangs ? hung : late).increment();
    }

    /** Shows in a counter what is counted elsewhere. */
    private static final class Growing {
        private final Counter counter;
        private long shown;

        Growing(Counter counter) {
            this.counter = counter;
        }

        void to(long count) {
            counter.increment((double) (count - shown));
            shown = count;
        }
    }
}
