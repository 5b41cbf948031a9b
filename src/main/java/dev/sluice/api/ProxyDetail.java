package dev.sluice.api;

import dev.sluice.pool.Feedback;
import dev.sluice.pool.Reputation;
import dev.sluice.pool.Served;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How one proxy looks in detail. What is not known, or only the database knows while it does not answer, is null. */
final class ProxyDetail {
    private ProxyDetail() {}

    /** A proxy that is served; {@code stored} is null when the database does not answer, or does not know it yet. */
    static JsonObject of(Served served, @Nullable StoredProxy stored, boolean credentials, long nowMillis) {
        Seen seen = new Seen(
                true,
                served.verified(),
                served.capabilities(),
                served.anonymity(),
                served.tier(),
                served.exitAddress(),
                served.rotation(),
                served.stateSinceMillis(),
                served.lastCheckedAtMillis(),
                served.successRate(),
                served.latencyMillis(),
                served.latencies(),
                served.deep(),
                served.consecutiveFailures(),
                served.uses(),
                served.version());
        JsonObject json = identity(served.id(), served.key(), credentials).put("served", true);
        seen(json, seen);
        place(json, served.location(), served.lists());
        kept(json, stored, nowMillis);
        return json.put("reputation", reputation(served.parts(), seen));
    }

    /** A proxy that is not served. */
    static JsonObject of(StoredProxy stored, boolean credentials, long nowMillis) {
        Health health = stored.health();
        Seen seen = new Seen(
                health.alive(),
                health.verified(),
                health.capabilities(),
                health.anonymity(),
                health.tier(),
                health.exitAddress(),
                health.rotation(),
                health.stateSinceMillis(),
                health.lastCheckedAtMillis(),
                health.successRate(),
                health.latencyMillis(),
                health.latencies(),
                health.deep(),
                health.consecutiveFailures(),
                health.uses(),
                health.version());
        JsonObject json = identity(stored.id(), stored.key(), credentials).put("served", false);
        seen(json, seen);
        place(json, stored.place(nowMillis), stored.lists());
        kept(json, stored, nowMillis);
        return json.put("reputation", reputation(Reputation.parts(health, health.uses(), 0), seen));
    }

    /** What checks have seen of a proxy, as far as memory has it for what is served. */
    private record Seen(
            boolean alive,
            Verified verified,
            int capabilities,
            Anonymity anonymity,
            Tier tier,
            @Nullable String exitAddress,
            Rotation rotation,
            long sinceMillis,
            long lastCheckedAtMillis,
            double successRate,
            double latencyMillis,
            Latencies latencies,
            Health.@Nullable Deep deep,
            int failures,
            long uses,
            int version) {}

    private static JsonObject identity(long id, ProxyKey key, boolean credentials) {
        boolean usable = key.usable();
        boolean shown = credentials && usable;
        JsonObject json = new JsonObject()
                .put("id", id)
                .put("url", shown ? key.urlWithCredentials() : key.url())
                .put("protocol", key.scheme().text())
                .put("host", key.host())
                .put("port", key.port());
        Credentials known = key.credentials();
        if (!usable) {
            json.put("credentials", "unavailable");
        } else if (shown && known != null) {
            json.put("username", known.user()).put("password", known.password().reveal());
        }
        return json;
    }

    private static void seen(JsonObject json, Seen seen) {
        Latencies latencies = seen.latencies;
        json.put("alive", seen.alive)
                .put("since", ProxyForm.time(seen.sinceMillis))
                .put("verified", seen.verified.text())
                .put("capabilities", new JsonArray(Capability.names(seen.capabilities)))
                .put("anonymity", seen.anonymity.text())
                .put("tier", seen.tier.number())
                .put("exit_address", seen.exitAddress)
                .put("rotating", seen.rotation.rotates())
                .put("success_rate", ProxyForm.thousandths(seen.successRate))
                .put("latency_ms", ProxyForm.tenths(seen.latencyMillis))
                .put("latency_p50_ms", ProxyForm.tenths(latencies.percentile(50)))
                .put("latency_p95_ms", ProxyForm.tenths(latencies.percentile(95)))
                .put("latency_p99_ms", ProxyForm.tenths(latencies.percentile(99)))
                .put("deep", ProxyForm.deep(seen.deep))
                .put("consecutive_failures", seen.failures)
                .put("uses", seen.uses)
                .put("last_checked_at", ProxyForm.time(seen.lastCheckedAtMillis))
                .put("version", seen.version);
    }

    private static void place(JsonObject json, Location location, List<String> lists) {
        json.put("country", location.country())
                .put("region", location.region())
                .put("city", location.city())
                .put("asn", location.asn() == 0 ? null : location.asn())
                .put("organisation", location.organisation())
                .put("type", ProxyForm.type(location))
                .put("location_origin", location.origin())
                .put("lists", new JsonArray(lists));
    }

    /** What only the store knows. */
    private static void kept(JsonObject json, @Nullable StoredProxy stored, long nowMillis) {
        Health health = stored == null ? null : stored.health();
        json.put("active", health == null ? null : health.active())
                .put("tier_reason", health == null ? null : reason(health.tierReason()))
                .put("tier_since", health == null ? null : ProxyForm.time(health.tierSinceMillis()))
                .put("override", stored == null ? null : OverrideForm.json(stored.override(), nowMillis))
                .put("location", stored == null ? null : where(stored.location()))
                .put("exit", stored == null ? null : where(stored.exit()))
                .put("tampering", health == null ? null : text(health.tampering()))
                .put("risk", health == null ? null : health.risk().text())
                .put("priority", health == null ? null : health.priority())
                .put("checks", health == null ? null : health.checks())
                .put("successes", health == null ? null : health.successes())
                .put("last_alive_at", health == null ? null : ProxyForm.time(health.lastAliveAtMillis()))
                .put("last_reason", health == null ? null : reason(health.lastReason()))
                .put("next_check_at", health == null ? null : ProxyForm.time(health.nextCheckAtMillis()))
                .put("check_every_s", health == null ? null : health.checkEveryMillis() / 1e3)
                .put("first_seen_at", stored == null ? null : ProxyForm.time(stored.firstSeenAtMillis()))
                .put("archived", stored == null ? null : stored.archived());
    }

    private static @Nullable JsonObject where(Location location) {
        return location.isUnknown() ? null : GeoArea.form(location);
    }

    private static @Nullable String reason(FailureReason reason) {
        return reason == FailureReason.NONE ? null : text(reason);
    }

    private static @Nullable String reason(TierReason reason) {
        return reason == TierReason.NONE ? null : reason.text();
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The parts in thousandths of a point; {@code sum} is exactly what they add up to, {@code value} that sum, cut to 0..100.
     */
    private static JsonObject reputation(Reputation.Parts points, Seen seen) {
        Sum sum = new Sum(0, new JsonArray());
        sum = sum.and("start", points.start(), "where every proxy starts");
        sum = sum.and(
                "success_rate",
                points.successRate(),
                Double.isNaN(seen.successRate)
                        ? "no check has ended yet"
                        : Math.round(seen.successRate * 1_000) / 10.0
                                + " % of checks succeed, recent ones counting most (100 %: 30 points, 50 %: 0, 0 %: -30)");
        sum = sum.and(
                "latency",
                points.latency(),
                Double.isNaN(seen.latencyMillis)
                        ? "no latency is known yet"
                        : Math.round(seen.latencyMillis)
                                + " ms (below 500 ms: 15 points, falling to 0 at 2000 ms; above: -15)");
        sum = sum.and("failures", points.failures(), seen.failures + " failures in a row (-5 points each)");
        sum = sum.and(
                "uses",
                points.uses(),
                (seen.uses == 1 ? "one use" : seen.uses + " uses") + " (a point for 10, 10 at most)");
        sum = sum.and(
                "feedback",
                points.feedback(),
                "reports of applications that used it (-15 to 15 points; 0 where there are none)");
        long cut = Math.max(0, Math.min(100_000, sum.thousandths));
        return new JsonObject()
                .put("value", cut / 1e3)
                .put("sum", sum.thousandths / 1e3)
                .put("parts", sum.parts);
    }

    private record Sum(long thousandths, JsonArray parts) {
        Sum and(String name, double points, String because) {
            long more = Math.round(points * 1_000);
            parts.add(
                    new JsonObject().put("name", name).put("points", more / 1e3).put("because", because));
            return new Sum(thousandths + more, parts);
        }
    }

    /** What applications have reported, by application. */
    static JsonObject feedback(Map<String, Feedback> about) {
        JsonObject json = new JsonObject();
        about.forEach((application, feedback) -> json.put(
                application,
                new JsonObject()
                        .put("score", ProxyForm.thousandths(feedback.score()))
                        .put("successes", feedback.successes())
                        .put("failures", feedback.failures())
                        .put("last_at", ProxyForm.time(feedback.lastAtMillis()))));
        return json;
    }
}
