package dev.sluice.api;

import dev.sluice.pool.Served;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How an entry looks in answers. What is not known is null. */
final class ProxyForm {
    private ProxyForm() {}

    static String url(Served proxy, boolean credentials) {
        return credentials ? proxy.key().urlWithCredentials() : proxy.key().url();
    }

    static JsonObject json(Served proxy, boolean credentials) {
        Location location = proxy.location();
        Latencies latencies = proxy.latencies();
        ProxyKey key = proxy.key();
        JsonObject json = new JsonObject()
                .put("id", proxy.id())
                .put("url", credentials ? key.urlWithCredentials() : key.url())
                .put("protocol", key.scheme().text())
                .put("host", key.host())
                .put("port", key.port())
                .put("capabilities", new JsonArray(Capability.names(proxy.capabilities())))
                .put("verified", proxy.verified().text())
                .put("country", location.country())
                .put("region", location.region())
                .put("city", location.city())
                .put("asn", location.asn() == 0 ? null : location.asn())
                .put("organisation", location.organisation())
                .put("type", type(location))
                .put("location_origin", location.origin())
                .put("anonymity", proxy.anonymity().text())
                .put("tier", proxy.tier().number())
                .put("reputation", tenths(proxy.reputation()))
                .put("latency_ms", tenths(proxy.latencyMillis()))
                .put("latency_p50_ms", tenths(latencies.percentile(50)))
                .put("latency_p95_ms", tenths(latencies.percentile(95)))
                .put("latency_p99_ms", tenths(latencies.percentile(99)))
                .put("success_rate", thousandths(proxy.successRate()))
                .put("deep", deep(proxy.deep()))
                .put("exit_address", proxy.exitAddress())
                .put("rotating", proxy.rotation().rotates())
                .put("last_checked_at", time(proxy.lastCheckedAtMillis()))
                .put("alive_since", time(proxy.stateSinceMillis()))
                .put("lists", new JsonArray(proxy.lists()));
        Credentials known = key.credentials();
        if (credentials && known != null) {
            json.put("username", known.user()).put("password", known.password().reveal());
        }
        return json;
    }

    /** The name of the type of network; null when it is not known. */
    static @Nullable String type(Location location) {
        NetworkType type = location.type();
        return type == null ? null : type.text();
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
