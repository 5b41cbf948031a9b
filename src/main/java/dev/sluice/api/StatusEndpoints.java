package dev.sluice.api;

import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.Census;
import dev.sluice.port.Readiness;
import dev.sluice.port.Sources;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code /stat}, {@code /health}, {@code /ready}, {@code /metrics}. */
final class StatusEndpoints {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Pool pool;
    private final FeedbackBook feedback;
    private final StrategyInForce strategy;
    private final Census census;
    private final Sources sources;
    private final Readiness readiness;
    private final Telemetry telemetry;

    StatusEndpoints(
            Pool pool,
            FeedbackBook feedback,
            StrategyInForce strategy,
            Census census,
            Sources sources,
            Readiness readiness,
            Telemetry telemetry) {
        this.pool = pool;
        this.feedback = feedback;
        this.strategy = strategy;
        this.census = census;
        this.sources = sources;
        this.readiness = readiness;
        this.telemetry = telemetry;
    }

    void stat(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Census.Figures figures = census.figures();
        long dead = dead(figures);
        List<Sources.State> states = sources.states();
        long changed = 0;
        for (Sources.State state : states) {
            changed = Math.max(changed, state.lastChangeAtMillis());
        }
        exchange.json(
                200,
                new JsonObject()
                        .put("total", figures.total())
                        .put("alive", figures.alive())
                        .put("dead", dead)
                        .put("never_checked", figures.neverChecked())
                        .put("archived", figures.archived())
                        .put("total_proxies", figures.total())
                        .put("working_proxies", figures.alive())
                        .put("failed_proxies", dead)
                        .put("by_protocol", counts(figures.byProtocol()))
                        .put("by_tier", counts(figures.byTier()))
                        .put("sources", sources(states, figures))
                        .put("last_meta_update", ProxyForm.time(changed))
                        .put("strategy", strategy.current().text())
                        .put("pool", new JsonObject().put("size", pool.size()).put("served", pool.alive()))
                        .put(
                                "feedback",
                                new JsonObject().put("pairs", feedback.size()).put("capacity", feedback.capacity()))
                        .put("store_answers", census.storeAnswers()));
    }

    /** Entries that were checked and do not work; what was never checked is neither dead nor alive. */
    private static long dead(Census.Figures figures) {
        return Math.max(0, figures.total() - figures.alive() - figures.neverChecked());
    }

    private static JsonObject counts(Map<String, Long> counts) {
        JsonObject json = new JsonObject();
        new TreeMap<>(counts).forEach(json::put);
        return json;
    }

    /** Sources that are switched on, and others that list something: imports, extensions, sources that were taken out. */
    private static JsonObject sources(List<Sources.State> states, Census.Figures figures) {
        Map<String, JsonObject> byName = new TreeMap<>();
        for (String name : figures.listedBySource().keySet()) {
            byName.put(name, source(name, figures, 0, null));
        }
        for (Sources.State state : states) {
            if (state.enabled() || byName.containsKey(state.name())) {
                byName.put(state.name(), source(state.name(), figures, state.lastFetchAtMillis(), state.lastError()));
            }
        }
        JsonObject json = new JsonObject();
        byName.forEach(json::put);
        return json;
    }

    private static JsonObject source(
            String name, Census.Figures figures, long fetchedAtMillis, @Nullable String error) {
        return new JsonObject()
                .put("listed", figures.listedBySource().getOrDefault(name, 0L))
                .put("alive", figures.aliveBySource().getOrDefault(name, 0L))
                .put("last_fetch_at", ProxyForm.time(fetchedAtMillis))
                .put("last_error", error);
    }

    void health(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.json(200, new JsonObject().put("status", "ok"));
    }

    void ready(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Readiness.State state = readiness.state();
        String text = state.name().toLowerCase(Locale.ROOT);
        switch (state) {
            case READY, DEGRADED -> {
                JsonObject answer = new JsonObject().put("status", text);
                exchange.json(
                        200, readiness.credentialsUnavailable() ? answer.put("credentials", "unavailable") : answer);
            }
            case STARTING, STOPPING -> exchange.problem(Problems.notReady(text));
        }
    }

    void metrics(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.vertx()
                .executeBlocking(telemetry::scrape, false)
                .onSuccess(text -> exchange.send(200, PROMETHEUS, Buffer.buffer(text)))
                .onFailure(exchange::failed);
    }
}
