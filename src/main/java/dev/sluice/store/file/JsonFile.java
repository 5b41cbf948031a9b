package dev.sluice.store.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.Vault;
import dev.sluice.store.StoreException;
import dev.sluice.store.memory.Chunk;
import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.Entry;
import dev.sluice.store.memory.LineException;
import dev.sluice.store.memory.LineReader;
import dev.sluice.store.memory.LineWriter;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.Part;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.snapshot.Disk;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/**
 * A file of format {@value #FORMAT} and how it is replaced. Beside {@code pool.json} there are {@code pool.json.new} while
 * it is written, and {@code pool.json.bak}, the one before. Blocks; confined to one thread at a time.
 *
 * <p>The new file is written and forced to the disk; then the present one becomes the one before, and the new one takes its
 * place. Whoever is killed in between leaves the new one whole and no present one: that is brought to its end when the file
 * is opened.
 */
final class JsonFile {
    /** The newest format this program knows. */
    static final int FORMAT = 1;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final JsonFactory JSON = new JsonFactory();

    private final Path path;
    private final Path next;
    private final Path before;
    private final Disk disk;
    private final InstantSource clock;

    /** @param clock tells when the file was written */
    JsonFile(Path path, Disk disk, InstantSource clock) {
        this.path = path;
        this.next = sibling(path, ".new");
        this.before = sibling(path, ".bak");
        this.disk = disk;
        this.clock = clock;
    }

    private static Path sibling(Path path, String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    /** Name in messages. */
    String name() {
        return "file " + path;
    }

    // reading

    /**
     * Brings to its end what a kill interrupted.
     *
     * @return whether there is a file
     */
    boolean settle() {
        if (Files.exists(path)) {
            return true;
        }
        if (!Files.exists(before)) {
            // One that was being written for the first time was acknowledged to nobody.
            return false;
        }
        if (!Files.exists(next)) {
            throw new StoreException(
                    StoreException.Kind.FAILED,
                    name() + ": missing, while " + before + " is there (expected: both or none; move that one back to"
                            + " go on from it, or away to begin anew)");
        }
        try {
            disk.move(next, path);
            return true;
        } catch (IOException e) {
            throw failure("opening", e);
        }
    }

    /** Format of the file, 0 where there is none. */
    int format() {
        if (!Files.exists(path)) {
            return 0;
        }
        try (JsonParser in = open(path)) {
            return new Reading(path, in).format();
        } catch (IOException e) {
            throw failure("reading", e);
        }
    }

    /**
     * Reads the file. Fails with SCHEMA_NEWER for a newer format, FULL for too many entries, and FAILED with the line and
     * column of what is damaged and with what is known of the file before.
     */
    void read(Model model) {
        try {
            read(path, model);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.FAILED) {
                throw e;
            }
            throw new StoreException(e.kind(), e.getMessage() + "; nothing was changed. " + offer(model.vault()), e);
        } catch (IOException e) {
            throw failure("reading", e);
        }
    }

    private String offer(Vault vault) {
        if (!Files.exists(before)) {
            return "There is no " + before + " to go back to";
        }
        try {
            Model model = new Model(new Bounds("file " + before), Integer.MAX_VALUE, clock, vault);
            read(before, model);
            return before + ", of " + Files.getLastModifiedTime(before) + ", is whole, with "
                    + model.entries().size() + " entries: copy it to " + path + " to go on from it";
        } catch (IOException | StoreException e) {
            return before + " is damaged as well: " + e.getMessage();
        }
    }

    private static JsonParser open(Path file) throws IOException {
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        return JSON.createParser(bytes);
    }

    private static void read(Path file, Model model) throws IOException {
        try (JsonParser in = open(file)) {
            new Reading(file, in).all(model);
        }
    }

    /** One pass over a file. */
    private static final class Reading {
        private final Path file;
        private final JsonParser in;

        Reading(Path file, JsonParser in) {
            this.file = file;
            this.in = in;
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
                        "file " + file + ": format " + format + " (expected: " + FORMAT + ')');
            }
            LineReader lines = new LineReader(in, model.vault());
            at(() -> {
                while (in.nextToken() != JsonToken.END_OBJECT) {
                    section(model, lines);
                }
                expect(in.nextToken() == null, "something behind the end (expected: nothing)");
                return format;
            });
        }

        private void section(Model model, LineReader lines) throws IOException {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            switch (name) {
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
                    "file " + file + ": line " + here.getLineNr() + ", column " + here.getColumnNr() + ": " + what);
        }
    }

    // writing

    /** Replaces the file. Fails with FULL; then it is the one it was, or the new one. */
    void write(Contents contents) {
        try {
            if (!Files.exists(path) && Files.exists(before)) {
                // A write that failed halfway was told to have failed.
                disk.move(before, path);
            }
            try (Disk.Draft draft = disk.create(next)) {
                write(draft, contents);
                draft.force();
            }
            if (Files.exists(path)) {
                disk.move(path, before);
            }
            disk.move(next, path);
            disk.forceDirectory(directory());
        } catch (IOException e) {
            throw failure("writing", e);
        }
    }

    private Path directory() {
        Path directory = path.getParent();
        return directory == null ? Path.of(".") : directory;
    }

    private void write(Disk.Draft draft, Contents contents) throws IOException {
        OutputStream bytes = new BufferedOutputStream(new DraftOutput(draft), BUFFER_BYTES);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            out.setPrettyPrinter(new OneALine());
            LineWriter lines = new LineWriter(out);
            out.writeStartObject();
            out.writeNumberField("format", FORMAT);
            out.writeStringField("written", Instant.ofEpochMilli(clock.millis()).toString());
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
        bytes.flush();
    }

    private static final class DraftOutput extends OutputStream {
        private final Disk.Draft draft;

        DraftOutput(Disk.Draft draft) {
            this.draft = draft;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            draft.write(ByteBuffer.wrap(bytes, offset, count));
        }
    }

    private StoreException failure(String action, IOException cause) {
        return new StoreException(
                action.equals("reading") ? StoreException.Kind.FAILED : StoreException.Kind.FULL,
                name() + ": " + action + " failed: " + cause.getMessage(),
                cause);
    }
}
