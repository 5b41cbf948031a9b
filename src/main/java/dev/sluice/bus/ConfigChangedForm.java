package dev.sluice.bus;

import dev.sluice.message.ConfigChanged;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** {@code sluice.config.changed.v1}: keys only, no values. */
final class ConfigChangedForm implements JsonForm.Event<ConfigChanged> {
    @Override
    public JsonObject encode(ConfigChanged message) {
        return new JsonObject()
                .put("applied", new JsonArray(message.applied()))
                .put("restart", new JsonArray(message.restart()));
    }
}
