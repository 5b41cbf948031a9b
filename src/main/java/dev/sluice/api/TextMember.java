package dev.sluice.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Bodies that are an object with one text in it. */
final class TextMember {
    private static final int LONGEST = 2_000;

    private TextMember() {}

    /**
     * Reads the text.
     *
     * @param name of the only member
     * @throws Refused when the body is anything else
     */
    static String parse(Buffer body, String name) {
        Object json;
        try {
            json = Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new Refused(Problems.invalidBody("the body is no JSON", new JsonArray()));
        }
        if (json instanceof JsonObject object
                && object.size() == 1
                && object.getValue(name) instanceof String text
                && !text.isBlank()
                && text.length() <= LONGEST) {
            return text;
        }
        throw new Refused(Problems.invalidBody(
                "not an object with " + name + " alone (expected: {\"" + name + "\": a text of 1.." + LONGEST
                        + " characters})",
                new JsonArray()));
    }
}
