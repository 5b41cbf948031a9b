package dev.sluice.api;

import dev.sluice.export.ExportEntry;
import dev.sluice.export.ExportFormat;
import dev.sluice.export.LeftOut;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Served;
import dev.sluice.port.Exports.Exported;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.port.Exports.Scope;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Exports as clients order them, read strictly, and as they are shown. */
final class ExportForm {
    private static final List<String> MEMBERS = List.of("format", "scope", "filters", "credentials");
    private static final int MAX_NAME = 100;
    private static final int MAX_ERRORS = 10;

    private final JsonArray errors = new JsonArray();

    private ExportForm() {}

    /**
     * Reads an order.
     *
     * @param owner who orders
     * @throws Refused with the place of every error, up to {@value #MAX_ERRORS}
     */
    static Order parse(Buffer body, String owner) {
        Object json;
        try {
            json = Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new Refused(Problems.invalidBody("the body is no JSON", new JsonArray()));
        }
        if (!(json instanceof JsonObject object)) {
            throw new Refused(Problems.invalidBody(
                    "no object (expected: an object with " + String.join(", ", MEMBERS) + ")", new JsonArray()));
        }
        return new ExportForm().read(object, owner);
    }

    private Order read(JsonObject object, String owner) {
        for (String name : object.fieldNames()) {
            if (!MEMBERS.contains(name)) {
                error(escaped(name), "unknown (expected: " + String.join(", ", MEMBERS) + ")");
            }
        }
        ExportFormat format = object.getValue("format") instanceof String text ? ExportFormat.of(text) : null;
        if (format == null) {
            error("format", "absent or unknown (expected: " + String.join(", ", ExportFormat.names()) + ")");
        }
        Scope scope = Scope.ALIVE;
        if (object.containsKey("scope")) {
            scope = object.getValue("scope") instanceof String text ? Scope.of(text) : null;
            if (scope == null) {
                error("scope", "unknown (expected: alive, all)");
            }
        }
        Object credentials = object.getValue("credentials", false);
        if (!(credentials instanceof Boolean)) {
            error("credentials", "invalid (expected: true or false)");
        }
        Map<String, String> filters = filters(object.getValue("filters", new JsonObject()));
        if (!errors.isEmpty() || format == null || scope == null) {
            throw refused();
        }
        try {
            return new Order(format, scope, filters, Boolean.TRUE.equals(credentials), owner);
        } catch (IllegalArgumentException e) {
            error("filters", String.valueOf(e.getMessage()));
            throw refused();
        }
    }

    private Refused refused() {
        return new Refused(Problems.invalidBody("the order has errors; nothing was ordered", errors));
    }

    private Map<String, String> filters(@Nullable Object value) {
        if (!(value instanceof JsonObject object)) {
            error("filters", "invalid (expected: an object with the filters of GET /list as texts)");
            return Map.of();
        }
        Map<String, String> filters = new HashMap<>();
        for (String name : object.fieldNames()) {
            if (!Filter.PARAMETERS.contains(name)) {
                error("filters/" + escaped(name), "unknown (expected: " + String.join(", ", Filter.PARAMETERS) + ")");
            } else if (object.getValue(name) instanceof String text) {
                filters.put(name, text);
                check(name, text);
            } else {
                error("filters/" + name, "invalid (expected: a text)");
            }
        }
        return filters;
    }

    private void check(String name, String text) {
        try {
            Filter.parse(Map.of(name, text));
        } catch (IllegalArgumentException e) {
            error("filters/" + name, String.valueOf(e.getMessage()));
        }
    }

    private static String escaped(String name) {
        String bounded = name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
        return bounded.replace("~", "~0").replace("/", "~1");
    }

    private void error(String name, String detail) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new JsonObject().put("pointer", '/' + name).put("detail", detail));
        }
    }

    static JsonObject json(Exported export) {
        JobRecord job = export.job();
        Order order = export.order();
        JsonObject filters = new JsonObject();
        new TreeMap<>(order.filters()).forEach(filters::put);
        List<JobRecord.Failure> failures = job.failures();
        boolean failed = job.state() != JobState.COMPLETED && !failures.isEmpty();
        return new JsonObject()
                .put("id", job.id())
                .put("state", job.state().text())
                .put("format", order.format().text())
                .put("scope", order.scope().text())
                .put("filters", filters)
                .put("credentials", order.credentials())
                .put("progress", progress(export.progress()))
                .put("attempts", job.attempts())
                .put("error", failed ? failures.get(failures.size() - 1).error() : null)
                .put("created_at", ProxyForm.time(job.createdAtMillis()))
                .put("finished_at", ProxyForm.time(job.finishedAtMillis()))
                .put(
                        "content",
                        job.state() == JobState.COMPLETED ? ExportEndpoints.PATH + job.id() + "/content" : null);
    }

    private static @Nullable JsonObject progress(@Nullable Progress progress) {
        if (progress == null) {
            return null;
        }
        JsonObject leftOut = new JsonObject();
        for (Map.Entry<LeftOut, Long> each : new TreeMap<>(progress.counts().leftOut()).entrySet()) {
            leftOut.put(each.getKey().text(), each.getValue());
        }
        return new JsonObject()
                .put("read", progress.read())
                .put("total", progress.total())
                .put("written", progress.counts().written())
                .put("left_out", leftOut)
                .put("bytes", progress.bytes());
    }

    /** What is served, to be exported. */
    static ExportEntry entry(Served served) {
        return new ExportEntry(
                served.id(),
                served.key(),
                served.location(),
                served.lists(),
                true,
                false,
                served.verified(),
                served.capabilities(),
                served.anonymity(),
                served.tier(),
                served.reputation(),
                served.successRate(),
                served.latencyMillis(),
                served.latencies(),
                served.deep(),
                served.exitAddress(),
                served.rotation().rotates(),
                served.lastCheckedAtMillis(),
                served.stateSinceMillis());
    }
}
