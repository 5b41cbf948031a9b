package dev.sluice.main;

import dev.sluice.config.ConfigFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The configuration files that were in force, newest first, beside the database: {@code config/TIME-HASH.yaml}. They may
 * hold secrets, so only the owner may read them. Blocks; one process at a time.
 */
final class KeptConfigs {
    /** Most files. */
    static final int MOST = 10;
    /** Most of those among them that a rollback has replaced. */
    static final int MOST_REPLACED = 2;

    private static final long LARGEST = 1 << 20;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSSX").withZone(ZoneOffset.UTC);
    private static final Pattern NAME =
            Pattern.compile("([0-9]{8}T[0-9]{6}\\.[0-9]{3}Z)-([0-9a-f]{12})(\\.replaced)?\\.(yaml|json)");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path directory;
    private final InstantSource clock;

    /** @param data where what belongs to the database lies; a directory {@code config} is made in it on first need */
    KeptConfigs(Path data, InstantSource clock) {
        this.directory = data.resolve("config");
        this.clock = clock;
    }

    /**
     * A file that is kept.
     *
     * @param at when it was put into force, or replaced
     * @param hash as of {@link ConfigFile#hash()}
     * @param replaced whether it was replaced by a rollback: it may never have been in force
     */
    record Kept(Path file, Instant at, String hash, boolean replaced) {
        /** Its text. */
        String text() throws IOException {
            if (Files.size(file) > LARGEST) {
                throw new IOException(file + ": " + Files.size(file) + " bytes (expected: 1MiB at most)");
            }
            return Files.readString(file);
        }
    }

    /** Those there are, newest first; empty when none was ever kept. Other files in the directory are ignored. */
    List<Kept> list() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Kept> kept = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    try {
                        Instant at = Instant.from(TIME.parse(name.group(1)));
                        kept.add(new Kept(file, at, name.group(2), name.group(3) != null));
                    } catch (DateTimeParseException e) {
                        // Nobody of ours names a file so.
                        continue;
                    }
                }
            }
        }
        kept.sort(Comparator.comparing(Kept::at)
                .reversed()
                .thenComparing(one -> one.file().toString()));
        return kept;
    }

    /** Keeps what has been put into force; nothing where it is the newest already, or there is no file. */
    void keep(ConfigFile file) throws IOException {
        keep(file, false);
    }

    /** Keeps what is about to be replaced, whether it is any good or not. */
    void keepReplaced(ConfigFile file) throws IOException {
        for (Kept kept : list()) {
            if (kept.hash().equals(file.hash())) {
                return;
            }
        }
        keep(file, true);
    }

    private void keep(ConfigFile file, boolean replaced) throws IOException {
        String text = file.text();
        if (text == null) {
            return;
        }
        List<Kept> before = list();
        String hash = file.hash();
        if (!before.isEmpty()
                && before.get(0).hash().equals(hash)
                && before.get(0).replaced() == replaced) {
            return;
        }
        makeDirectory();
        String ending = file.path().toString().endsWith(".json") ? ".json" : ".yaml";
        String name = TIME.format(clock.instant()) + '-' + hash + (replaced ? ".replaced" : "") + ending;
        write(directory.resolve(name), text, OWNER_ONLY);
        for (Kept kept : before) {
            if (kept.hash().equals(hash)
                    && !kept.file().getFileName().toString().equals(name)) {
                Files.deleteIfExists(kept.file());
            }
        }
        trim();
    }

    private void trim() throws IOException {
        int replaced = 0;
        int all = 0;
        for (Kept kept : list()) {
            replaced += kept.replaced() ? 1 : 0;
            if (kept.replaced() && replaced > MOST_REPLACED || ++all > MOST) {
                Files.deleteIfExists(kept.file());
            }
        }
    }

    private void makeDirectory() throws IOException {
        if (isPosix(directory)) {
            FileAttribute<?> ownerOnly =
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(directory.toAbsolutePath().getParent());
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(directory, ownerOnly);
            }
        } else {
            Files.createDirectories(directory);
        }
    }

    /** Replaces {@code file} as a whole, or not at all; it may be read by those of {@code permissions} from the start. */
    static void write(Path file, String text, Set<PosixFilePermission> permissions) throws IOException {
        Path whole = file.toAbsolutePath();
        boolean posix = isPosix(whole);
        Path part = posix
                ? Files.createTempFile(
                        whole.getParent(), ".sluice-config", ".tmp", PosixFilePermissions.asFileAttribute(OWNER_ONLY))
                : Files.createTempFile(whole.getParent(), ".sluice-config", ".tmp");
        try {
            Files.writeString(part, text, StandardCharsets.UTF_8);
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            if (posix) {
                Files.setPosixFilePermissions(part, permissions);
            }
            move(part, whole);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void move(Path part, Path whole) throws IOException {
        try {
            Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
