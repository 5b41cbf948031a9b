package dev.sluice.bus;

import dev.sluice.message.ScheduleTick;
import io.vertx.core.json.JsonObject;

/** {@code sluice.schedule.tick.v1}. */
final class ScheduleTickForm implements JsonForm.Event<ScheduleTick> {
    @Override
    public JsonObject encode(ScheduleTick message) {
        return new JsonObject()
                .put("schedule", message.schedule())
                .put("scheduled_for", JsonValues.instant(message.scheduledForMillis()))
                .put("coalesced", message.coalesced());
    }
}
