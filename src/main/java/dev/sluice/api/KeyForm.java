package dev.sluice.api;

import dev.sluice.port.KeyRecord.Role;
import dev.sluice.secret.NewKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A key as a client wishes it, read strictly: every error is named with its place (RFC 6901). */
final class KeyForm {
    private static final List<String> MEMBERS =
            List.of("label", "roles", "credentials", Expiry.AT, Expiry.TTL, "requests_per_second");
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
        return new KeyForm().read(JsonBody.object(body, String.join(", ", MEMBERS)), nowMillis);
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
        long expires = Expiry.millis(object, nowMillis, this::error);
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

    private static String stateOf(@Nullable Object value) {
        return value == null ? "absent" : "invalid";
    }

    private void error(String name, String detail) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new JsonObject().put("pointer", '/' + name).put("detail", detail));
        }
    }
}
