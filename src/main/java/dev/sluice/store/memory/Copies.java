package dev.sluice.store.memory;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import dev.sluice.store.StoreException;
import dev.sluice.store.schema.Bounds;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Copies of small stores in files, in the form of {@link JsonForm}. Blocks. */
public final class Copies {
    private Copies() {}

    /** An empty model to read a copy into. */
    public static Model model(String name) {
        return new Model(new Bounds(name), Integer.MAX_VALUE, InstantSource.system(), new ShutVault());
    }

    /** Fills {@code part}, a file that is there. */
    public interface Filling {
        void fill(Path part) throws IOException;
    }

    /**
     * Puts a copy in its place: filled beside it, looked through, and then moved.
     *
     * @param kind of the store
     * @param copyOf as {@link JsonForm#read} takes it
     */
    public static Backup place(Path target, String kind, @Nullable String copyOf, Filling filling) {
        Path part = null;
        try {
            part = Backups.begin(target);
            filling.fill(part);
            long entries = read(part, copyOf).entries().size();
            Backups.place(part, target);
            return new Backup(target, kind, Files.size(target), JsonForm.FORMAT, entries, null);
        } catch (IOException e) {
            remove(part, e);
            throw new StoreException(
                    StoreException.Kind.FULL, "backup: " + target + " cannot be written: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            remove(part, e);
            throw e;
        }
    }

    /** Writes {@code contents} into a file that is there. */
    public static void write(Path part, Contents contents, Instant written, @Nullable String copyOf)
            throws IOException {
        try (OutputStream out = Files.newOutputStream(part)) {
            JsonForm.write(out, contents, written, copyOf);
        }
    }

    /** What is in a copy. Fails with FAILED where it is damaged, or a copy of something else. */
    public static Model read(Path copy, @Nullable String copyOf) {
        Model model = model("copy " + copy);
        try {
            JsonForm.read("copy " + copy, Files.newInputStream(copy), model, copyOf);
            return model;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "copy " + copy + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Removes what did not become a copy. */
    public static void remove(@Nullable Path part, Exception failure) {
        if (part != null) {
            try {
                Files.deleteIfExists(part);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
