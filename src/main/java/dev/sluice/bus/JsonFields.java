package dev.sluice.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads fields of a JSON object strictly: unknown fields and other types are refused, by name. */
final class JsonFields {
    private static final int MAX_SHOWN = 80;

    private final JsonObject json;
    private final String path;

    /**
     * Refuses any field that is not {@code known}.
     *
     * @param path of the object with a dot at its end, or empty
     */
    JsonFields(JsonObject json, String path, List<String> known) {
        this.json = json;
        this.path = path;
        for (String name : json.fieldNames()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        path + shown(name) + ": unknown field (expected: " + String.join(", ", known) + ")");
            }
        }
    }

    /** A refusal of the field {@code name}. */
    IllegalArgumentException refuse(String name, String found, String expected) {
        return new IllegalArgumentException(path + name + ": " + found + " (expected: " + expected + ")");
    }

    String text(String name, String expected) {
        String value = textOrNull(name, expected);
        if (value == null) {
            throw refuse(name, "missing", expected);
        }
        return value;
    }

    @Nullable
    String textOrNull(String name, String expected) {
        Object value = json.getValue(name);
        if (value != null && !(value instanceof String)) {
            throw refuse(name, kind(value), expected);
        }
        return (String) value;
    }

    int number(String name, int min, int max) {
        String expected = min + ".." + max;
        Object value = json.getValue(name);
        if (!(value instanceof Integer || value instanceof Long)) {
            throw refuse(name, value == null ? "missing" : kind(value), expected);
        }
        long number = ((Number) value).longValue();
        if (number < min || number > max) {
            throw refuse(name, Long.toString(number), expected);
        }
        return (int) number;
    }

    /** The array {@code name}; null when it is missing. */
    @Nullable
    JsonArray arrayOrNull(String name, String expected) {
        Object value = json.getValue(name);
        if (value != null && !(value instanceof JsonArray)) {
            throw refuse(name, kind(value), expected);
        }
        return (JsonArray) value;
    }

    /** What {@code value} is, without its content. */
    static String kind(@Nullable Object value) {
        if (value instanceof String) {
            return "a text";
        }
        if (value instanceof Number) {
            return "a number";
        }
        if (value instanceof Boolean) {
            return "a truth value";
        }
        if (value instanceof JsonArray) {
            return "an array";
        }
        return value == null ? "null" : "an object";
    }

    /** The beginning of {@code text} without control characters. */
    static String shown(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() > MAX_SHOWN ? clean.substring(0, MAX_SHOWN) + "…" : clean;
    }
}
