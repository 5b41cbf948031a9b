package dev.sluice.main;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes results in one of the forms, in UTF-8. Confined to one thread. Nothing is written before the first call. */
final class CheckReport {
    private static final String CSV_HEADER =
            "url,protocol,host,port,alive,reason,anonymity,exit_address,tampering,latency_ms,country\n";

    private final CheckFormat format;
    private final boolean reasons;
    private final Writer out;
    private final JsonGenerator json;
    private boolean begun;
    private boolean pending;

    /**
     * Writes to {@code target}, which stays open.
     *
     * @param reasons whether text tells reasons
     */
    CheckReport(OutputStream target, CheckFormat format, boolean reasons) throws IOException {
        this.format = format;
        this.reasons = reasons;
        this.out = new BufferedWriter(new OutputStreamWriter(target, StandardCharsets.UTF_8), 1 << 16);
        this.json = new JsonFactory().createGenerator(out);
        json.setRootValueSeparator(null);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }

    /** Writes a result; it may stay in a buffer until {@link #flush}. */
    void write(CheckRow row) throws IOException {
        boolean first = !begun;
        begin();
        switch (format) {
            case TEXT ->
                out.append(row.url()).append(reasons ? '\t' + row.reason() : "").append('\n');
            case CSV -> csv(row);
            case NDJSON -> {
                object(row);
                json.writeRaw('\n');
            }
            case JSON -> {
                json.writeRaw(first ? "\n" : ",\n");
                object(row);
            }
        }
        pending = true;
    }

    private void begin() throws IOException {
        if (begun) {
            return;
        }
        begun = true;
        pending = true;
        if (format == CheckFormat.CSV) {
            out.write(CSV_HEADER);
        } else if (format == CheckFormat.JSON) {
            json.writeRaw('[');
        }
    }

    private void object(CheckRow row) throws IOException {
        json.writeStartObject();
        json.writeStringField("url", row.url());
        json.writeStringField("protocol", row.key().scheme().text());
        json.writeStringField("host", row.key().host());
        json.writeNumberField("port", row.key().port());
        json.writeBooleanField("alive", row.alive());
        json.writeStringField("reason", row.reason());
        json.writeStringField("anonymity", row.anonymity().text());
        json.writeStringField("exit_address", row.exitAddress());
        json.writeStringField("tampering", row.tampering().text());
        if (Double.isNaN(row.latencyMillis())) {
            json.writeNullField("latency_ms");
        } else {
            json.writeNumberField("latency_ms", tenths(row.latencyMillis()));
        }
        json.writeStringField("country", row.country());
        json.writeEndObject();
    }

    private void csv(CheckRow row) throws IOException {
        cell(row.url()).append(',');
        cell(row.key().scheme().text()).append(',');
        cell(row.key().host()).append(',');
        out.append(Integer.toString(row.key().port())).append(',');
        out.append(Boolean.toString(row.alive())).append(',');
        cell(row.reason()).append(',');
        cell(row.anonymity().text()).append(',');
        cell(row.exitAddress()).append(',');
        cell(row.tampering().text()).append(',');
        boolean unknown = Double.isNaN(row.latencyMillis());
        out.append(unknown ? "" : Double.toString(tenths(row.latencyMillis()))).append(',');
        cell(row.country()).append('\n');
    }

    /** RFC 4180: quoted where it must be; empty for what is not known. */
    private Writer cell(@Nullable String text) throws IOException {
        if (text == null) {
            return out;
        }
        boolean quoted = text.indexOf(',') >= 0 || text.indexOf('"') >= 0;
        out.write(quoted ? '"' + text.replace("\"", "\"\"") + '"' : text);
        return out;
    }

    private static double tenths(double value) {
        return Math.round(value * 10) / 10.0;
    }

    /** Whether something waits to be flushed. */
    boolean isPending() {
        return pending;
    }

    /** Passes on what is buffered. */
    void flush() throws IOException {
        if (pending) {
            json.flush();
            out.flush();
            pending = false;
        }
    }

    /** Completes the document and passes it on. What was written is whole, even when nothing was. */
    void finish() throws IOException {
        begin();
        if (format == CheckFormat.JSON) {
            json.writeRaw("\n]\n");
        }
        pending = true;
        flush();
    }
}
