package dev.sluice.bus;

import dev.sluice.message.CheckSuspended;
import io.vertx.core.json.JsonObject;

/** {@code sluice.check.suspended.v1}. */
final class CheckSuspendedForm implements JsonForm.Event<CheckSuspended> {
    @Override
    public JsonObject encode(CheckSuspended message) {
        return new JsonObject()
                .put("suspended", message.suspended())
                .put("anchors_down", message.anchorsDown())
                .put("anchors", message.anchors())
                .put("at", JsonValues.instant(message.atMillis()));
    }
}
