package dev.sluice.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Bodies that are an object. */
final class JsonBody {
    private JsonBody() {}

    /**
     * Reads the object.
     *
     * @param expected what it is, for who sent something else
     * @throws Refused when the body is anything else
     */
    static JsonObject object(Buffer body, String expected) {
        Object json;
        try {
            json = Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new Refused(Problems.invalidBody("the body is no JSON", new JsonArray()));
        }
        if (json instanceof JsonObject object) {
            return object;
        }
        throw new Refused(
                Problems.invalidBody("no object (expected: an object with " + expected + ")", new JsonArray()));
    }
}
