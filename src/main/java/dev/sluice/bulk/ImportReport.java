package dev.sluice.bulk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.sluice.message.Candidate;
import dev.sluice.parse.Rejection;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What became of each line, as NDJSON: {@code {"line":7,"verdict":"accepted","url":"socks5://1.2.3.4:1080"}}. Never names a
 * password. Confined to one thread.
 */
final class ImportReport implements Closeable {
    private static final JsonFactory JSON = new JsonFactory();

    private final @Nullable JsonGenerator out;

    private ImportReport(@Nullable JsonGenerator out) {
        this.out = out;
    }

    /** Writes to {@code file}, over what is there; to nowhere when it is null. */
    static ImportReport open(@Nullable Path file) throws IOException {
        if (file == null) {
            return new ImportReport(null);
        }
        JsonGenerator generator = JSON.createGenerator(Files.newBufferedWriter(file));
        generator.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
        return new ImportReport(generator);
    }

    void accepted(long line, Candidate candidate) {
        write(line, "accepted", candidate.key().url(), candidate.claimedCountry(), null);
    }

    void refused(long line, Rejection reason, String detail) {
        String verdict = reason == Rejection.DUPLICATE ? "duplicate" : reason.harmless() ? "skipped" : "rejected";
        String why = detail.isEmpty() || reason != Rejection.NON_PUBLIC ? reason.text() : reason.text() + ':' + detail;
        write(line, verdict, null, null, why);
    }

    private void write(
            long line, String verdict, @Nullable String url, @Nullable String country, @Nullable String reason) {
        JsonGenerator json = out;
        if (json == null) {
            return;
        }
        try {
            json.writeStartObject();
            json.writeNumberField("line", line);
            json.writeStringField("verdict", verdict);
            optional(json, "url", url);
            optional(json, "country", country);
            optional(json, "reason", reason);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("the report can't be written: " + e.getMessage(), e);
        }
    }

    private static void optional(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.writeRaw('\n');
            out.close();
        }
    }
}
