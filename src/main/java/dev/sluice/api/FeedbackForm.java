package dev.sluice.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One report as a client sends it.
 *
 * @param source the client application, 1..{@value #MAX_SOURCE} characters
 * @param proxy as it was served: a URL, or {@code host:port}
 * @param success whether it served
 * @param latencyMillis {@code Double.NaN} when not told
 * @param reason the client's word for a failure, or null
 * @param target host that was requested, or null
 */
record FeedbackForm(
        String source,
        String proxy,
        boolean success,
        double latencyMillis,
        @Nullable String reason,
        @Nullable String target) {
    static final int MAX_SOURCE = 100;
    static final int MAX_REPORTS = 1_000;

    private static final int MAX_PROXY = 2_000;
    private static final int MAX_REASON = 200;
    private static final int MAX_TARGET = 253;
    private static final double MAX_LATENCY = 3_600_000;
    static final int MAX_ERRORS = 10;
    private static final List<String> MEMBERS = List.of("source", "proxy", "success", "latency_ms", "reason", "target");

    /**
     * Reads one report or an array of them.
     *
     * @throws Refused with the place of every error (RFC 6901), up to {@value #MAX_ERRORS}
     */
    static List<FeedbackForm> parse(Buffer body) {
        Object json;
        try {
            json = Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new Refused(Problems.invalidBody("the body is no JSON", new JsonArray()));
        }
        List<FeedbackForm> reports = new ArrayList<>();
        JsonArray errors = new JsonArray();
        if (json instanceof JsonArray array) {
            if (array.isEmpty() || array.size() > MAX_REPORTS) {
                throw new Refused(Problems.invalidBody(
                        array.size() + " reports (expected: 1.." + MAX_REPORTS + ")", new JsonArray()));
            }
            for (int i = 0; i < array.size(); i++) {
                read(array.getValue(i), "/" + i, reports, errors);
            }
        } else {
            read(json, "", reports, errors);
        }
        if (!errors.isEmpty()) {
            throw new Refused(Problems.invalidBody("the reports have errors; none was taken", errors));
        }
        return reports;
    }

    private static void read(@Nullable Object json, String path, List<FeedbackForm> reports, JsonArray errors) {
        Members members = new Members(path, errors);
        if (!(json instanceof JsonObject object)) {
            members.error("", "no object (expected: an object with " + String.join(", ", MEMBERS) + ")");
            return;
        }
        for (String name : object.fieldNames()) {
            if (!MEMBERS.contains(name)) {
                members.error("/" + escaped(name), "unknown (expected: " + String.join(", ", MEMBERS) + ")");
            }
        }
        String source = members.text(object, "source", MAX_SOURCE, true);
        String proxy = members.text(object, "proxy", MAX_PROXY, true);
        Boolean success = members.bool(object, "success");
        double latency = members.latency(object, "latency_ms");
        String reason = members.text(object, "reason", MAX_REASON, false);
        String target = members.text(object, "target", MAX_TARGET, false);
        if (errors.isEmpty() && source != null && proxy != null && success != null) {
            reports.add(new FeedbackForm(source, proxy, success, latency, reason, target));
        }
    }

    /** The name of a member as it stands in a pointer (RFC 6901), cut when it is long. */
    static String escaped(String name) {
        String bounded = name.length() <= MAX_SOURCE ? name : name.substring(0, MAX_SOURCE);
        return bounded.replace("~", "~0").replace("/", "~1");
    }

    /** Reads members of one object and collects what is wrong with them. */
    private record Members(String path, JsonArray errors) {
        void error(String pointer, String detail) {
            if (errors.size() < MAX_ERRORS) {
                errors.add(new JsonObject().put("pointer", path + pointer).put("detail", detail));
            }
        }

        @Nullable
        String text(JsonObject object, String name, int max, boolean required) {
            Object value = object.getValue(name);
            if (value == null && !required) {
                return null;
            }
            if (!(value instanceof String text)
                    || text.isEmpty()
                    || text.length() > max
                    || text.chars().anyMatch(Character::isISOControl)) {
                error(
                        "/" + name,
                        (value == null ? "absent" : "invalid") + " (expected: a text of 1.." + max + " characters)");
                return null;
            }
            return text;
        }

        @Nullable
        Boolean bool(JsonObject object, String name) {
            Object value = object.getValue(name);
            if (value instanceof Boolean known) {
                return known;
            }
            error("/" + name, (value == null ? "absent" : "invalid") + " (expected: true or false)");
            return null;
        }

        double latency(JsonObject object, String name) {
            Object value = object.getValue(name);
            if (value == null) {
                return Double.NaN;
            }
            double millis = value instanceof Number number ? number.doubleValue() : -1;
            if (!(millis >= 0 && millis <= MAX_LATENCY)) {
                error("/" + name, "invalid (expected: a number, 0..3600000)");
            }
            return millis;
        }
    }
}
