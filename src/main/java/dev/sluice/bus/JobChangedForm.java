package dev.sluice.bus;

import dev.sluice.message.JobChanged;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** {@code sluice.job.changed.v1}. */
final class JobChangedForm implements JsonForm.Event<JobChanged> {
    @Override
    public JsonObject encode(JobChanged message) {
        return new JsonObject()
                .put("id", message.id())
                .put("kind", message.kind())
                .put("type", message.type())
                .put("state", message.state())
                .put("attempts", message.attempts())
                .put("progress", object(message.progress()))
                .put("result", object(message.result()))
                .put("error", message.error())
                .put("at", JsonValues.instant(message.atMillis()));
    }

    /** The object in {@code json}; the text itself where a handler wrote something else. */
    private static @Nullable Object object(@Nullable String json) {
        if (json == null) {
            return null;
        }
        try {
            return new JsonObject(json);
        } catch (DecodeException e) {
            return json;
        }
    }
}
