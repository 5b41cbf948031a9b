package dev.sluice.api;

import dev.sluice.port.Schedules;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/schedule}: what is done again and again, how that goes, and to do it now. */
final class ScheduleEndpoints {
    private static final String NAME = "name";

    private final Schedules schedules;

    ScheduleEndpoints(Schedules schedules) {
        this.schedules = schedules;
    }

    void list(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        JsonArray all = new JsonArray();
        schedules.all().forEach(state -> all.add(form(state)));
        exchange.json(200, new JsonObject().put("schedules", all));
    }

    void get(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        String name = exchange.segment(NAME);
        exchange.json(200, form(schedules.get(name).orElseThrow(() -> unknown(name))));
    }

    void run(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        String name = exchange.segment(NAME);
        Schedules.Trigger trigger = schedules.run(name);
        if (trigger instanceof Schedules.Trigger.Started started) {
            exchange.json(202, new JsonObject().put("schedule", name).put("run", started.run()));
        } else if (trigger instanceof Schedules.Trigger.AlreadyRunning running) {
            exchange.problem(Problems.alreadyRunning(name, running.run()));
        } else {
            throw unknown(name);
        }
    }

    private Refused unknown(String name) {
        return new Refused(Problems.noSchedule(
                name, schedules.all().stream().map(Schedules.State::name).toList()));
    }

    private static JsonObject form(Schedules.State state) {
        return new JsonObject()
                .put(NAME, state.name())
                .put("about", state.about())
                .put("period_ms", state.period().toMillis())
                .put("policy", state.policy().name().toLowerCase(Locale.ROOT))
                .put("enabled", state.enabled())
                .put("next_at", ProxyForm.time(state.nextAtMillis()))
                .put("current", form(state.current()))
                .put("last", form(state.last()))
                .put("runs", state.runs())
                .put("triggered", state.triggered())
                .put("failures", state.failures())
                .put("waiting", state.waiting())
                .put("coalesced", state.coalesced())
                .put("skipped", state.skipped())
                .put("last_skip_reason", state.lastSkipReason())
                .put("missed", state.missed())
                .put("lag_ms", state.lagMillis())
                .put("trouble", state.trouble());
    }

    private static @Nullable JsonObject form(Schedules.@Nullable Run run) {
        return run == null
                ? null
                : new JsonObject()
                        .put("id", run.id())
                        .put("triggered", run.triggered())
                        .put("scheduled_for", ProxyForm.time(run.scheduledForMillis()))
                        .put("started_at", ProxyForm.time(run.startedAtMillis()))
                        .put("took_ms", run.tookMillis())
                        .put("outcome", run.outcome().name().toLowerCase(Locale.ROOT))
                        .put("coalesced", run.coalesced())
                        .put("detail", run.detail());
    }
}
