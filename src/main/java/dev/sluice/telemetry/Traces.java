package dev.sluice.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Spans of what this process does, on their way to a collector. They are told when what they stand for is over, so that
 * what is not traced costs a comparison. Thread-safe. Never blocks: where the collector is slow or away, spans are
 * dropped, and beyond {@value #MOST_WAITING} that wait.
 */
public final class Traces implements AutoCloseable {
    private static final int MOST_WAITING = 8_192;
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Pattern PARENT =
            Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final Traces NONE = new Traces(null, 0);

    private final @Nullable SdkTracerProvider provider;
    private final @Nullable Tracer tracer;
    private final double ratio;

    private Traces(@Nullable SdkTracerProvider provider, double ratio) {
        this.provider = provider;
        this.tracer = provider == null ? null : provider.get("dev.sluice");
        this.ratio = ratio;
    }

    /** No traces. */
    public static Traces none() {
        return NONE;
    }

    /**
     * Sends spans by OTLP over HTTP.
     *
     * @param endpoint the whole address, such as {@code http://127.0.0.1:4318/v1/traces}
     * @param ratio share of requests and checks that are traced, 0..1
     * @param service what this service is called
     */
    public static Traces to(String endpoint, double ratio, String service) {
        return to(
                OtlpHttpSpanExporter.builder()
                        .setEndpoint(endpoint)
                        .setTimeout(PATIENCE)
                        .setCompression("gzip")
                        .build(),
                ratio,
                service);
    }

    static Traces to(SpanExporter exporter, double ratio, String service) {
        return new Traces(
                SdkTracerProvider.builder()
                        .setResource(Resource.getDefault()
                                .merge(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), service))))
                        .addSpanProcessor(BatchSpanProcessor.builder(exporter)
                                .setMaxQueueSize(MOST_WAITING)
                                .setScheduleDelay(EVERY)
                                .setExporterTimeout(PATIENCE)
                                .build())
                        .build(),
                ratio);
    }

    /** Whether anything is traced at all. */
    public boolean on() {
        return tracer != null;
    }

    /** Draws whether one more request or check is traced. */
    public boolean draw() {
        return tracer != null && ratio > 0 && ThreadLocalRandom.current().nextDouble() < ratio;
    }

    /** Whether a client that sent this {@code traceparent} (W3C Trace Context) traces its request. */
    public boolean wantedBy(@Nullable String traceparent) {
        if (tracer == null || traceparent == null) {
            return false;
        }
        SpanContext context = parent(traceparent);
        return context != null && context.isSampled();
    }

    /**
     * Tells of something that is over, whoever drew it.
     *
     * @param name what it was, of few different values
     * @param traceparent of who asked for it, null for nobody; a malformed one counts as none
     * @param startedNanos of {@link System#nanoTime}
     * @param endedNanos of {@link System#nanoTime}
     * @param facts by name: texts, numbers and booleans; others as text
     * @param error why it failed, of few different values; null when it did not
     */
    public void ended(
            String name,
            @Nullable String traceparent,
            long startedNanos,
            long endedNanos,
            Map<String, Object> facts,
            @Nullable String error) {
        Tracer with = tracer;
        if (with == null) {
            return;
        }
        long wallNanos = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        long nowNanos = System.nanoTime();
        SpanContext parent = traceparent == null ? null : parent(traceparent);
        SpanBuilder builder = with.spanBuilder(name)
                .setSpanKind(parent == null ? SpanKind.INTERNAL : SpanKind.SERVER)
                .setStartTimestamp(wallNanos - (nowNanos - startedNanos), TimeUnit.NANOSECONDS);
        if (parent == null) {
            builder.setNoParent();
        } else {
            builder.setParent(Context.root().with(Span.wrap(parent)));
        }
        facts.forEach((fact, value) -> put(builder, fact, value));
        Span span = builder.startSpan();
        if (error != null) {
            span.setStatus(StatusCode.ERROR, error);
        }
        span.end(wallNanos - (nowNanos - endedNanos), TimeUnit.NANOSECONDS);
    }

    private static void put(SpanBuilder span, String fact, Object value) {
        if (value instanceof Boolean yes) {
            span.setAttribute(fact, yes);
        } else if (value instanceof Double || value instanceof Float) {
            span.setAttribute(fact, ((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            span.setAttribute(fact, number.longValue());
        } else {
            span.setAttribute(fact, value.toString());
        }
    }

    private static @Nullable SpanContext parent(String traceparent) {
        Matcher form = PARENT.matcher(traceparent);
        if (traceparent.length() > 256 || !form.matches() || traceparent.startsWith("ff")) {
            return null;
        }
        SpanContext context = SpanContext.createFromRemoteParent(
                form.group(1), form.group(2), TraceFlags.fromHex(form.group(3), 0), TraceState.getDefault());
        return context.isValid() ? context : null;
    }

    /** Sends what waits, for at most some seconds. Blocks. */
    @Override
    public void close() {
        SdkTracerProvider open = provider;
        if (open != null) {
            open.shutdown().join(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
