package dev.sluice.check;

import dev.sluice.message.CheckOutcome;
import dev.sluice.net.ProxyClient.Stage;
import dev.sluice.net.ProxyClient.StageObserver;
import dev.sluice.port.Checking;
import dev.sluice.proxy.FailureReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What is counted about checks. Meters are resolved once. Thread-safe. */
final class CheckMeters implements StageObserver {
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

    /** Why the controller cuts; the last stands for whatever our own side lacks. */
    private static final List<String> CUTS = List.of(
            "lag", "anchor-delay", "anchor-loss", "answer-ratio", "slow-connects", "in-flight", "conntrack", "local");

    private final MeterRegistry registry;
    private final Counter total;
    private final Counter success;
    private final Counter repeated;
    private final Map<FailureReason, Counter> failures = new EnumMap<>(FailureReason.class);
    private final Map<Stage, LongAdder> passed = new EnumMap<>(Stage.class);
    private final Map<Stage, LongAdder> failed = new EnumMap<>(Stage.class);
    private final Timer duration;
    private final List<Meter> bound = new ArrayList<>();

    /**
     * Registers everything.
     *
     * @param state where gauges look
     */
    CheckMeters(MeterRegistry registry, Supplier<Checking.State> state) {
        this.registry = registry;
        total = Counter.builder("sluice.checks")
                .description("Checks that ended, those without a verdict included")
                .register(registry);
        success = Counter.builder("sluice.checks.success")
                .description("Checks that found a working proxy")
                .register(registry);
        repeated = Counter.builder("sluice.checks.repeated")
                .description("Verdicts dropped because our own side failed, and checks repeated")
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
        for (Stage stage : Stage.values()) {
            passed.put(stage, stage(stage, "passed"));
            failed.put(stage, stage(stage, "failed"));
        }
        gauge("sluice.checks.in.flight", "Checks under way", state, Checking.State::inFlight);
        gauge("sluice.checks.waiting", "Checks accepted and not started", state, Checking.State::waiting);
        gauge("sluice.checks.held", "Failures that wait for an anchor", state, Checking.State::held);
        gauge("sluice.check.rate", "Checks that may start in a second", state, Checking.State::ratePerSecond);
        gauge("sluice.check.starts", "Checks started in the last second", state, Checking.State::startsPerSecond);
        gauge("sluice.check.limit", "Most checks at the same time", state, Checking.State::limit);
        gauge("sluice.check.suspended", "1 while judgement is suspended", state, s -> s.suspended() ? 1 : 0);
        gauge("sluice.check.lag.seconds", "Lateness of event loops", state, s -> s.lagMillis() / 1e3);
        gauge("sluice.check.anchor.delay.seconds", "Anchors above their best", state, s -> s.anchorDelayMillis() / 1e3);
        gauge("sluice.check.anchor.loss", "Share of anchor probes that fail", state, Checking.State::anchorLoss);
        gauge(
                "sluice.anchors.up",
                "Anchors that answer",
                state,
                s -> s.anchors().stream().filter(Checking.Anchor::up).count());
        gauge(
                "sluice.judges.up",
                "Judges that answer",
                state,
                s -> s.judges().stream().filter(Checking.Judge::up).count());
        for (String reason : CUTS) {
            bound.add(FunctionCounter.builder("sluice.check.cuts", state, from -> cuts(from.get(), reason))
                    .description("Cuts of the rate")
                    .tag("reason", reason)
                    .register(registry));
        }
    }

    private static double cuts(Checking.State state, String reason) {
        if (!reason.equals("local")) {
            return state.cuts().getOrDefault(reason, 0L);
        }
        long others = 0;
        for (Map.Entry<String, Long> cut : state.cuts().entrySet()) {
            others += CUTS.contains(cut.getKey()) ? 0 : cut.getValue();
        }
        return others;
    }

    private LongAdder stage(Stage stage, String result) {
        LongAdder count = new LongAdder();
        bound.add(FunctionCounter.builder("sluice.check.stages", count, LongAdder::sum)
                .description("Stages of checks that ended")
                .tag("stage", stage.text())
                .tag("result", result)
                .register(registry));
        return count;
    }

    private void gauge(
            String name, String description, Supplier<Checking.State> state, ToDoubleFunction<Checking.State> value) {
        bound.add(Gauge.builder(name, state, from -> value.applyAsDouble(from.get()))
                .description(description)
                .strongReference(true)
                .register(registry));
    }

    void ended(CheckOutcome outcome, long nanos) {
        total.increment();
        Counter failure = failures.get(outcome.reason());
        (failure == null ? success : failure).increment();
        duration.record(nanos, TimeUnit.NANOSECONDS);
    }

    void repeated() {
        repeated.increment();
    }

    @Override
    @SuppressWarnings("NullAway") // every stage has its counters
    public void ended(Stage stage, FailureReason reason) {
        (reason == FailureReason.NONE ? passed : failed).get(stage).increment();
    }

    /** Takes away what looks at the engine; counters of ended checks stay. */
    void close() {
        bound.forEach(registry::remove);
    }
}
