package dev.sluice.check;

import dev.sluice.message.CheckOutcome;
import dev.sluice.proxy.FailureReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What is counted about checks. Meters are resolved once. Thread-safe. */
final class CheckMeters {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private final MeterRegistry registry;
    private final Counter total;
    private final Counter success;
    private final Map<FailureReason, Counter> failures = new EnumMap<>(FailureReason.class);
    private final Timer duration;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger judgesUp = new AtomicInteger();
    private final List<Meter> gauges;

    CheckMeters(MeterRegistry registry) {
        this.registry = registry;
        total = Counter.builder("sluice.checks")
                .description("Checks that ended, those without a verdict included")
                .register(registry);
        success = Counter.builder("sluice.checks.success")
                .description("Checks that found a working proxy")
                .register(registry);
        for (FailureReason reason : FailureReason.values()) {
            if (reason != FailureReason.NONE) {
                failures.put(
                        reason,
                        Counter.builder("sluice.checks.failure")
                                .description("Checks that did not find a working proxy")
                                .tag("reason", reason.text())
                                .register(registry));
            }
        }
        duration = Timer.builder("sluice.check.duration")
                .description("From the start of a check to its end, retries included")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        gauges = List.of(
                Gauge.builder("sluice.checks.in.flight", inFlight, AtomicInteger::get)
                        .description("Checks under way")
                        .strongReference(true)
                        .register(registry),
                Gauge.builder("sluice.judges.up", judgesUp, AtomicInteger::get)
                        .description("Judges that answer")
                        .strongReference(true)
                        .register(registry));
    }

    void ended(CheckOutcome outcome, long nanos) {
        total.increment();
        Counter failure = failures.get(outcome.reason());
        (failure == null ? success : failure).increment();
        duration.record(nanos, TimeUnit.NANOSECONDS);
    }

    void inFlight(int count) {
        inFlight.set(count);
    }

    void judgesUp(int count) {
        judgesUp.set(count);
    }

    /** Takes the gauges away; counters stay. */
    void close() {
        gauges.forEach(registry::remove);
    }
}
