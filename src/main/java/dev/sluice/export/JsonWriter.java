package dev.sluice.export;

import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Objects with the members that the read endpoints give, and {@code alive}, {@code archived} and
 * {@code needs_credentials}: in an object {@code {"proxies":[...],"left_out":n}}, or one a line. What is not known is null.
 * Leaves out nothing; where credentials are not shown, {@code needs_credentials} tells of them.
 */
final class JsonWriter extends ExportWriter {
    private final boolean whole;

    JsonWriter(ExportOptions options, boolean whole) {
        super(whole ? ExportFormat.JSON : ExportFormat.NDJSON, options);
        this.whole = whole;
    }

    @Override
    public void begin(StringBuilder out) {
        if (whole) {
            out.append("{\"proxies\":[");
        }
    }

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        return null;
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        if (whole && !first) {
            out.append(",\n");
        }
        object(entry, out);
        if (!whole) {
            out.append('\n');
        }
    }

    @Override
    public void end(StringBuilder out) {
        if (whole) {
            out.append("],\"left_out\":").append(counts().allLeftOut()).append("}\n");
        }
    }

    private void object(ExportEntry entry, StringBuilder out) {
        ProxyKey key = entry.key();
        Location location = entry.location();
        Latencies latencies = entry.latencies();
        out.append("{\"id\":").append(entry.id());
        text(out, "url", options().credentials() ? key.urlWithCredentials() : key.url());
        text(out, "protocol", key.scheme().text());
        text(out, "host", key.host());
        name(out, "port").append(key.port());
        texts(out, "capabilities", Capability.names(entry.capabilities()));
        text(out, "verified", entry.verified().text());
        text(out, "country", location.country());
        text(out, "region", location.region());
        text(out, "city", location.city());
        name(out, "asn").append(location.asn() == 0 ? "null" : Long.toString(location.asn()));
        text(out, "organisation", location.organisation());
        NetworkType type = location.type();
        text(out, "type", type == null ? null : type.text());
        text(out, "location_origin", location.origin());
        text(out, "anonymity", entry.anonymity().text());
        name(out, "tier").append(entry.tier().number());
        number(out, "reputation", entry.reputation(), 10);
        number(out, "latency_ms", entry.latencyMillis(), 10);
        number(out, "latency_p50_ms", latencies.percentile(50), 10);
        number(out, "latency_p95_ms", latencies.percentile(95), 10);
        number(out, "latency_p99_ms", latencies.percentile(99), 10);
        number(out, "success_rate", entry.successRate(), 1_000);
        deep(out, entry.deep());
        text(out, "exit_address", entry.exitAddress());
        name(out, "rotating").append(entry.rotating());
        text(out, "last_checked_at", time(entry.lastCheckedAtMillis()));
        text(out, "alive_since", time(entry.aliveSinceMillis()));
        texts(out, "lists", entry.lists());
        name(out, "alive").append(entry.alive());
        name(out, "archived").append(entry.archived());
        name(out, "needs_credentials").append(key.credentials() != null);
        Credentials credentials = shown(entry);
        if (credentials != null) {
            text(out, "username", credentials.user());
            text(out, "password", credentials.password().reveal());
        }
        out.append('}');
    }

    private static void deep(StringBuilder out, Health.@Nullable Deep deep) {
        name(out, "deep");
        if (deep == null) {
            out.append("null");
            return;
        }
        out.append("{\"at\":");
        value(out, time(deep.atMillis()));
        number(out, "success_rate", deep.successRate(), 1_000);
        number(out, "spread_ms", deep.spreadMillis(), 10);
        out.append('}');
    }

    private static StringBuilder name(StringBuilder out, String name) {
        return out.append(",\"").append(name).append("\":");
    }

    private static void text(StringBuilder out, String name, @Nullable String text) {
        value(name(out, name), text);
    }

    private static void value(StringBuilder out, @Nullable String text) {
        if (text == null) {
            out.append("null");
        } else {
            Quoted.json(out, text);
        }
    }

    private static void texts(StringBuilder out, String name, List<String> texts) {
        name(out, name).append('[');
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            Quoted.json(out, texts.get(i));
        }
        out.append(']');
    }

    /** Rounded to one part in {@code parts}. */
    private static void number(StringBuilder out, String name, double value, int parts) {
        name(out, name);
        if (Double.isFinite(value)) {
            out.append(rounded(value, parts));
        } else {
            out.append("null");
        }
    }

    static double rounded(double value, int parts) {
        return Math.round(value * parts) / (double) parts;
    }

    /** ISO 8601 in UTC; null for never. */
    static @Nullable String time(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
    }
}
