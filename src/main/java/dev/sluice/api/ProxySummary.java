package dev.sluice.api;

import dev.sluice.pool.Reputation;
import dev.sluice.pool.Served;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How a proxy looks in the results of a search: the same members, dead or alive; what is not known is null. */
final class ProxySummary {
    private ProxySummary() {}

    /** One in the pool. */
    static JsonObject of(Served served, boolean credentials) {
        return place(
                identity(served.id(), served.key(), credentials)
                        .put("alive", true)
                        .put("archived", false)
                        .put("verified", served.verified().text())
                        .put("anonymity", served.anonymity().text())
                        .put("tier", served.tier().number())
                        .put("reputation", ProxyForm.tenths(served.reputation()))
                        .put("latency_ms", ProxyForm.tenths(served.latencyMillis()))
                        .put("success_rate", ProxyForm.thousandths(served.successRate()))
                        .put("consecutive_failures", served.consecutiveFailures())
                        .putNull("checks")
                        .putNull("last_reason")
                        .put("since", ProxyForm.time(served.stateSinceMillis()))
                        .put("last_checked_at", ProxyForm.time(served.lastCheckedAtMillis()))
                        .put("next_check_at", ProxyForm.time(served.nextCheckAtMillis())),
                served.location(),
                served.lists());
    }

    /** One as the store has it. */
    static JsonObject of(StoredProxy stored, boolean credentials) {
        Health health = stored.health();
        FailureReason reason = health.lastReason();
        return place(
                identity(stored.id(), stored.key(), credentials)
                        .put("alive", health.alive())
                        .put("archived", stored.archived())
                        .put("verified", health.verified().text())
                        .put("anonymity", health.anonymity().text())
                        .put("tier", health.tier().number())
                        .put("reputation", ProxyForm.tenths(Reputation.of(health)))
                        .put("latency_ms", ProxyForm.tenths(health.latencyMillis()))
                        .put("success_rate", ProxyForm.thousandths(health.successRate()))
                        .put("consecutive_failures", health.consecutiveFailures())
                        .put("checks", health.checks())
                        .put("last_reason", reason == FailureReason.NONE ? null : reason.text())
                        .put("since", ProxyForm.time(health.stateSinceMillis()))
                        .put("last_checked_at", ProxyForm.time(health.lastCheckedAtMillis()))
                        .put("next_check_at", ProxyForm.time(health.nextCheckAtMillis())),
                stored.location(),
                stored.lists());
    }

    private static JsonObject identity(long id, ProxyKey key, boolean credentials) {
        JsonObject json = new JsonObject()
                .put("id", id)
                .put("url", credentials ? key.urlWithCredentials() : key.url())
                .put("protocol", key.scheme().text())
                .put("host", key.host())
                .put("port", key.port());
        Credentials known = key.credentials();
        if (credentials && known != null) {
            json.put("username", known.user()).put("password", known.password().reveal());
        }
        return json;
    }

    private static JsonObject place(JsonObject json, Location location, List<String> lists) {
        return json.put("country", location.country())
                .put("region", location.region())
                .put("city", location.city())
                .put("asn", location.asn() == 0 ? null : location.asn())
                .put("organisation", location.organisation())
                .put("lists", new JsonArray(lists));
    }
}
