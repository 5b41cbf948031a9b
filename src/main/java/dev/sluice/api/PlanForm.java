package dev.sluice.api;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.PlannedCheck;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Why a proxy is checked when it is, as JSON. */
final class PlanForm {
    private PlanForm() {}

    static JsonObject json(StoredProxy stored, CheckPlan plan, long nowMillis) {
        PlannedCheck check =
                PlannedCheck.of(stored, plan.policy(), plan.demand().factor(), nowMillis);
        CheckPolicy.Span span = check.span();
        return new JsonObject()
                .put("at", ProxyForm.time(check.atMillis()))
                .put("kind", check.kind().name().toLowerCase(Locale.ROOT))
                .put("rule", check.rule().text())
                .put("because", because(check, stored))
                .put("shift", check.shift().text())
                .put("shortest_s", span == null ? null : seconds(span.shortest().toMillis()))
                .put("longest_s", span == null ? null : seconds(span.longest().toMillis()))
                .put("own_s", check.ownMillis() == 0 ? null : seconds(check.ownMillis()))
                .put("time_factor", span == null ? null : ProxyForm.thousandths(check.factor()))
                .put("value_factor", span == null ? null : ProxyForm.thousandths(check.value()))
                .put("demand_factor", ProxyForm.thousandths(check.demand()))
                .put("planned_after_s", check.plannedMillis() == 0 ? null : seconds(check.plannedMillis()));
    }

    private static String because(PlannedCheck check, StoredProxy stored) {
        String why = switch (check.rule()) {
            case ARCHIVED -> "it is archived: it is checked no more until a list names it again";
            case FIRST -> "it was never checked: it is due as soon as there is room";
            case CONFIRM -> "it failed once: another check has to confirm that before it counts as dead";
            case REACHED -> "its port answers again: a thorough check is due at once";
            case LEFT_ALONE -> "an order leaves it alone: the longest interval of its tier";
            case INTERVAL ->
                "the interval of tier " + stored.health().tier().text() + ": time_factor of the time it has been "
                        + (stored.health().alive() ? "alive" : "dead")
                        + ", times value_factor, between shortest_s and longest_s; then times demand_factor, and"
                        + " spread by a tenth";
        };
        return switch (check.shift()) {
            case NONE -> why;
            case EARLIER ->
                why
                        + "; it is due earlier than that: by an order, a report, other figures when it was planned, or after a"
                        + " failure on our own side";
            case LATER ->
                why
                        + "; it is due later than that: clients saw it work, other figures held when it was planned, or our own"
                        + " side failed";
        };
    }

    private static double seconds(long millis) {
        return millis / 1e3;
    }
}
