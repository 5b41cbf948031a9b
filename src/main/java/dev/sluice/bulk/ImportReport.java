package dev.sluice.bulk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.parse.Rejection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What became of each line, as NDJSON. Never holds credentials. Fails with {@link UncheckedIOException} naming the file. */
final class ImportReport implements AutoCloseable {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Path file;
    private final JsonGenerator json;

    private ImportReport(Path file, JsonGenerator json) {
        this.file = file;
        this.json = json;
    }

    static ImportReport open(Path file) {
        try {
            Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
            JsonGenerator generator = FACTORY.createGenerator(writer);
            generator.setRootValueSeparator(null);
            return new ImportReport(file, generator);
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    void accepted(long line, String url, @Nullable String country) {
        write(line, "accepted", url, country, null);
    }

    void rejected(long line, Rejection reason) {
        String verdict = reason == Rejection.DUPLICATE ? "duplicate" : reason.harmless() ? "skipped" : "rejected";
        write(line, verdict, null, null, reason == Rejection.DUPLICATE ? null : reason.text());
    }

    private void write(
            long line, String verdict, @Nullable String url, @Nullable String country, @Nullable String reason) {
        try {
            json.writeStartObject();
            json.writeNumberField("line", line);
            json.writeStringField("verdict", verdict);
            field("url", url);
            field("country", country);
            field("reason", reason);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    private void field(String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    @Override
    public void close() {
        try {
            json.close();
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    private static UncheckedIOException unwritten(Path file, IOException cause) {
        return new UncheckedIOException(
                new IOException(file + ": report not written (" + cause.getMessage() + ")", cause));
    }
}
