package dev.sluice.api;

import io.vertx.core.json.JsonObject;

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
