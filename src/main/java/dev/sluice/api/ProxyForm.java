package dev.sluice.api;

import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How an entry looks in answers. What is not known is null. */
final class ProxyForm {
    private ProxyForm() {}

    static String url(PooledProxy proxy, boolean credentials) {
        return credentials ? proxy.key().urlWithCredentials() : proxy.key().url();
    }

    static JsonObject json(PooledProxy proxy, double reputation, boolean credentials) {
        Health health = proxy.health();
        Location location = proxy.location();
        JsonObject json = new JsonObject()
                .put("url", url(proxy, credentials))
                .put("protocol", proxy.key().scheme().text())
                .put("host", proxy.key().host())
                .put("port", proxy.key().port())
                .put("capabilities", new JsonArray(Capability.names(health.capabilities())))
                .put("verified", health.verified().text())
                .put("country", location.country())
                .put("region", location.region())
                .put("city", location.city())
                .put("asn", location.asn() == 0 ? null : location.asn())
                .put("organisation", location.organisation())
                .put("anonymity", health.anonymity().text())
                .put("tier", health.tier().number())
                .put("reputation", tenths(reputation))
                .put("latency_ms", tenths(health.latencyMillis()))
                .put("latency_p50_ms", tenths(health.latencies().percentile(50)))
                .put("latency_p95_ms", tenths(health.latencies().percentile(95)))
                .put("latency_p99_ms", tenths(health.latencies().percentile(99)))
                .put("success_rate", thousandths(health.successRate()))
                .put("deep", deep(health.deep()))
                .put("exit_address", health.exitAddress())
                .put("rotating", health.rotation().rotates())
                .put("last_checked_at", time(health.lastCheckedAtMillis()))
                .put("alive_since", time(health.stateSinceMillis()))
                .put("lists", new JsonArray(proxy.lists()));
        Credentials known = proxy.key().credentials();
        if (credentials && known != null) {
            json.put("username", known.user()).put("password", known.password().reveal());
        }
        return json;
    }

    static @Nullable JsonObject deep(Health.@Nullable Deep deep) {
        return deep == null
                ? null
                : new JsonObject()
                        .put("at", time(deep.atMillis()))
                        .put("success_rate", thousandths(deep.successRate()))
                        .put("spread_ms", tenths(deep.spreadMillis()));
    }

    /** ISO 8601 in UTC; null for never. */
    static @Nullable String time(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
    }

    static @Nullable Double tenths(double value) {
        return Double.isNaN(value) ? null : Math.round(value * 10) / 10.0;
    }

    static @Nullable Double thousandths(double value) {
        return Double.isNaN(value) ? null : Math.round(value * 1_000) / 1_000.0;
    }
}
