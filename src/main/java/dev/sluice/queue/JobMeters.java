package dev.sluice.queue;

import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Meters of jobs. Gauges are of the whole database, counters of this process. Confined to the queue's thread, except scrapes. */
final class JobMeters {
    private final Map<JobKind, Map<JobState, AtomicLong>> jobs = new EnumMap<>(JobKind.class);
    private final Map<JobKind, OfKind> kinds = new EnumMap<>(JobKind.class);
    private final AtomicLong oldestMillis = new AtomicLong();

    JobMeters(MeterRegistry registry) {
        for (JobKind kind : JobKind.values()) {
            Map<JobState, AtomicLong> states = new EnumMap<>(JobState.class);
            for (JobState state : JobState.values()) {
                AtomicLong number = new AtomicLong();
                states.put(state, number);
                Gauge.builder("sluice.jobs", number, AtomicLong::doubleValue)
                        .description("Jobs there are")
                        .tag("kind", kind.text())
                        .tag("state", state.text())
                        .register(registry);
            }
            jobs.put(kind, states);
            kinds.put(kind, new OfKind(registry, kind));
        }
        Gauge.builder("sluice.jobs.oldest.waiting", oldestMillis, millis -> millis.doubleValue() / 1_000)
                .description("How long the job that waits longest past its time has waited")
                .baseUnit("seconds")
                .register(registry);
    }

    OfKind of(JobKind kind) {
        return kinds.get(kind);
    }

    void counts(Map<JobKind, Map<JobState, Long>> counts) {
        jobs.forEach((kind, states) -> states.forEach((state, number) -> number.set(
                counts.getOrDefault(kind, Map.of()).getOrDefault(state, 0L))));
    }

    void oldestWaiting(long millis) {
        oldestMillis.set(Math.max(0, millis));
    }

    /** Meters of one kind. */
    static final class OfKind {
        final Counter taken;
        final Counter completed;
        final Counter failed;
        final Counter cancelled;
        final Counter retried;
        final Counter handedBack;
        final Counter lostLeases;
        private final Timer duration;

        OfKind(MeterRegistry registry, JobKind kind) {
            taken = counter(registry, kind, "sluice.jobs.taken", "Attempts begun");
            completed = counter(registry, kind, "sluice.jobs.completed", "Jobs done");
            failed = counter(registry, kind, "sluice.jobs.failed", "Jobs given up");
            cancelled = counter(registry, kind, "sluice.jobs.cancelled", "Jobs stopped on request");
            retried = counter(registry, kind, "sluice.jobs.retried", "Attempts that failed and are made again");
            handedBack = counter(registry, kind, "sluice.jobs.handed.back", "Jobs handed back by a process that stopped");
            lostLeases = counter(
                    registry, kind, "sluice.jobs.lost.leases", "Leases taken from workers that were silent for too long");
            duration = Timer.builder("sluice.jobs.duration")
                    .description("Time of an attempt, however it ended")
                    .tag("kind", kind.text())
                    .register(registry);
        }

        void ended(long nanos) {
            duration.record(nanos, TimeUnit.NANOSECONDS);
        }

        private static Counter counter(MeterRegistry registry, JobKind kind, String name, String description) {
            return Counter.builder(name)
                    .description(description)
                    .tag("kind", kind.text())
                    .register(registry);
        }
    }
}
