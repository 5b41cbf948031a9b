package dev.sluice.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Times the requests of one endpoint as {@code sluice_api_request_duration_seconds}, with the class of the status as a
 * label. Confined to one thread; several for the same endpoint add up.
 */
public final class RequestTimer {
    private static final String[] CLASSES = {"1xx", "2xx", "3xx", "4xx", "5xx"};
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(250),
        Duration.ofSeconds(1)
    };

    private final MeterRegistry registry;
    private final String endpoint;
    /** By class of status; made when first needed, so that what never happens is not reported. */
    private final @Nullable Timer[] timers = new @Nullable Timer[CLASSES.length];

    RequestTimer(MeterRegistry registry, String endpoint) {
        this.registry = registry;
        this.endpoint = endpoint;
    }

    /**
     * Counts a request.
     *
     * @param status of the answer, 100..599
     */
    public void record(int status, long nanos) {
        int index = status / 100 - 1;
        Timer timer = timers[index];
        if (timer == null) {
            timer = Timer.builder("sluice.api.request.duration")
                    .description("Time from the request's head to the answer's end being handed to the network.")
                    .tag("endpoint", endpoint)
                    .tag("status", CLASSES[index])
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
            timers[index] = timer;
        }
        timer.record(nanos, TimeUnit.NANOSECONDS);
    }
}
