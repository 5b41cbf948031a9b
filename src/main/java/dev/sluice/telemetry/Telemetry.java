package dev.sluice.telemetry;

import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** The meters of this process, those of the JVM from the start, others as rooms add them; and its traces. Thread-safe. */
public final class Telemetry implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Traces traces;

    /** Meters, and no traces. */
    public Telemetry() {
        this(Traces.none());
    }

    /** Binds memory, threads, classes, garbage collection, processor, uptime and open descriptors. */
    public Telemetry(Traces traces) {
        this.traces = traces;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** Where meters are registered. */
    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /** Where spans go. */
    public Traces traces() {
        return traces;
    }

    /** Timer of one endpoint of the API; see {@link RequestTimer} for its threading. */
    public RequestTimer requestTimer(String endpoint) {
        return new RequestTimer(registry, endpoint);
    }

    /** The text of a scrape, in Prometheus' format 0.0.4. Takes milliseconds: not for an event loop. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        traces.close();
        collections.close();
        registry.close();
    }
}
