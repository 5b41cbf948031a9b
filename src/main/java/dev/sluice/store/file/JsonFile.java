package dev.sluice.store.file;

import dev.sluice.port.Vault;
import dev.sluice.store.StoreException;
import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.JsonForm;
import dev.sluice.store.memory.Model;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.snapshot.Disk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of format {@value JsonForm#FORMAT} and how it is replaced. Beside {@code pool.json} there are {@code pool.json.new} while
 * it is written, and {@code pool.json.bak}, the one before. Blocks; confined to one thread at a time.
 *
 * <p>The new file is written and forced to the disk; then the present one becomes the one before, and the new one takes its
 * place. Whoever is killed in between leaves the new one whole and no present one: that is brought to its end when the file
 * is opened.
 */
final class JsonFile {
    private static final Logger LOG = LoggerFactory.getLogger(JsonFile.class);

    private final Path path;
    private final Path next;
    private final Path before;
    private final Disk disk;
    private final InstantSource clock;

    /** @param clock tells when the file was written */
    JsonFile(Path path, Disk disk, InstantSource clock) {
        this.path = path;
        this.next = next(path);
        this.before = sibling(path, ".bak");
        this.disk = disk;
        this.clock = clock;
    }

    /** What takes the place of {@code path} while it is written. */
    static Path next(Path path) {
        return sibling(path, ".new");
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
        try {
            return JsonForm.format(name(), Files.newInputStream(path));
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

    /** Reads {@code file}, whichever it is. */
    static void read(Path file, Model model) throws IOException {
        JsonForm.read("file " + file, Files.newInputStream(file), model, null);
    }

    /**
     * The highest number that was given out, as far as one of the files tells: numbers are those of histories, too, and
     * stand for one entry for good.
     */
    long lastId() {
        long last = 0;
        for (Path each : List.of(path, next, before)) {
            try {
                last = Files.exists(each)
                        ? Math.max(last, JsonForm.lastId("file " + each, Files.newInputStream(each)))
                        : last;
            } catch (IOException | StoreException e) {
                LOG.atDebug().setCause(e).log("{} does not tell its last number", each);
            }
        }
        return last;
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
                JsonForm.write(new DraftOutput(draft), contents, Instant.ofEpochMilli(clock.millis()), null);
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
