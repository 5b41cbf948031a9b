package dev.sluice.api;

import dev.sluice.config.DurationFormat;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.secret.NewKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A key as a client wishes it, read strictly: every error is named with its place (RFC 6901). */
final class KeyForm {
    private static final List<String> MEMBERS =
            List.of("label", "roles", "credentials", "expires_at", "ttl", "requests_per_second");
    private static final Duration LONGEST_LIFE = Duration.ofDays(36_500);
    private static final int MAX_NAME = 100;
    private static final int MAX_ERRORS = 10;

    private final JsonArray errors = new JsonArray();

    private KeyForm() {}

    /**
     * Reads the wish for a key.
     *
     * @param nowMillis from when on a {@code ttl} counts
     * @throws Refused with the place of every error, up to {@value #MAX_ERRORS}
     */
    static NewKey parse(Buffer body, long nowMillis) {
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
        return new KeyForm().read(object, nowMillis);
    }

    private NewKey read(JsonObject object, long nowMillis) {
        for (String name : object.fieldNames()) {
            if (!MEMBERS.contains(name)) {
                String bounded = name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
                error(
                        bounded.replace("~", "~0").replace("/", "~1"),
                        "unknown (expected: " + String.join(", ", MEMBERS) + ")");
            }
        }
        String label = label(object.getValue("label"));
        Set<Role> roles = roles(object.getValue("roles"));
        boolean credentials = credentials(object.getValue("credentials"));
        int rate = rate(object.getValue("requests_per_second"));
        long expires = expires(object, nowMillis);
        if (!errors.isEmpty() || label == null) {
            throw new Refused(Problems.invalidBody("the key has errors; none was made", errors));
        }
        return new NewKey(label, roles, credentials, expires, rate);
    }

    private @Nullable String label(@Nullable Object value) {
        if (value instanceof String text
                && !text.isBlank()
                && text.length() <= NewKey.MAX_LABEL
                && text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        error("label", stateOf(value) + " (expected: a text of 1.." + NewKey.MAX_LABEL + " characters)");
        return null;
    }

    private Set<Role> roles(@Nullable Object value) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        boolean sound = value instanceof JsonArray;
        if (value instanceof JsonArray array) {
            for (Object name : array) {
                Role role = name instanceof String text ? Role.of(text) : null;
                if (role == null) {
                    sound = false;
                } else {
                    roles.add(role);
                }
            }
        }
        if (!sound || roles.isEmpty()) {
            error("roles", stateOf(value) + " (expected: a list of read, feedback, admin; one at least)");
        }
        return roles;
    }

    private boolean credentials(@Nullable Object value) {
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        error("credentials", "invalid (expected: true or false)");
        return false;
    }

    private int rate(@Nullable Object value) {
        if (value == null) {
            return 0;
        }
        if (value instanceof Integer rate && rate >= 1 && rate <= NewKey.MAX_RATE) {
            return rate;
        }
        error("requests_per_second", "invalid (expected: a whole number, 1.." + NewKey.MAX_RATE + ")");
        return 0;
    }

    /** When it expires; 0 for never. */
    private long expires(JsonObject object, long nowMillis) {
        Object at = object.getValue("expires_at");
        Object ttl = object.getValue("ttl");
        if (at != null && ttl != null) {
            error("ttl", "given together with expires_at (expected: one of them)");
            return 0;
        }
        if (ttl != null) {
            Duration life = duration(ttl);
            if (life != null && !life.isZero() && life.compareTo(LONGEST_LIFE) <= 0) {
                return nowMillis + life.toMillis();
            }
            error("ttl", "invalid (expected: a duration such as 12h or 90d, up to 36500d)");
        } else if (at != null) {
            long millis = instant(at);
            if (millis > nowMillis && millis - nowMillis <= LONGEST_LIFE.toMillis()) {
                return millis;
            }
            error("expires_at", "invalid (expected: a time to come such as 2030-01-01T00:00:00Z, within 36500 days)");
        }
        return 0;
    }

    private static @Nullable Duration duration(Object value) {
        try {
            return value instanceof String text && text.length() <= MAX_NAME ? DurationFormat.parse(text) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Milliseconds since 1970-01-01T00:00Z, 0 when it is no time. */
    private static long instant(Object value) {
        try {
            return value instanceof String text && text.length() <= MAX_NAME
                    ? Instant.parse(text).toEpochMilli()
                    : 0;
        } catch (DateTimeException | ArithmeticException e) {
            return 0;
        }
    }

    private static String stateOf(@Nullable Object value) {
        return value == null ? "absent" : "invalid";
    }

    private void error(String name, String detail) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new JsonObject().put("pointer", '/' + name).put("detail", detail));
        }
    }
}
