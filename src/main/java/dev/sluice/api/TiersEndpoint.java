package dev.sluice.api;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.port.Census;
import dev.sluice.proxy.Tier;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** {@code GET /api/v1/tiers}: how many proxies are in which tier, how often they are checked, and what moved them. */
final class TiersEndpoint {
    private static final String TRANSITIONS = "sluice.tier.transitions";
    private static final String FROM = "from";
    private static final String TO = "to";
    private static final String REASON = "reason";

    private final Census census;
    private final Supplier<CheckPlan> plans;
    private final MeterRegistry meters;

    TiersEndpoint(Census census, Supplier<CheckPlan> plans, MeterRegistry meters) {
        this.census = census;
        this.plans = plans;
        this.meters = meters;
    }

    void tiers(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        CheckPlan plan = plans.get();
        exchange.json(
                200,
                new JsonObject()
                        .put("preset", plan.preset().name().toLowerCase(Locale.ROOT))
                        .put("tiers", entries(plan.policy()))
                        .put("factors", factors(plan.policy()))
                        .put("demand", demand(plan.demand()))
                        .put("transitions", transitions()));
    }

    private JsonArray entries(CheckPolicy policy) {
        Map<String, Long> counted = census.figures().byTier();
        JsonArray tiers = new JsonArray();
        for (Tier tier : Tier.values()) {
            // What was never judged is checked as soon as there is room: no bounds hold for it.
            CheckPolicy.Span span = tier == Tier.UNKNOWN ? null : policy.span(tier);
            tiers.add(new JsonObject()
                    .put("tier", tier.number())
                    .put("name", tier.text())
                    .put("entries", counted.getOrDefault(tier.text(), 0L))
                    .put("shortest_s", span == null ? null : seconds(span.shortest()))
                    .put("longest_s", span == null ? null : seconds(span.longest())));
        }
        return tiers;
    }

    private static JsonObject factors(CheckPolicy policy) {
        return new JsonObject()
                .put("alive", policy.aliveFactor())
                .put("dead", policy.deadFactor())
                .put("by_value", policy.byValue())
                .put("least_demand", policy.leastDemand())
                .put("confirm_s", seconds(policy.confirm()))
                .put("deep_every_s", policy.deepEvery().isZero() ? null : seconds(policy.deepEvery()))
                .put("connect_only", policy.connectOnly());
    }

    private static JsonObject demand(Demand demand) {
        return new JsonObject()
                .put("factor", ProxyForm.thousandths(demand.factor()))
                .put("planned_per_second", ProxyForm.thousandths(demand.plannedPerSecond()))
                .put("capacity_per_second", ProxyForm.thousandths(demand.capacityPerSecond()));
    }

    /** Those that were made since the start. */
    private JsonArray transitions() {
        JsonArray made = new JsonArray();
        meters.find(TRANSITIONS).counters().stream()
                .filter(counter -> counter.count() > 0)
                .sorted(Comparator.comparing((Counter counter) -> tag(counter, FROM))
                        .thenComparing(counter -> tag(counter, TO))
                        .thenComparing(counter -> tag(counter, REASON)))
                .forEach(counter -> made.add(new JsonObject()
                        .put(FROM, tag(counter, FROM))
                        .put(TO, tag(counter, TO))
                        .put(REASON, tag(counter, REASON))
                        .put("count", (long) counter.count())));
        return made;
    }

    private static String tag(Meter meter, String name) {
        String value = meter.getId().getTag(name);
        return value == null ? "" : value;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }
}
