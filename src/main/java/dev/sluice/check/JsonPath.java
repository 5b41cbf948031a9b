package dev.sluice.check;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member of a JSON document: names with dots between, places of arrays in brackets, as {@code data.items[0].id}. With
 * {@code =VALUE} behind it the member must be a text, a number or a truth value that is written so. Names hold no dots,
 * brackets and equals signs. Immutable, thread-safe.
 *
 * @param steps from the root, at most {@value #MAX_STEPS}
 * @param value what the member must be; null: it need only be there
 */
record JsonPath(List<Step> steps, @Nullable String value) {
    private static final int MAX_LENGTH = 512;
    private static final int MAX_STEPS = 32;
    private static final int MAX_DIGITS = 6;

    /** Depth, lengths of numbers and names are bounded by Jackson's own constraints, the document by who fetches it. */
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    JsonPath {
        steps = List.copyOf(steps);
    }

    /**
     * Reads a path.
     *
     * @throws IllegalArgumentException when {@code text} is none, or has more than {@value #MAX_LENGTH} characters
     */
    static JsonPath parse(String text) {
        int equals = text.indexOf('=');
        String path = equals < 0 ? text : text.substring(0, equals);
        if (text.length() > MAX_LENGTH || path.isEmpty()) {
            throw refused(text);
        }
        List<Step> steps = new ArrayList<>();
        int at = 0;
        while (at < path.length()) {
            at = path.charAt(at) == '[' ? place(text, path, at, steps) : name(text, path, at, steps);
        }
        if (steps.size() > MAX_STEPS) {
            throw refused(text);
        }
        return new JsonPath(steps, equals < 0 ? null : text.substring(equals + 1));
    }

    /** Reads {@code [digits]} and returns where the next step begins. */
    private static int place(String text, String path, int at, List<Step> steps) {
        int close = path.indexOf(']', at);
        int digits = close - at - 1;
        if (close < 0 || digits < 1 || digits > MAX_DIGITS) {
            throw refused(text);
        }
        int place = 0;
        for (int i = at + 1; i < close; i++) {
            char digit = path.charAt(i);
            if (digit < '0' || digit > '9') {
                throw refused(text);
            }
            place = place * 10 + digit - '0';
        }
        steps.add(new Place(place));
        return close + 1;
    }

    /** Reads a name, with a dot before it unless it is the first step, and returns where the next step begins. */
    private static int name(String text, String path, int at, List<Step> steps) {
        boolean dotted = path.charAt(at) == '.';
        if (dotted == steps.isEmpty()) {
            throw refused(text);
        }
        int start = dotted ? at + 1 : at;
        int end = start;
        while (end < path.length() && ".[]".indexOf(path.charAt(end)) < 0) {
            end++;
        }
        if (end == start || end < path.length() && path.charAt(end) == ']') {
            throw refused(text);
        }
        steps.add(new Name(path.substring(start, end)));
        return end;
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException("json-path: "
                + (text.length() > MAX_LENGTH ? text.length() + " characters" : text)
                + " (expected: a path such as data.items[0].id or data.state=open)");
    }

    /** Whether {@code body} is JSON that has the member, with the value where one is asked. */
    boolean isIn(byte[] body) {
        JsonNode at;
        try {
            at = JSON.readTree(body);
        } catch (IOException e) {
            return false;
        }
        for (Step step : steps) {
            at = step.from(at);
        }
        return !at.isMissingNode()
                && (value == null || at.isValueNode() && at.asText().equals(value));
    }

    /** One step down. */
    sealed interface Step {
        /** The member, a missing node when there is none. */
        JsonNode from(JsonNode node);
    }

    /** To a member of an object. */
    record Name(String name) implements Step {
        @Override
        public JsonNode from(JsonNode node) {
            return node.path(name);
        }
    }

    /** To a place of an array, 0 for the first. */
    record Place(int place) implements Step {
        @Override
        public JsonNode from(JsonNode node) {
            return node.path(place);
        }
    }
}
