package dev.sluice.secret;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.Key;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import dev.sluice.secret.EncryptionKey.State;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Encryption keys in a file: a key a line, the first encrypts; or a keyset of Tink as JSON, which is only read. Blocks.
 * Confined to one thread at a time.
 */
final class KeyFile implements KeySource {
    /** Name beside a database. */
    static final String NAME = "sluice.key";

    /** More holds no keys, and is not worth reading. */
    private static final int MOST_BYTES = 65_536;

    private static final String HEADING = """
            # Keys that encrypt the passwords of proxies stored in the database. Without them those passwords are lost:
            # keep a copy where the copies of the database are not. One key a line, the first encrypts.
            # ./sluice keys rotate-encryption changes this file.
            """;

    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> OWNERS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);
    private static final Set<PosixFilePermission> FOREIGN_WRITES =
            EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private final Path file;
    private final boolean mounted;
    private final SecureRandom random;

    /**
     * A file, which need not exist.
     *
     * @param mounted whether the platform put it there: it is not written, and may be read by whom the platform lets
     */
    KeyFile(Path file, boolean mounted, SecureRandom random) {
        this.file = file;
        this.mounted = mounted;
        this.random = random;
    }

    @Override
    public String kind() {
        return mounted ? "secret-file" : "file";
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public boolean managed() {
        return !mounted && !isJson();
    }

    private boolean isJson() {
        try {
            return content().map(text -> text.startsWith("{")).orElse(false);
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public List<EncryptionKey> read() {
        try {
            Optional<String> content = content();
            if (content.isEmpty()) {
                if (mounted) {
                    throw new EncryptionKeyException(
                            file + ": no such file (expected: the mounted file with encryption keys)");
                }
                return List.of();
            }
            requirePrivate();
            String text = content.get();
            return text.startsWith("{") ? keyset(text) : lines(text);
        } catch (IOException e) {
            throw new EncryptionKeyException(
                    file + ": cannot be read (expected: a file that this process may read)", e);
        }
    }

    /** What is in the file, empty when there is none. */
    private Optional<String> content() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (!Files.isRegularFile(file)) {
            throw new EncryptionKeyException(file + ": no regular file (expected: a file with encryption keys)");
        }
        byte[] content;
        try (var in = Files.newInputStream(file)) {
            content = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (content.length > MOST_BYTES) {
            throw new EncryptionKeyException(
                    file + ": more than " + MOST_BYTES + " bytes (expected: a file with encryption keys)");
        }
        return Optional.of(new String(content, StandardCharsets.UTF_8).strip());
    }

    private List<EncryptionKey> lines(String text) {
        List<EncryptionKey> keys = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            int comment = line.indexOf('#');
            String[] words =
                    (comment < 0 ? line : line.substring(0, comment)).strip().split("\\s+", -1);
            if (words[0].isEmpty()) {
                continue;
            }
            String where = file + ", line " + number;
            State state = words.length == 1 ? (keys.isEmpty() ? State.PRIMARY : State.OLD) : state(words[0]);
            if (state == null || (words.length > 1 && words.length != (state == State.RETIRED ? 3 : 2))) {
                throw new EncryptionKeyException(where + ": " + words.length
                        + " words (expected: primary, next or old, and a key of " + EncryptionKey.BYTES
                        + " bytes in base64; or retired, when, and a key)");
            }
            if ((state == State.PRIMARY) != keys.isEmpty()) {
                throw new EncryptionKeyException(
                        where + ": " + state.text() + " (expected: the first key is primary, and no other)");
            }
            EncryptionKey key = EncryptionKey.parse(words[words.length - 1], where, state);
            keys.add(state == State.RETIRED ? key.retired(millis(words[1], where)) : key);
        }
        if (keys.isEmpty()) {
            throw new EncryptionKeyException(file + ": no key in it (expected: one or more)");
        }
        return keys;
    }

    private static long millis(String time, String where) {
        try {
            return Instant.parse(time).toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            // without the word, which may be a key
            throw new EncryptionKeyException(
                    where + ": no time after retired (expected: one such as 2026-01-02T03:04:05Z)");
        }
    }

    private static @Nullable State state(String word) {
        for (State state : State.values()) {
            if (state.text().equals(word.toLowerCase(Locale.ROOT))) {
                return state;
            }
        }
        return null;
    }

    @AccessesPartialKey
    private List<EncryptionKey> keyset(String json) {
        KeysetHandle handle;
        try {
            handle = TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get());
        } catch (GeneralSecurityException | RuntimeException e) {
            // without the cause, which may quote what it read
            throw new EncryptionKeyException(
                    file + ": no keyset of Tink in JSON (expected: one in the clear, or lines)");
        }
        List<EncryptionKey> keys = new ArrayList<>();
        for (int i = 0; i < handle.size(); i++) {
            KeysetHandle.Entry entry = handle.getAt(i);
            Key key = entry.getKey();
            if (entry.getStatus() != KeyStatus.ENABLED) {
                continue;
            }
            if (!(key instanceof AesGcmKey gcm)
                    || gcm.getParameters().getVariant() != AesGcmParameters.Variant.TINK
                    || gcm.getParameters().getKeySizeBytes() != EncryptionKey.BYTES) {
                throw new EncryptionKeyException(file + ": key " + (i + 1)
                        + " of the keyset (expected: AES256_GCM with the output prefix TINK)");
            }
            byte[] bytes = gcm.getKeyBytes().toByteArray(InsecureSecretKeyAccess.get());
            EncryptionKey read = new EncryptionKey(bytes, entry.getId(), entry.isPrimary() ? State.PRIMARY : State.OLD);
            keys.add(entry.isPrimary() ? 0 : keys.size(), read);
        }
        return keys;
    }

    @Override
    public List<EncryptionKey> readOrMake() {
        List<EncryptionKey> known = read();
        if (!known.isEmpty()) {
            return known;
        }
        try {
            Path directory = directory();
            Files.createDirectories(directory);
            Path draft = draft(directory, List.of(EncryptionKey.random(random, State.PRIMARY)));
            try {
                publish(draft);
            } finally {
                Files.deleteIfExists(draft);
            }
            settle(directory);
        } catch (IOException e) {
            throw unwritable(e);
        }
        List<EncryptionKey> made = read();
        if (made.isEmpty()) {
            throw new EncryptionKeyException(file + ": gone again (expected: to stay)");
        }
        return made;
    }

    @Override
    public void write(List<EncryptionKey> before, List<EncryptionKey> keys) {
        if (!managed()) {
            throw new EncryptionKeyException(file + ": is not written by this program");
        }
        List<EncryptionKey> now = read();
        if (now.size() != before.size()
                || !java.util.stream.IntStream.range(0, now.size())
                        .allMatch(i -> now.get(i).same(before.get(i))
                                && now.get(i).state() == before.get(i).state())) {
            throw new EncryptionKeyException(file + ": changed meanwhile (expected: one change at a time)");
        }
        try {
            Path directory = directory();
            Path draft = draft(directory, keys);
            try {
                // A link stays one: what it points to is replaced.
                Files.move(draft, file.toRealPath(), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(draft);
            }
            settle(directory);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private EncryptionKeyException unwritable(IOException cause) {
        return new EncryptionKeyException(
                file + ": cannot be written (expected: a directory of this process's user)", cause);
    }

    private Path directory() throws IOException {
        Path place = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path directory = place.getParent();
        if (directory == null) {
            throw new EncryptionKeyException(file + " (expected: the path of a file)");
        }
        return directory;
    }

    /** Complete and on the disk before it has its name. */
    private Path draft(Path directory, List<EncryptionKey> keys) throws IOException {
        StringBuilder text = new StringBuilder(HEADING);
        for (EncryptionKey key : keys) {
            text.append(key.state().text()).append(' ');
            if (key.state() == State.RETIRED) {
                text.append(Instant.ofEpochMilli(key.retiredMillis())).append(' ');
            }
            text.append(key.text())
                    .append(" # ")
                    .append(EncryptionKey.idText(key.id()))
                    .append('\n');
        }
        Path draft = directory.resolve(NAME + '.' + HexFormat.of().toHexDigits(random.nextLong()) + ".tmp");
        Files.createFile(draft, ownerOnly(directory));
        try {
            Files.writeString(draft, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
        return draft;
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

    /** The name is on the disk too: a key that is lost when the machine crashes takes every password with it. */
    private static void settle(Path directory) throws IOException {
        if (!isPosix(directory)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static boolean isPosix(Path directory) throws IOException {
        return Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class);
    }

    private static FileAttribute<?>[] ownerOnly(Path directory) throws IOException {
        return isPosix(directory)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    /** Of a link, what it points to counts. */
    private void requirePrivate() throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        Set<PosixFilePermission> permissions = view.readAttributes().permissions();
        Set<PosixFilePermission> foreign = EnumSet.noneOf(PosixFilePermission.class);
        foreign.addAll(permissions);
        if (mounted) {
            foreign.retainAll(FOREIGN_WRITES);
        } else {
            foreign.removeAll(OWNERS);
        }
        if (foreign.isEmpty()) {
            return;
        }
        int mode = 0;
        for (PosixFilePermission permission : permissions) {
            // Declared from the owner's right to read down to everybody's right to execute.
            mode |= 0400 >>> permission.ordinal();
        }
        String found = file + ": mode 0" + Integer.toOctalString(mode) + " lets others ";
        throw new EncryptionKeyException(
                mounted
                        ? found + "write it (expected: a file that only its owner may write)"
                        : found + "at it (expected: mode 0600; chmod 600 " + file
                                + ", and a rotation if somebody may have read it; a file that the platform mounts is"
                                + " security.encryption.secret-file)");
    }
}
