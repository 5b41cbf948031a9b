package dev.sluice.api;

import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.Tier;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator orders for a proxy, read strictly: every error is named with its place (RFC 6901). And how an order
 * looks in answers.
 */
final class OverrideForm {
    private static final String TIER = "tier";
    private static final String PRIORITY = "priority";
    private static final String ACTIVE = "active";
    private static final String TYPE = "type";
    private static final String TAGS = "tags";
    private static final List<String> MEMBERS = List.of(TIER, PRIORITY, ACTIVE, TYPE, TAGS, Expiry.AT, Expiry.TTL);

    private final JsonArray errors = new JsonArray();

    private OverrideForm() {}

    /**
     * Reads an order.
     *
     * @param nowMillis from when on a {@code ttl} counts
     * @throws Refused with the place of every error
     */
    static ManualOverride parse(Buffer body, long nowMillis) {
        return new OverrideForm().read(JsonBody.object(body, String.join(", ", MEMBERS)), nowMillis);
    }

    private ManualOverride read(JsonObject object, long nowMillis) {
        for (String name : object.fieldNames()) {
            if (!MEMBERS.contains(name)) {
                error(FeedbackForm.escaped(name), "unknown (expected: " + String.join(", ", MEMBERS) + ")");
            }
        }
        Tier tier = tier(object.getValue(TIER));
        int priority = priority(object.getValue(PRIORITY));
        Boolean active = active(object.getValue(ACTIVE));
        NetworkType type = type(object.getValue(TYPE));
        List<String> tags = tags(object.getValue(TAGS));
        long ends = Expiry.millis(object, nowMillis, this::error);
        if (!errors.isEmpty()) {
            throw new Refused(Problems.invalidBody("the order has errors; nothing was changed", errors));
        }
        if (tier == null && priority == 0 && active == null && type == null && tags.isEmpty()) {
            throw new Refused(Problems.invalidBody(
                    "nothing is ordered (expected: tier, priority, active, type or tags; DELETE takes an order back)",
                    errors));
        }
        return new ManualOverride(tier, priority, active, type, tags, ends == 0 ? Long.MAX_VALUE : ends);
    }

    private @Nullable NetworkType type(@Nullable Object value) {
        NetworkType type = value instanceof String text ? NetworkType.of(text) : null;
        if (value != null && type == null) {
            error(TYPE, "invalid (expected: datacenter, residential or mobile)");
        }
        return type;
    }

    private List<String> tags(@Nullable Object value) {
        if (value == null) {
            return List.of();
        }
        List<String> tags = new ArrayList<>();
        boolean sound = value instanceof JsonArray array && !array.isEmpty() && array.size() <= ManualOverride.MAX_TAGS;
        if (sound) {
            for (Object each : (JsonArray) value) {
                sound &= each instanceof String text && ManualOverride.isTag(text);
                tags.add(String.valueOf(each));
            }
        }
        if (!sound) {
            error(
                    TAGS,
                    "invalid (expected: 1.." + ManualOverride.MAX_TAGS + " texts of 1.." + ManualOverride.MAX_TAG_LENGTH
                            + " of a-z, 0-9, dot, dash and underscore, a letter or digit first)");
            return List.of();
        }
        return tags;
    }

    private @Nullable Tier tier(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        for (Tier tier : Tier.values()) {
            boolean meant =
                    tier.text().equals(value) || Integer.valueOf(tier.number()).equals(value);
            if (meant && tier != Tier.UNKNOWN) {
                return tier;
            }
        }
        error(TIER, "invalid (expected: active, at-risk or inactive, or 1..3)");
        return null;
    }

    private int priority(@Nullable Object value) {
        if (value == null) {
            return 0;
        }
        if (value instanceof Integer priority && priority >= 1 && priority <= 10) {
            return priority;
        }
        error(PRIORITY, "invalid (expected: a whole number, 1..10)");
        return 0;
    }

    private @Nullable Boolean active(@Nullable Object value) {
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        error(ACTIVE, "invalid (expected: true or false)");
        return null;
    }

    private void error(String name, String detail) {
        if (errors.size() < FeedbackForm.MAX_ERRORS) {
            errors.add(new JsonObject().put("pointer", '/' + name).put("detail", detail));
        }
    }

    /** An order as JSON; null where there is none, or it has ended. */
    static @Nullable JsonObject json(@Nullable ManualOverride override, long nowMillis) {
        if (override == null || !override.holds(nowMillis)) {
            return null;
        }
        Tier tier = override.tier();
        NetworkType type = override.type();
        return new JsonObject()
                .put(TIER, tier == null ? null : tier.number())
                .put(PRIORITY, override.priority() == 0 ? null : override.priority())
                .put(ACTIVE, override.active())
                .put(TYPE, type == null ? null : type.text())
                .put(TAGS, new JsonArray(override.tags()))
                .put(
                        Expiry.AT,
                        override.untilMillis() == Long.MAX_VALUE ? null : ProxyForm.time(override.untilMillis()));
    }
}
