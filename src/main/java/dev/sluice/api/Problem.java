package dev.sluice.api;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What an error answer says (RFC 9457). Made by {@link Problems} alone.
 *
 * @param status of the answer, 400..599
 * @param type last part of its type URI
 * @param title the same for every problem of this type
 * @param detail what is wrong with this request
 * @param members further members
 */
record Problem(int status, String type, String title, String detail, JsonObject members) {
    static final String MEDIA_TYPE = "application/problem+json";
    static final String TYPE_PREFIX = "urn:sluice:problem:";

    /** Member that says in how many seconds to ask again. */
    static final String RETRY_AFTER = "retry_after_s";

    /** Value of the header Retry-After; null where there is no point in asking again. */
    @Nullable
    String retryAfter() {
        Object seconds = members.getValue(RETRY_AFTER);
        return seconds != null ? seconds.toString() : status == 503 ? "1" : null;
    }

    Problem with(String name, Object value) {
        return new Problem(status, type, title, detail, members.copy().put(name, value));
    }

    JsonObject json() {
        return new JsonObject()
                .put("type", TYPE_PREFIX + type)
                .put("title", title)
                .put("status", status)
                .put("detail", detail)
                .mergeIn(members);
    }
}
