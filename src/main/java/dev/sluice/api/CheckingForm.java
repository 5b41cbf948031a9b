package dev.sluice.api;

import dev.sluice.port.Checking;
import dev.sluice.port.Resources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the checker does, and why it does no more, as JSON. */
final class CheckingForm {
    private CheckingForm() {}

    static JsonObject json(Resources.Bottleneck bottleneck) {
        return new JsonObject()
                .put("resource", bottleneck.resource().name().toLowerCase(Locale.ROOT))
                .put("text", bottleneck.text())
                .put("shed", new JsonArray(bottleneck.shed()));
    }

    static JsonObject json(Checking.State state) {
        JsonObject cuts = new JsonObject();
        new TreeMap<>(state.cuts()).forEach(cuts::put);
        JsonArray anchors = new JsonArray();
        for (Checking.Anchor anchor : state.anchors()) {
            anchors.add(new JsonObject()
                    .put("address", anchor.address())
                    .put("up", anchor.up())
                    .put("delay_ms", rounded(anchor.delayMillis())));
        }
        JsonArray judges = new JsonArray();
        for (Checking.Judge judge : state.judges()) {
            judges.add(new JsonObject()
                    .put("url", judge.url())
                    .put("form", judge.form())
                    .put("up", judge.up()));
        }
        return new JsonObject()
                .put("phase", state.phase())
                .put("suspended", state.suspended())
                .put("rate_per_second", rounded(state.ratePerSecond()))
                .put("starts_per_second", rounded(state.startsPerSecond()))
                .put("max_rate_per_second", rounded(state.maxRatePerSecond()))
                .put("in_flight", state.inFlight())
                .put("limit", state.limit())
                .put("waiting", state.waiting())
                .put("held", state.held())
                .put("repeated", state.repeated())
                .put("last_cut_reason", state.lastCutReason())
                .put("last_cut_at", ProxyForm.time(state.lastCutAtMillis()))
                .put("cuts", cuts)
                .put("lag_ms", rounded(state.lagMillis()))
                .put("anchor_delay_ms", rounded(state.anchorDelayMillis()))
                .put("anchor_loss", rounded(state.anchorLoss()))
                .put("anchors", anchors)
                .put("judges", judges);
    }

    static @Nullable Double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 1e3) / 1e3 : null;
    }
}
