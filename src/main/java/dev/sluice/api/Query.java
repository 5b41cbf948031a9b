package dev.sluice.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a request, read strictly: known names only, each at most once, valid UTF-8, nothing empty. */
final class Query {
    /** May stand in every request; {@link Guard} reads it. */
    static final String API_KEY = "api_key";

    private final Map<String, String> values;

    private Query(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads {@code raw}, the part behind the question mark.
     *
     * @throws Refused naming the parameter
     */
    static Query parse(@Nullable String raw, Collection<String> known) {
        Map<String, String> values = new LinkedHashMap<>();
        if (raw == null || raw.isEmpty()) {
            return new Query(values);
        }
        for (String pair : raw.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            if (!known.contains(name) && !name.equals(API_KEY)) {
                throw new Refused(Problems.unknownParameter(name, known));
            }
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (value.isEmpty()) {
                throw new Refused(Problems.invalidParameter(name, name + ": empty (expected: a value)"));
            }
            if (values.put(name, value) != null) {
                throw new Refused(
                        Problems.invalidParameter(name, name + ": given twice (expected: once; values by comma)"));
            }
        }
        values.remove(API_KEY);
        return new Query(values);
    }

    /** Parameters that came another way. */
    static Query of(Map<String, String> values) {
        return new Query(new LinkedHashMap<>(values));
    }

    Map<String, String> values() {
        return values;
    }

    @Nullable
    String get(String name) {
        return values.get(name);
    }

    /** A flag: {@code 1} or {@code true}, {@code 0} or {@code false}; false when absent. */
    boolean flag(String name) {
        String text = values.get(name);
        if (text == null || text.equals("0") || text.equals("false")) {
            return false;
        }
        if (text.equals("1") || text.equals("true")) {
            return true;
        }
        throw new Refused(Problems.invalidParameter(name, name + ": " + text + " (expected: 1 or 0)"));
    }

    /** A whole number within bounds; {@code absent} when it is not given. */
    int number(String name, int min, int max, int absent) {
        String text = values.get(name);
        if (text == null) {
            return absent;
        }
        int value = -1;
        if (text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            value = Integer.parseInt(text);
        }
        if (value < min || value > max) {
            throw new Refused(Problems.invalidParameter(
                    name, name + ": " + text + " (expected: a whole number, " + min + ".." + max + ")"));
        }
        return value;
    }

    /**
     * Percent-decoding (WHATWG URL, application/x-www-form-urlencoded: a plus is a blank).
     *
     * @throws Refused for a bad escape, bytes that are not UTF-8, and control characters
     */
    static String decode(String text) {
        boolean plain = true;
        for (int i = 0; i < text.length() && plain; i++) {
            char c = text.charAt(i);
            plain = c > ' ' && c < 127 && c != '%' && c != '+';
        }
        return plain ? text : decodeBytes(text);
    }

    private static String decodeBytes(String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(raw.length);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '%') {
                int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
                int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    throw new Refused(Problems.malformed("query: a % without two hexadecimal digits"));
                }
                decoded.put((byte) (high << 4 | low));
                i += 2;
            } else {
                decoded.put(raw[i] == '+' ? (byte) ' ' : raw[i]);
            }
        }
        String result;
        try {
            result = StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new Refused(Problems.malformed("query: bytes that are not UTF-8"));
        }
        if (result.chars().anyMatch(Character::isISOControl)) {
            throw new Refused(Problems.malformed("query: a control character"));
        }
        return result;
    }
}
