package dev.sluice.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
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

    // Indices in MEMBERS.
    private static final int SUCCESS = 2;
    private static final int LATENCY = 3;
    private static final int REASON = 4;
    private static final int TARGET = 5;
    private static final int[] LONGEST = {MAX_SOURCE, MAX_PROXY, 0, 0, MAX_REASON, MAX_TARGET};

    private static final int MAX_USUAL = 4_096;
    private static final JsonFactory JSON = new JsonFactory();

    /**
     * Reads one report or an array of them.
     *
     * @throws Refused with the place of every error (RFC 6901), up to {@value #MAX_ERRORS}
     */
    static List<FeedbackForm> parse(Buffer body) {
        FeedbackForm usual = body.length() > MAX_USUAL ? null : usual(body.getBytes());
        if (usual != null) {
            return List.of(usual);
        }
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

    /**
     * One report without fault, as nearly every body is, without building a tree of it; null for anything else, which is
     * then read again with all its faults told.
     */
    static @Nullable FeedbackForm usual(byte[] body) {
        if (body.length > MAX_USUAL || body.length == 0 || body[0] != '{') {
            return null;
        }
        try (JsonParser parser = JSON.createParser(body)) {
            parser.nextToken();
            String[] texts = new String[MEMBERS.size()];
            Boolean success = null;
            double latency = Double.NaN;
            int seen = 0;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                int member = MEMBERS.indexOf(name);
                JsonToken value = parser.nextToken();
                if (member < 0 || (seen & 1 << member) != 0) {
                    return null;
                }
                seen |= 1 << member;
                if (member == SUCCESS && (value == JsonToken.VALUE_TRUE || value == JsonToken.VALUE_FALSE)) {
                    success = value == JsonToken.VALUE_TRUE;
                } else if (member == LATENCY && value.isNumeric()) {
                    latency = parser.getDoubleValue();
                    if (!(latency >= 0 && latency <= MAX_LATENCY)) {
                        return null;
                    }
                } else if (member != SUCCESS && member != LATENCY && value == JsonToken.VALUE_STRING) {
                    texts[member] = parser.getText();
                    if (!isText(texts[member], LONGEST[member])) {
                        return null;
                    }
                } else {
                    return null;
                }
            }
            String source = texts[0];
            String proxy = texts[1];
            if (parser.currentToken() != JsonToken.END_OBJECT
                    || parser.nextToken() != null
                    || source == null
                    || proxy == null
                    || success == null) {
                return null;
            }
            return new FeedbackForm(source, proxy, success, latency, texts[REASON], texts[TARGET]);
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isText(String text, int max) {
        if (text.isEmpty() || text.length() > max) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return false;
            }
        }
        return true;
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
            if (!(value instanceof String text) || !isText(text, max)) {
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
