package dev.sluice.bus;

import dev.sluice.message.SourceFetched;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** {@code sluice.source.fetched.v1}. */
final class SourceFetchedForm implements JsonForm.Event<SourceFetched> {
    @Override
    public JsonObject encode(SourceFetched message) {
        return new JsonObject()
                .put("source", message.source())
                .put("fetched_at", JsonValues.instant(message.fetchedAtMillis()))
                .put("result", message.result().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .put("entries", message.entries())
                .put("added", message.added())
                .put("rejected", message.rejected())
                .put("error", message.error());
    }
}
