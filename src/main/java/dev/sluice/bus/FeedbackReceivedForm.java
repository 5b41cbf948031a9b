package dev.sluice.bus;

import dev.sluice.message.FeedbackReceived;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** {@code sluice.feedback.received.v1}. */
final class FeedbackReceivedForm implements JsonForm.Event<FeedbackReceived> {
    @Override
    public JsonObject encode(FeedbackReceived message) {
        JsonArray reports = new JsonArray();
        for (FeedbackReceived.Report report : message.reports()) {
            reports.add(new JsonObject()
                    .put("source", report.application())
                    .put("proxy_id", report.proxyId())
                    .put("success", report.success())
                    .put("latency_ms", JsonValues.number(report.latencyMillis()))
                    .put("reason", report.reason())
                    .put("target", report.target())
                    .put("received_at", JsonValues.instant(report.atMillis())));
        }
        return new JsonObject().put("reports", reports);
    }
}
