package dev.sluice.geo;

import dev.sluice.config.GeoConfig;
import dev.sluice.geo.mmdb.Mmdb;
import dev.sluice.geo.mmdb.MmdbException;
import dev.sluice.port.Locator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database files: looked at now and then, read whole into memory when they are new, and kept as they were while a new
 * version is missing, still being written, or broken. Blocks; confined to one thread at a time.
 *
 * <p>Files are not mapped into memory: one that is cut short while it is mapped would end the process.
 */
final class Shelf {
    private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);
    private static final String SUFFIX = ".mmdb";
    /** Found files beyond it are left alone. */
    private static final int MAX_FOUND = 32;

    private static final String GEOLITE_ATTRIBUTION =
            "This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com";

    private final List<Path> configured;
    private final Path directory;
    private final long maxBytes;
    private final Map<Path, Slot> slots = new LinkedHashMap<>();

    /** A file and what was last read of it. */
    private static final class Slot {
        final Path path;

        @Nullable
        Mmdb database;
        /** Of the version in {@link #database}. */
        @Nullable
        Stamp loaded;
        /** Of a version that was refused. */
        @Nullable
        Stamp refused;
        /** When it was last looked at. */
        @Nullable
        Stamp seen;

        @Nullable
        String problem;

        Slot(Path path) {
            this.path = path;
        }

        String name() {
            return path.getFileName().toString();
        }
    }

    /** @param directory where files are looked for when the configuration names none */
    Shelf(GeoConfig config, Path directory) {
        this.configured = config.databases().stream()
                .map(Path::of)
                .map(Path::toAbsolutePath)
                .toList();
        this.directory = directory;
        this.maxBytes = config.maxDatabase().bytes();
    }

    /**
     * Looks at every file and reads what has changed.
     *
     * @param settled whether only files are read that are as they were at the last look; a copy may be under way
     * @return names of files whose new version is in force, or whose old one no longer is
     */
    List<String> look(boolean settled) {
        List<String> changed = new ArrayList<>();
        if (configured.isEmpty()) {
            find(changed);
        } else {
            configured.forEach(path -> slots.computeIfAbsent(path, Slot::new));
        }
        for (Slot slot : slots.values()) {
            if (look(slot, settled)) {
                changed.add(slot.name());
            }
        }
        return changed;
    }

    /** The databases to ask, in order; the one that comes with the program is the last. */
    List<Mmdb> databases() {
        List<Mmdb> databases = new ArrayList<>();
        for (Slot slot : ordered()) {
            if (slot.database != null) {
                databases.add(slot.database);
            }
        }
        databases.add(BuiltIn.database());
        return databases;
    }

    /** The same, described. */
    List<Locator.Database> described() {
        List<Locator.Database> described = new ArrayList<>();
        for (Slot slot : ordered()) {
            Mmdb database = slot.database;
            if (database != null) {
                described.add(describe(
                        database, database.type().startsWith("GeoLite2") ? GEOLITE_ATTRIBUTION : null, slot.problem));
            }
        }
        described.add(describe(BuiltIn.database(), BuiltIn.ATTRIBUTION, null));
        return described;
    }

    /** What is wrong with files at present. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (Slot slot : slots.values()) {
            if (slot.problem != null) {
                problems.add(slot.problem);
            }
        }
        return problems;
    }

    private static Locator.Database describe(Mmdb database, @Nullable String attribution, @Nullable String problem) {
        return new Locator.Database(
                database.name(), database.type(), database.builtAtMillis(), database.ipVersion(), attribution, problem);
    }

    /** As configured; found ones by what they are about, then by name. */
    private List<Slot> ordered() {
        List<Slot> ordered = new ArrayList<>(slots.values());
        if (configured.isEmpty()) {
            ordered.removeIf(slot -> slot.database == null);
            ordered.sort(Comparator.comparing(Shelf::kind).thenComparing(Slot::name));
        }
        return ordered;
    }

    private static int kind(Slot slot) {
        Mmdb database = slot.database;
        return database == null ? Integer.MAX_VALUE : database.kind().ordinal();
    }

    private void find(List<String> changed) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            files.forEach(found::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            LOG.atDebug().addKeyValue("directory", directory).log("no directory of geo databases");
        } catch (IOException e) {
            // What is in force stays so until the directory can be read again.
            LOG.atWarn().addKeyValue("directory", directory).setCause(e).log("geo databases can't be looked for");
            return;
        }
        found.sort(Comparator.naturalOrder());
        if (found.size() > MAX_FOUND) {
            LOG.atWarn()
                    .addKeyValue("directory", directory)
                    .addKeyValue("files", found.size())
                    .log("more geo databases than " + MAX_FOUND + ", the rest is left alone");
            found = found.subList(0, MAX_FOUND);
        }
        for (Path path : found) {
            slots.computeIfAbsent(path, Slot::new);
        }
        // Who takes a file out of the directory wants it to be out of use.
        List<Path> present = found;
        slots.values().removeIf(slot -> {
            boolean gone = !present.contains(slot.path);
            if (gone && slot.database != null) {
                LOG.atInfo().addKeyValue("file", slot.path).log("geo database is gone");
                changed.add(slot.name());
            }
            return gone;
        });
    }

    private boolean look(Slot slot, boolean settled) {
        Stamp stamp = Stamp.of(slot.path);
        Stamp before = slot.seen;
        slot.seen = stamp;
        if (stamp == null) {
            problem(
                    slot,
                    "is not there (expected: a file"
                            + (slot.database == null ? ")" : "; its last version stays in force)"));
            return false;
        }
        if (stamp.equals(slot.loaded)) {
            slot.problem = null;
            return false;
        }
        if (stamp.equals(slot.refused) || settled && !stamp.equals(before)) {
            return false;
        }
        try {
            byte[] content = content(slot.path, stamp.bytes());
            if (!stamp.equals(Stamp.of(slot.path))) {
                return false;
            }
            Mmdb database = Mmdb.open(slot.name(), content);
            slot.database = database;
            slot.loaded = stamp;
            slot.problem = null;
            LOG.atInfo()
                    .addKeyValue("file", slot.path)
                    .addKeyValue("type", database.type())
                    .addKeyValue("built", java.time.Instant.ofEpochMilli(database.builtAtMillis()))
                    .log("geo database is in force");
            return true;
        } catch (MmdbException e) {
            slot.refused = stamp;
            problem(slot, String.valueOf(e.getMessage()).substring(slot.name().length() + 2));
        } catch (IOException e) {
            slot.refused = stamp;
            problem(slot, "can't be read: " + e);
        } catch (OutOfMemoryError e) {
            slot.refused = stamp;
            problem(slot, "does not fit into memory, " + stamp.bytes() + " bytes");
        }
        return false;
    }

    /** All of a file, not a byte more than it was said to have. */
    private byte[] content(Path file, long bytes) throws IOException {
        if (bytes > maxBytes) {
            throw new IOException(bytes + " bytes (expected: at most geo.max-database, " + maxBytes + ")");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes((int) bytes);
        }
    }

    private static void problem(Slot slot, String what) {
        String problem = slot.name() + ": " + what;
        if (!problem.equals(slot.problem)) {
            LOG.atWarn()
                    .addKeyValue("file", slot.path)
                    .addKeyValue("in_force", slot.database == null ? "none" : "the version before")
                    .log("geo database is not read: " + what);
        }
        slot.problem = problem;
    }
}
