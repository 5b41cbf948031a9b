package dev.sluice.bus;

import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Values as the JSON forms write them. */
final class JsonValues {
    private JsonValues() {}

    /** ISO 8601 in UTC; null for 0, which means never. */
    static @Nullable String instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
    }

    /** Null for {@code NaN}, which JSON has no word for. */
    static @Nullable Double number(double value) {
        return Double.isNaN(value) ? null : value;
    }

    private static @Nullable Double tenths(double value) {
        return Double.isNaN(value) ? null : Math.round(value * 10) / 10.0;
    }

    private static @Nullable JsonObject deep(Health.@Nullable Deep deep) {
        return deep == null
                ? null
                : new JsonObject()
                        .put("at", instant(deep.atMillis()))
                        .put("success_rate", number(deep.successRate()))
                        .put("spread_ms", number(deep.spreadMillis()));
    }

    static JsonObject health(Health health) {
        return new JsonObject()
                .put("alive", health.alive())
                .put("active", health.active())
                .put("tier", health.tier().text())
                .put("risk", health.risk().text())
                .put("priority", health.priority())
                .put("verified", health.verified().text())
                .put("capabilities", new JsonArray(Capability.names(health.capabilities())))
                .put("anonymity", health.anonymity().text())
                .put("tampering", health.tampering().text())
                .put("exit_address", health.exitAddress())
                .put("rotating", health.rotation().rotates())
                .put("latency_ms", number(health.latencyMillis()))
                .put("latency_p50_ms", tenths(health.latencies().percentile(50)))
                .put("latency_p95_ms", tenths(health.latencies().percentile(95)))
                .put("latency_p99_ms", tenths(health.latencies().percentile(99)))
                .put("success_rate", number(health.successRate()))
                .put("deep", deep(health.deep()))
                .put("consecutive_failures", health.consecutiveFailures())
                .put(
                        "last_reason",
                        health.lastReason() == FailureReason.NONE
                                ? null
                                : health.lastReason().text())
                .put("last_checked_at", instant(health.lastCheckedAtMillis()))
                .put("next_check_at", instant(health.nextCheckAtMillis()));
    }
}
