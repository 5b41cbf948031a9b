package dev.sluice.store.file;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.Copies;
import dev.sluice.store.memory.JsonForm;
import dev.sluice.store.memory.Model;
import dev.sluice.store.snapshot.Disk;
import dev.sluice.store.sqlite.FileOwnership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Copies of JSON files, and looks at them. What is in the file of jobs and histories is not in them. Blocks. */
public final class FileBackups {
    private static final String KIND = "file";
    private static final int TRIES = 10;

    private FileBackups() {}

    /** Copies the file at {@code store}, which another process may own and write to: it is only ever replaced. */
    public static Backup make(Path store, Path target) {
        if (!Files.exists(store) && !Files.exists(JsonFile.next(store))) {
            throw Backups.refusal("backup: file " + store + " does not exist (expected: one that does)");
        }
        return Copies.place(target, KIND, null, part -> copy(store, part));
    }

    /** For a moment, while it is replaced, there is only the file that takes its place. */
    private static void copy(Path store, Path part) throws IOException {
        for (int left = TRIES; ; left--) {
            try {
                Files.copy(left % 2 == 0 ? store : JsonFile.next(store), part, StandardCopyOption.REPLACE_EXISTING);
                return;
            } catch (NoSuchFileException e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }

    /**
     * Puts a copy in the place of {@code store}, which nobody may own. Numbers that were given out since the copy was made
     * are not given out again: histories go by them.
     */
    public static Backup restore(Path store, Path source, boolean replace, InstantSource clock) {
        Model copy = Copies.read(source, null);
        FileOwnership.makeDirectory(store);
        JsonFile file = new JsonFile(store, Disk.REAL, clock);
        try (FileOwnership ownership = FileOwnership.take(store)) {
            Path aside = aside(store, replace, clock);
            copy.numberAfter(file.lastId());
            Path part = Backups.begin(store);
            try {
                Copies.write(part, Contents.of(copy), clock.instant(), null);
                if (aside != null) {
                    Files.move(store, aside, StandardCopyOption.ATOMIC_MOVE);
                }
                Files.deleteIfExists(JsonFile.next(store));
                Backups.place(part, store);
            } catch (IOException | RuntimeException e) {
                Copies.remove(part, e);
                throw e;
            }
            int entries = copy.entries().size();
            return new Backup(source, KIND, Files.size(source), JsonForm.FORMAT, entries, aside);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FULL, "restore: file " + store + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static @Nullable Path aside(Path store, boolean replace, InstantSource clock) {
        if (!Files.exists(store)) {
            return null;
        }
        if (!replace) {
            int held = Copies.read(store, null).entries().size();
            if (held > 0) {
                throw Backups.refusal("restore: file " + store + " holds " + held
                        + " proxies (expected: none, or --replace, which puts it aside)");
            }
        }
        return store.resolveSibling(store.getFileName() + ".before-restore-" + clock.millis());
    }

    /** Looks at the file without owning it. Fails with UNAVAILABLE where there is none. */
    public static StoreReading look(Path store) {
        if (!Files.exists(store)) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "file " + store + ": no such file");
        }
        long startNanos = System.nanoTime();
        String damage = "";
        int entries = 0;
        int format = 0;
        try {
            format = JsonForm.format("file " + store, Files.newInputStream(store));
            if (format <= JsonForm.FORMAT) {
                Model model = Copies.model("file " + store);
                JsonFile.read(store, model);
                entries = model.entries().size();
            }
        } catch (StoreException e) {
            damage = String.valueOf(e.getMessage());
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "file " + store + ": cannot be read: " + e.getMessage(), e);
        }
        long micros = (System.nanoTime() - startNanos) / 1_000;
        return new StoreReading(
                "JSON file of " + entries + " proxies", format, JsonForm.FORMAT, micros, 0, 0, damage, true);
    }
}
