package dev.sluice.export;

import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import org.jspecify.annotations.Nullable;

/**
 * A heading and a record an entry (RFC 4180): texts in quotes, numbers and flags bare, nothing for what is not known. A
 * text that a spreadsheet would take for a formula begins with an apostrophe. Leaves out nothing; where credentials are
 * not shown, {@code needs_credentials} tells of them. Columns keep their places; new ones come at the end.
 */
final class CsvWriter extends ExportWriter {
    static final String HEADING = "id,protocol,host,port,username,password,needs_credentials,country,region,city,asn,"
            + "organisation,anonymity,tier,alive,archived,verified,capabilities,reputation,latency_ms,latency_p50_ms,"
            + "latency_p95_ms,latency_p99_ms,success_rate,exit_address,rotating,last_checked_at,alive_since,lists,"
            + "network_type,location_origin";

    private static final String END = "\r\n";

    /** What spreadsheets begin a formula with, in both widths, and what they pass over before it. */
    private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

    CsvWriter(ExportOptions options) {
        super(ExportFormat.CSV, options);
    }

    @Override
    public void begin(StringBuilder out) {
        out.append(HEADING).append(END);
    }

    @Override
    public @Nullable LeftOut refusal(ExportEntry entry) {
        return null;
    }

    @Override
    void write(ExportEntry entry, StringBuilder out, boolean first) {
        ProxyKey key = entry.key();
        Location location = entry.location();
        NetworkType type = location.type();
        Latencies latencies = entry.latencies();
        Credentials credentials = shown(entry);
        out.append(entry.id());
        text(out, key.scheme().text());
        text(out, key.host());
        out.append(',').append(key.port());
        text(out, credentials == null ? null : credentials.user());
        text(out, credentials == null ? null : credentials.password().reveal());
        out.append(',').append(key.credentials() != null);
        text(out, location.country());
        text(out, location.region());
        text(out, location.city());
        out.append(',').append(location.asn() == 0 ? "" : Long.toString(location.asn()));
        text(out, location.organisation());
        text(out, entry.anonymity().text());
        out.append(',').append(entry.tier().number());
        out.append(',').append(entry.alive());
        out.append(',').append(entry.archived());
        text(out, entry.verified().text());
        text(out, String.join(" ", Capability.names(entry.capabilities())));
        number(out, entry.reputation(), 10);
        number(out, entry.latencyMillis(), 10);
        number(out, latencies.percentile(50), 10);
        number(out, latencies.percentile(95), 10);
        number(out, latencies.percentile(99), 10);
        number(out, entry.successRate(), 1_000);
        text(out, entry.exitAddress());
        out.append(',').append(entry.rotating());
        text(out, JsonWriter.time(entry.lastCheckedAtMillis()));
        text(out, JsonWriter.time(entry.aliveSinceMillis()));
        text(out, String.join(" ", entry.lists()));
        text(out, type == null ? null : type.text());
        text(out, location.origin());
        out.append(END);
    }

    @Override
    public void end(StringBuilder out) {}

    private static void text(StringBuilder out, @Nullable String text) {
        out.append(',');
        if (text == null) {
            return;
        }
        out.append('"');
        if (!text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0) {
            out.append('\'');
        }
        out.append(text.replace("\"", "\"\"")).append('"');
    }

    private static void number(StringBuilder out, double value, int parts) {
        out.append(',');
        if (Double.isFinite(value)) {
            out.append(JsonWriter.rounded(value, parts));
        }
    }
}
