package dev.sluice.store.memory;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.sluice.port.KeyRecord;
import dev.sluice.store.StoreException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model as text, in format {@value #FORMAT}: a file of its own, or a copy of what is kept elsewhere, which says of what. Every
 * method that reads fails with {@link StoreException}: SCHEMA_NEWER for a newer format, FULL for too many entries, and FAILED
 * with line and column of what is damaged. Blocks.
 */
public final class JsonForm {
    /** The newest format this program knows. */
    public static final int FORMAT = 1;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final JsonFactory JSON = new JsonFactory();

    private JsonForm() {}

    /**
     * Writes all of it; {@code bytes} stay open.
     *
     * @param copyOf kind of the store it is a copy of; null for a store itself
     */
    public static void write(OutputStream bytes, Contents contents, Instant written, @Nullable String copyOf)
            throws IOException {
        OutputStream buffered = new BufferedOutputStream(bytes, BUFFER_BYTES);
        try (JsonGenerator out = JSON.createGenerator(buffered)) {
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            out.setPrettyPrinter(new OneALine());
            LineWriter lines = new LineWriter(out);
            out.writeStartObject();
            out.writeNumberField("format", FORMAT);
            lines.text("copy_of", copyOf);
            out.writeStringField("written", written.toString());
            out.writeNumberField("last_id", contents.lastId());
            out.writeObjectFieldStart(Part.SETTINGS.text());
            for (Map.Entry<String, String> setting : contents.settings().entrySet()) {
                lines.text(setting.getKey(), setting.getValue());
            }
            out.writeEndObject();
            out.writeArrayFieldStart(Part.KEYS.text());
            for (KeyRecord key : contents.keys()) {
                lines.write(key);
            }
            out.writeEndArray();
            out.writeArrayFieldStart(Part.CHUNKS.text());
            for (Chunk chunk : contents.chunks()) {
                lines.write(chunk);
            }
            out.writeEndArray();
            out.writeArrayFieldStart(Part.ENTRIES.text());
            for (Entry entry : contents.entries()) {
                lines.write(entry);
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        }
        buffered.flush();
    }

    /**
     * The format of what {@code bytes} hold.
     *
     * @param name of it in messages
     */
    public static int format(String name, InputStream bytes) throws IOException {
        try (JsonParser in = open(bytes)) {
            return new Reading(name, in, null).format();
        }
    }

    /** The highest number that is said to have been given out; 0 where nothing is said. Reads what comes before the entries. */
    public static long lastId(String name, InputStream bytes) throws IOException {
        try (JsonParser in = open(bytes)) {
            return new Reading(name, in, null).lastId();
        }
    }

    /**
     * Reads all of it into {@code model}, and closes {@code bytes}.
     *
     * @param copyOf kind of the store it has to be a copy of; null for a store itself
     */
    public static void read(String name, InputStream bytes, Model model, @Nullable String copyOf) throws IOException {
        try (JsonParser in = open(bytes)) {
            new Reading(name, in, copyOf).all(model);
        }
    }

    private static JsonParser open(InputStream bytes) throws IOException {
        return JSON.createParser(new BufferedInputStream(bytes, BUFFER_BYTES));
    }

    /** One pass. */
    private static final class Reading {
        private final String name;
        private final JsonParser in;
        private final @Nullable String copyOf;
        private @Nullable String kind;

        Reading(String name, JsonParser in, @Nullable String copyOf) {
            this.name = name;
            this.in = in;
            this.copyOf = copyOf;
        }

        long lastId() throws IOException {
            format();
            long[] last = {0};
            at(() -> {
                while (in.nextToken() == JsonToken.FIELD_NAME && last[0] == 0) {
                    boolean found = in.currentName().equals("last_id");
                    JsonToken value = in.nextToken();
                    if (found && value == JsonToken.VALUE_NUMBER_INT) {
                        last[0] = in.getLongValue();
                    } else {
                        in.skipChildren();
                    }
                }
                return 0;
            });
            return last[0];
        }

        int format() throws IOException {
            return at(() -> {
                expect(in.nextToken() == JsonToken.START_OBJECT, "no object (expected: a store of Sluice)");
                boolean named = in.nextToken() == JsonToken.FIELD_NAME
                        && in.currentName().equals("format")
                        && in.nextToken() == JsonToken.VALUE_NUMBER_INT;
                expect(named, "no format (expected: \"format\" and its number first)");
                return in.getIntValue();
            });
        }

        void all(Model model) throws IOException {
            int format = format();
            if (format != FORMAT) {
                throw new StoreException(
                        format > FORMAT ? StoreException.Kind.SCHEMA_NEWER : StoreException.Kind.FAILED,
                        name + ": format " + format + " (expected: " + FORMAT + ')');
            }
            LineReader lines = new LineReader(in, model.vault());
            at(() -> {
                while (in.nextToken() != JsonToken.END_OBJECT) {
                    section(model, lines);
                }
                right();
                expect(in.nextToken() == null, "something behind the end (expected: nothing)");
                return format;
            });
        }

        private void right() {
            String told = kind;
            expect(
                    Objects.equals(told, copyOf),
                    (told == null ? "no copy" : "a copy of " + told) + " (expected: "
                            + (copyOf == null ? "a store itself, or a copy of a file" : "a copy of " + copyOf) + ')');
        }

        private void section(Model model, LineReader lines) throws IOException {
            String section = in.currentName();
            JsonToken value = in.nextToken();
            switch (section) {
                case "copy_of" -> {
                    expect(value == JsonToken.VALUE_STRING, "no text (expected: a kind of stores)");
                    kind = in.getText();
                    right();
                }
                case "written" -> expect(value == JsonToken.VALUE_STRING, "no text (expected: a time)");
                case "last_id" -> {
                    expect(value == JsonToken.VALUE_NUMBER_INT, "no number (expected: one)");
                    model.numberAfter(in.getLongValue());
                }
                case "settings" -> settings(model, value);
                case "keys" -> each(value, () -> model.load(lines.key()));
                case "chunks" -> each(value, () -> model.load(lines.chunk()));
                case "entries" ->
                    each(
                            value,
                            () -> expect(
                                    model.load(lines.entry()),
                                    "an entry whose number or identity was there before (expected: each once)"));
                default -> throw problem("not a section this version knows (expected: one of those it writes)");
            }
        }

        private void settings(Model model, JsonToken value) throws IOException {
            expect(value == JsonToken.START_OBJECT, "no object (expected: settings)");
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String name = in.currentName();
                expect(in.nextToken() == JsonToken.VALUE_STRING, "no text (expected: the value of a setting)");
                model.load(name, in.getText());
            }
        }

        private interface Line {
            void load() throws IOException;
        }

        private void each(JsonToken value, Line line) throws IOException {
            expect(value == JsonToken.START_ARRAY, "no list (expected: one)");
            while (in.nextToken() != JsonToken.END_ARRAY) {
                line.load();
            }
        }

        private void expect(boolean holds, String otherwise) {
            if (!holds) {
                throw problem(otherwise);
            }
        }

        private interface Step {
            int run() throws IOException;
        }

        /** Says where something went wrong; what the parser says may repeat what is in the file. */
        private int at(Step step) throws IOException {
            try {
                return step.run();
            } catch (LineException e) {
                throw problem(String.valueOf(e.getMessage()));
            } catch (JsonProcessingException e) {
                boolean early = e instanceof JsonEOFException;
                throw problem(early ? "the file ends (expected: its other half)" : "no JSON (expected: JSON)");
            }
        }

        private StoreException problem(String what) {
            JsonLocation here = in.currentLocation();
            return new StoreException(
                    StoreException.Kind.FAILED,
                    name + ": line " + here.getLineNr() + ", column " + here.getColumnNr() + ": " + what);
        }
    }
}
