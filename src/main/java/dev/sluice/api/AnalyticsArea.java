package dev.sluice.api;

import dev.sluice.pool.Pool;
import dev.sluice.pool.Survey;
import dev.sluice.port.CheckHistory;
import dev.sluice.port.ProxyHistory;
import dev.sluice.port.ProxyLookup;
import dev.sluice.port.SeriesHistory;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.LatencyCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/proxies/{id}/history} and {@code /api/v1/analytics}: what happened to a proxy, how the pool is spread, how
 * everything develops. Nothing of it is worked out on an event loop; the spread is worked out every few seconds at most.
 */
public final class AnalyticsArea implements Area {
    private static final Logger LOG = LoggerFactory.getLogger(AnalyticsArea.class);

    private static final int MOST_CHECKS = 10_000;
    private static final int USUAL_CHECKS = 100;
    /** A survey of a million proxies takes about a second. */
    private static final long SURVEY_MILLIS = 5_000;

    private final CheckHistory history;
    private final SeriesHistory series;
    private final ProxyLookup lookup;
    private final Pool pool;
    private final LongSupplier nowMillis;
    private final long patienceMillis;
    private @Nullable Future<JsonObject> survey;
    private long surveyedAtMillis;

    /** With the clock that says how old what is known may be. */
    public AnalyticsArea(
            CheckHistory history, SeriesHistory series, ProxyLookup lookup, Pool pool, LongSupplier nowMillis) {
        this(history, series, lookup, pool, nowMillis, ProxyEndpoint.PATIENCE_MILLIS);
    }

    AnalyticsArea(
            CheckHistory history,
            SeriesHistory series,
            ProxyLookup lookup,
            Pool pool,
            LongSupplier nowMillis,
            long patienceMillis) {
        this.history = history;
        this.series = series;
        this.lookup = lookup;
        this.pool = pool;
        this.nowMillis = nowMillis;
        this.patienceMillis = patienceMillis;
    }

    @Override
    public List<Route> routes(Desk desk) {
        return List.of(
                desk.get("/api/v1/proxies/{id}/history", "what happened to a proxy", this::history),
                desk.get("/api/v1/analytics", "how the pool is spread", this::analytics),
                desk.get("/api/v1/analytics/series", "how pool and checks have developed", this::series));
    }

    // One proxy

    private void history(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), List.of("limit", "since"));
        long id = ProxyEndpoint.id(exchange.segment("id"));
        int limit = query.number("limit", 1, MOST_CHECKS, USUAL_CHECKS);
        long since = SeriesQuestion.since(query.get("since"), 0);
        Future<Boolean> known = pool.served(id) != null
                ? Future.succeededFuture(true)
                : lookup.get(List.of(id)).map(found -> !found.isEmpty());
        Future<JsonObject> answer = known.compose(exists -> exists
                ? history.of(id, since, limit)
                        .compose(found -> exchange.vertx().executeBlocking(() -> form(id, found), false))
                : Future.failedFuture(new Refused(Problems.noSuchProxy(id))));
        answer(exchange, answer);
    }

    private void answer(Exchange exchange, Future<JsonObject> answer) {
        exchange.here(answer.timeout(patienceMillis, TimeUnit.MILLISECONDS))
                .onSuccess(form -> exchange.json(200, form))
                .onFailure(failure -> {
                    if (failure instanceof Refused) {
                        exchange.refuse(failure);
                    } else {
                        LOG.atWarn().addKeyValue("error", failure.getMessage()).log("a history could not be read");
                        exchange.problem(Problems.storeSilent());
                    }
                });
    }

    private static JsonObject form(long id, ProxyHistory history) {
        JsonArray checks = new JsonArray();
        for (ProxyHistory.Check check : history.checks()) {
            checks.add(new JsonObject()
                    .put("at", ProxyForm.time(check.atMillis()))
                    .put("alive", check.alive())
                    .put(
                            "reason",
                            check.reason() == FailureReason.NONE
                                    ? null
                                    : check.reason().text())
                    .put("latency_ms", check.alive() ? check.latencyMillis() : null));
        }
        JsonArray days = new JsonArray();
        for (ProxyHistory.Day day : history.days()) {
            days.add(new JsonObject()
                    .put("day", LocalDate.ofEpochDay(day.day()).toString())
                    .put("checks", day.checks())
                    .put("successes", day.successes())
                    .put(
                            "latency_mean_ms",
                            day.successes() == 0
                                    ? null
                                    : ProxyForm.tenths((double) day.latencySumMillis() / day.successes()))
                    .put("latency_max_ms", day.successes() == 0 ? null : day.slowestMillis()));
        }
        JsonArray moves = new JsonArray();
        for (ProxyHistory.Move move : history.moves()) {
            moves.add(new JsonObject()
                    .put("at", ProxyForm.time(move.atMillis()))
                    .put("from", move.from().number())
                    .put("to", move.to().number())
                    .put("reason", move.reason().text()));
        }
        ProxyHistory.Summary summary = history.summary();
        return new JsonObject()
                .put("id", id)
                .put(
                        "summary",
                        new JsonObject()
                                .put("checks", summary.checks())
                                .put("successes", summary.successes())
                                .put("success_rate", rate(summary.successes(), summary.checks()))
                                .put("latency_p50_ms", ProxyForm.tenths(summary.p50Millis()))
                                .put("latency_p90_ms", ProxyForm.tenths(summary.p90Millis()))
                                .put("latency_p95_ms", ProxyForm.tenths(summary.p95Millis()))
                                .put("latency_p99_ms", ProxyForm.tenths(summary.p99Millis())))
                .put("checks", checks)
                .put("days", days)
                .put("transitions", moves);
    }

    private static @Nullable Number rate(long some, long all) {
        return all == 0 ? null : ProxyForm.thousandths((double) some / all);
    }

    // The pool

    private void analytics(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(survey(exchange.vertx()))
                .onSuccess(form -> exchange.json(200, form))
                .onFailure(exchange::refuse);
    }

    /** One at a time for all instances of the API, however many ask. */
    private synchronized Future<JsonObject> survey(Vertx vertx) {
        long now = nowMillis.getAsLong();
        Future<JsonObject> latest = survey;
        boolean fresh = latest != null
                && !latest.failed()
                && (!latest.isComplete() || Math.abs(now - surveyedAtMillis) < SURVEY_MILLIS);
        if (latest != null && fresh) {
            return latest;
        }
        surveyedAtMillis = now;
        Future<JsonObject> next = vertx.executeBlocking(() -> form(Survey.of(pool), now), false);
        survey = next;
        return next;
    }

    private static JsonObject form(Survey survey, long nowMillis) {
        JsonArray reputation = new JsonArray();
        for (int i = 0; i < survey.reputation().length; i++) {
            reputation.add(new JsonObject().put("from", 10 * i).put("proxies", survey.reputation()[i]));
        }
        LatencyCounts latencies = survey.latencies();
        JsonArray histogram = new JsonArray();
        // A step is a doubling.
        for (int i = 0; i < LatencyCounts.BUCKETS; i += 8) {
            int first = i;
            long here = LongStream.range(i, i + 8L)
                    .map(bucket -> latencies.count((int) bucket))
                    .sum();
            if (here > 0) {
                histogram.add(new JsonObject()
                        .put("from_ms", (long) LatencyCounts.from(first))
                        .put("proxies", here));
            }
        }
        return new JsonObject()
                .put("at", ProxyForm.time(nowMillis))
                .put("proxies", survey.proxies())
                .put("by_protocol", counts(survey.byProtocol()))
                .put("by_country", counts(survey.byCountry()))
                .put("by_source", counts(survey.bySource()))
                .put("by_tier", counts(survey.byTier()))
                .put("by_anonymity", counts(survey.byAnonymity()))
                .put("reputation", reputation)
                .put("latency", histogram)
                .put("latency_p50_ms", ProxyForm.tenths(latencies.percentile(50)))
                .put("latency_p90_ms", ProxyForm.tenths(latencies.percentile(90)))
                .put("latency_p99_ms", ProxyForm.tenths(latencies.percentile(99)));
    }

    private static JsonObject counts(Map<String, Long> counts) {
        JsonObject json = new JsonObject();
        new TreeMap<>(counts).forEach(json::put);
        return json;
    }

    // Development

    private void series(Exchange exchange) {
        SeriesQuestion question = SeriesQuestion.parse(exchange.request().query(), nowMillis.getAsLong());
        Future<JsonObject> answer = series.read(
                        question.by(), question.width(), question.fromMillis(), question.toMillis())
                .compose(buckets -> exchange.vertx().executeBlocking(() -> form(question, buckets), false));
        answer(exchange, answer);
    }

    private static JsonObject form(SeriesQuestion question, List<Bucket> buckets) {
        long step = question.stepSeconds() * 1_000L;
        Map<String, Map<Long, Tally>> lines = new TreeMap<>();
        // Samples of two writers are of the same pool, at other moments: their mean is what there was.
        for (Bucket bucket : buckets) {
            long at = Math.floorDiv(bucket.startMillis(), step) * step;
            bucket.tallies()
                    .forEach((name, tally) -> lines.computeIfAbsent(name, fresh -> new HashMap<>())
                            .computeIfAbsent(at, fresh -> new Tally())
                            .add(tally));
        }
        JsonArray times = new JsonArray();
        List<Long> starts = new ArrayList<>();
        for (long at = question.fromMillis(); at < question.toMillis(); at += step) {
            starts.add(at);
            times.add(ProxyForm.time(at));
        }
        JsonArray named = new JsonArray();
        lines.forEach((name, tallies) -> named.add(line(question.metric(), name, tallies, starts)));
        return new JsonObject()
                .put("metric", question.metric().text())
                .put("by", question.by().text())
                .put("step_s", question.stepSeconds())
                .put("at", times)
                .put("lines", named);
    }

    private static JsonObject line(
            SeriesQuestion.Metric metric, String name, Map<Long, Tally> tallies, List<Long> starts) {
        JsonObject line = new JsonObject().put("name", name);
        if (metric == SeriesQuestion.Metric.LATENCY) {
            for (int percent : new int[] {50, 90, 99}) {
                JsonArray values = new JsonArray();
                for (long at : starts) {
                    Tally tally = tallies.get(at);
                    values.add(
                            tally == null
                                    ? null
                                    : ProxyForm.tenths(tally.latencies().percentile(percent)));
                }
                line.put("p" + percent, values);
            }
            return line;
        }
        JsonArray values = new JsonArray();
        for (long at : starts) {
            Tally tally = tallies.get(at);
            values.add(tally == null ? null : value(metric, tally));
        }
        return line.put("values", values);
    }

    private static @Nullable Number value(SeriesQuestion.Metric metric, Tally tally) {
        return switch (metric) {
            case POOL -> mean(tally.servedSum(), tally.samples());
            case STORED -> mean(tally.storedSum(), tally.samples());
            case CHECKS -> tally.checks();
            case SUCCESS_RATE -> rate(tally.successes(), tally.checks());
            case LATENCY -> throw new IllegalStateException("latency: has several values (expected: one)");
        };
    }

    private static @Nullable Number mean(long sum, long samples) {
        return samples == 0 ? null : ProxyForm.tenths((double) sum / samples);
    }
}
