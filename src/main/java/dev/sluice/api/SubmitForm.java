package dev.sluice.api;

import dev.sluice.port.JobKind;
import dev.sluice.port.Locate;
import dev.sluice.port.NewJob;
import dev.sluice.port.Recheck;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A job that a client submits by hand, read strictly: every error is named with its place (RFC 6901). */
final class SubmitForm {
    private static final List<String> OF_REPLAN = List.of("type", "priority");
    private static final List<String> OF_LOCATE = List.of("type", "priority", Locate.SCOPE, Locate.WEB);
    private static final List<String> OF_RECHECK =
            List.of("type", "priority", "key", "ids", "protocols", "tiers", "countries", "lists", "not_checked_for_s");
    private static final int LONGEST_KEY = 200;
    private static final int MOST_VALUES = 250;
    private static final int LONGEST_VALUE = 100;
    private static final long LONGEST_SECONDS = 31_536_000;

    private final JsonArray errors = new JsonArray();
    private final JsonObject object;

    private SubmitForm(JsonObject object) {
        this.object = object;
    }

    /**
     * Reads the wish for a job.
     *
     * @param owner who asks
     * @throws Refused with the place of every error
     */
    static NewJob parse(Buffer body, String owner) {
        return new SubmitForm(JsonBody.object(body, "type")).read(owner);
    }

    /**
     * Reads the wish to locate what is stored; an object without members means all of it.
     *
     * @param owner who asks
     * @throws Refused with the place of every error
     */
    static NewJob locate(Buffer body, String owner) {
        String expected = String.join(", ", OF_LOCATE.subList(1, OF_LOCATE.size()));
        SubmitForm form = new SubmitForm(JsonBody.object(body, expected));
        form.known(OF_LOCATE.subList(1, OF_LOCATE.size()));
        return form.location(owner);
    }

    private NewJob read(String owner) {
        Object type = object.getValue("type");
        if (Locate.TYPE.equals(type)) {
            known(OF_LOCATE);
            return location(owner);
        }
        boolean recheck = Recheck.TYPE.equals(type);
        if (!recheck && !Recheck.REPLAN.equals(type)) {
            error(
                    "type",
                    (type == null ? "absent" : "unknown") + " (expected: " + Recheck.TYPE + ", " + Recheck.REPLAN + ", "
                            + Locate.TYPE
                            + "; lists are imported by /api/v1/imports, exported by /api/v1/exports)");
            throw refused();
        }
        known(recheck ? OF_RECHECK : OF_REPLAN);
        int priority = (int) number("priority", 1, 10, NewJob.DEFAULT_PRIORITY);
        String key = key();
        JsonObject payload = recheck ? conditions() : new JsonObject();
        if (!errors.isEmpty()) {
            throw refused();
        }
        return new NewJob(
                recheck ? JobKind.VALIDATION : JobKind.ANALYSIS,
                recheck ? Recheck.TYPE : Recheck.REPLAN,
                payload.encode(),
                priority,
                // Planning everything anew twice at a time is of no use.
                recheck ? key : Recheck.REPLAN,
                null,
                null,
                0,
                NewJob.DEFAULT_ATTEMPTS,
                owner);
    }

    private void known(List<String> names) {
        for (String name : object.fieldNames()) {
            if (!names.contains(name)) {
                error(FeedbackForm.escaped(name), "unknown (expected: " + String.join(", ", names) + ")");
            }
        }
    }

    private NewJob location(String owner) {
        int priority = (int) number("priority", 1, 10, NewJob.DEFAULT_PRIORITY);
        Object given = object.getValue(Locate.SCOPE);
        Locate.Scope scope =
                given == null ? Locate.Scope.ALL : given instanceof String text ? Locate.Scope.of(text) : null;
        if (scope == null) {
            error(Locate.SCOPE, "invalid (expected: all, unlocated or alive)");
        }
        Object web = object.getValue(Locate.WEB);
        if (web != null && !(web instanceof Boolean)) {
            error(Locate.WEB, "invalid (expected: true or false)");
        }
        if (scope == null || !errors.isEmpty()) {
            throw refused();
        }
        return new Locate(scope, Boolean.TRUE.equals(web)).job(priority, owner);
    }

    /** The payload, in the names of {@link Recheck}'s components. */
    private JsonObject conditions() {
        return new JsonObject()
                .put("ids", ids())
                .put(
                        "schemes",
                        texts(
                                "protocols",
                                "http, https, socks4, socks5, unknown",
                                value -> value instanceof String text
                                        ? Scheme.of(text).map(Scheme::text).orElse(null)
                                        : null))
                .put("tiers", texts("tiers", "1..4 or active, at-risk, inactive, unknown", SubmitForm::tier))
                .put(
                        "countries",
                        texts(
                                "countries",
                                "ISO 3166-1 alpha-2",
                                value -> value instanceof String text && text.matches("[A-Za-z]{2}")
                                        ? text.toUpperCase(Locale.ROOT)
                                        : null))
                .put(
                        "lists",
                        texts(
                                "lists",
                                "names of sources",
                                value -> value instanceof String text && plain(text) ? text : null))
                .put("not_checked_for_s", number("not_checked_for_s", 0, LONGEST_SECONDS, 0));
    }

    private static @Nullable String tier(Object value) {
        for (Tier tier : Tier.values()) {
            if (value.equals(tier.text()) || value.equals(tier.number())) {
                return tier.text();
            }
        }
        return null;
    }

    private JsonArray ids() {
        JsonArray ids = new JsonArray();
        Object value = object.getValue("ids");
        if (value == null) {
            return ids;
        }
        boolean sound = value instanceof JsonArray array && !array.isEmpty() && array.size() <= Recheck.MOST_IDS;
        if (sound) {
            for (Object id : (JsonArray) value) {
                if (id instanceof Number number
                        && (id instanceof Integer || id instanceof Long)
                        && number.longValue() > 0) {
                    ids.add(number.longValue());
                } else {
                    sound = false;
                }
            }
        }
        if (!sound) {
            error("ids", "invalid (expected: 1.." + Recheck.MOST_IDS + " numbers of proxies)");
        }
        return ids;
    }

    private JsonArray texts(String name, String expected, Function<Object, @Nullable String> form) {
        JsonArray texts = new JsonArray();
        Object value = object.getValue(name);
        if (value == null) {
            return texts;
        }
        boolean sound = value instanceof JsonArray array && !array.isEmpty() && array.size() <= MOST_VALUES;
        if (sound) {
            for (Object given : (JsonArray) value) {
                String text = given == null ? null : form.apply(given);
                if (text == null || text.isBlank() || text.length() > LONGEST_VALUE) {
                    sound = false;
                } else {
                    texts.add(text);
                }
            }
        }
        if (!sound) {
            error(name, "invalid (expected: a list of " + expected + ")");
        }
        return texts;
    }

    private long number(String name, long min, long max, long absent) {
        Object value = object.getValue(name);
        if (value == null) {
            return absent;
        }
        if ((value instanceof Integer || value instanceof Long)
                && ((Number) value).longValue() >= min
                && ((Number) value).longValue() <= max) {
            return ((Number) value).longValue();
        }
        error(name, "invalid (expected: a whole number, " + min + ".." + max + ")");
        return absent;
    }

    private @Nullable String key() {
        Object value = object.getValue("key");
        if (value == null) {
            return null;
        }
        if (value instanceof String text && !text.isBlank() && text.length() <= LONGEST_KEY && plain(text)) {
            return text;
        }
        error("key", "invalid (expected: a text of 1.." + LONGEST_KEY + " characters)");
        return null;
    }

    /** Not every database can hold control characters. */
    private static boolean plain(String text) {
        return text.chars().noneMatch(Character::isISOControl);
    }

    private void error(String name, String detail) {
        if (errors.size() < FeedbackForm.MAX_ERRORS) {
            errors.add(new JsonObject().put("pointer", '/' + name).put("detail", detail));
        }
    }

    private Refused refused() {
        return new Refused(Problems.invalidBody("the job has errors; none was submitted", errors));
    }
}
