package dev.sluice.secret;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A pepper in a file that only its owner may read. Blocks. */
final class PepperFile {
    static final String NAME = "sluice.pepper";

    private static final int BYTES = 32;
    private static final Pattern CONTENT = Pattern.compile("[0-9a-f]{" + 2 * BYTES + "}");
    /** More is no pepper, and not worth reading. */
    private static final int MOST_BYTES = 1_024;

    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final Path file;
    private final SecureRandom random;

    PepperFile(Path file, SecureRandom random) {
        this.file = file;
        this.random = random;
    }

    /**
     * The pepper; empty when there is no file.
     *
     * @throws PepperException when others may read the file, when it cannot be read, or holds something else
     */
    Optional<Pepper> read() {
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            requireOwnerOnly();
            byte[] content;
            try (var in = Files.newInputStream(file)) {
                content = in.readNBytes(MOST_BYTES);
            }
            String text = new String(content, StandardCharsets.US_ASCII).strip();
            if (!CONTENT.matcher(text).matches()) {
                throw new PepperException(file + ": " + content.length + " bytes that are no pepper (expected: "
                        + 2 * BYTES + " hexadecimal digits)");
            }
            return Optional.of(new Pepper(HexFormat.of().parseHex(text)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new PepperException(file + ": cannot be read (expected: a file of this process's user)", e);
        }
    }

    /**
     * The pepper; made when there is no file. Of several processes that make it at the same time one wins.
     *
     * @throws PepperException as {@link #read} does, and when the file cannot be written
     */
    Pepper readOrMake() {
        return read().orElseGet(() -> {
            make();
            return read().orElseThrow(() -> new PepperException(file + ": gone again (expected: to stay)"));
        });
    }

    private void make() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory == null) {
                throw new PepperException(file + " (expected: the path of a file)");
            }
            Files.createDirectories(directory);
            // Complete before it has its name, so that nobody reads half of it.
            Path draft = directory.resolve(NAME + '.' + HexFormat.of().toHexDigits(random.nextLong()) + ".tmp");
            Files.createFile(draft, ownerOnly(directory));
            try {
                Files.writeString(
                        draft,
                        HexFormat.of().formatHex(bytes) + '\n',
                        StandardOpenOption.WRITE,
                        StandardOpenOption.SYNC);
                publish(draft);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            throw new PepperException(file + ": cannot be written (expected: a directory of this process's user)", e);
        }
    }

    /** Gives the draft its name unless the name is taken. */
    @SuppressWarnings("EmptyCatch")
    private void publish(Path draft) throws IOException {
        try {
            try {
                Files.createLink(file, draft);
            } catch (UnsupportedOperationException e) {
                Files.move(draft, file);
            }
        } catch (FileAlreadyExistsException e) {
            // somebody else was faster: theirs counts
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path directory) throws IOException {
        boolean posix = Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class);
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    private void requireOwnerOnly() throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class, new LinkOption[0]);
        if (view == null) {
            return;
        }
        int mode = mode(view.readAttributes().permissions());
        if ((mode & 077) != 0) {
            throw new PepperException(file + ": mode 0" + Integer.toOctalString(mode)
                    + " lets others read it (expected: mode 0600; chmod 600 " + file
                    + ", and a new pepper with new keys if somebody may have read it)");
        }
    }

    /** The bits that chmod takes. */
    private static int mode(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (PosixFilePermission permission : permissions) {
            // Declared from the owner's right to read down to everybody's right to execute.
            mode |= 0400 >>> permission.ordinal();
        }
        return mode;
    }
}
