package dev.sluice.bus;

import dev.sluice.message.SourceChanged;
import io.vertx.core.json.JsonObject;

/** {@code sluice.source.changed.v1}. */
final class SourceChangedForm implements JsonForm.Event<SourceChanged> {
    @Override
    public JsonObject encode(SourceChanged message) {
        return new JsonObject()
                .put("source", message.source())
                .put("enabled", message.enabled())
                .put("chosen", message.chosen());
    }
}
