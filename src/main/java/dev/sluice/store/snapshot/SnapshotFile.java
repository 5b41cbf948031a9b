package dev.sluice.store.snapshot;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is whole or absent, and the generation before it.
 *
 * <p>A snapshot is written beside ({@code .tmp}), forced to the disk and renamed; the one before becomes {@code .1}. A
 * process that ends at any moment, or a disk that is full, leaves at least the generation that was there. A file that is
 * refused is never used in part, and is kept as {@code .refused} when the next one is written: it may be somebody else's.
 *
 * <p>Format, big-endian: {@code "SLUICE"} and the format's number (2 bytes); kind (modified UTF-8); version (4); time of
 * making (8, ms); owner (modified UTF-8); content; length of all this (8); CRC-32C of everything before it (4). The
 * checksum finds every change of up to 32 bits in a row, so every changed byte; the length finds what is missing or added.
 *
 * <p>Memory is bounded by a buffer of {@value #BUFFER_BYTES} bytes. Thread-safe; blocks, so for worker threads only.
 */
public final class SnapshotFile {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFile.class);

    static final int BUFFER_BYTES = 64 * 1024;
    static final int LONGEST_NAME = 200;

    /** Ends in the number of the format, 1. */
    private static final long MAGIC = 0x534C_5549_4345_0001L;

    private static final int FOOTER_BYTES = Long.BYTES + Integer.BYTES;
    private static final int LEAST_BYTES = Long.BYTES + 2 + Integer.BYTES + Long.BYTES + 2 + FOOTER_BYTES;

    private final Path file;
    private final Path draft;
    private final Path previous;
    private final Path refused;
    private final Path lock;
    private final String kind;
    private final int version;
    private final String owner;
    private final InstantSource clock;
    private final Disk disk;
    /** Whether the newest file is known to be whole and ours. */
    private boolean sound;

    /**
     * @param file where it lies; its directory is made when it is first written
     * @param kind what it holds, at most 200 characters
     * @param version of the content's layout; others are refused
     * @param owner what it belongs to, at most 200 characters: a snapshot made beside another database is refused
     * @param clock tells when it was made
     */
    public SnapshotFile(Path file, String kind, int version, String owner, InstantSource clock) {
        this(file, kind, version, owner, clock, Disk.REAL);
    }

    SnapshotFile(Path file, String kind, int version, String owner, InstantSource clock, Disk disk) {
        this.file = file.toAbsolutePath().normalize();
        this.draft = beside(".tmp");
        this.previous = beside(".1");
        this.refused = beside(".refused");
        this.lock = beside(".lock");
        this.kind = named("kind", kind);
        this.version = version;
        this.owner = named("owner", owner);
        this.clock = clock;
        this.disk = disk;
    }

    private static String named(String what, String name) {
        if (name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    what + ": " + name.length() + " characters (expected: at most " + LONGEST_NAME + ")");
        }
        return name;
    }

    private Path beside(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    /** Where the newest generation lies, absolute. */
    public Path file() {
        return file;
    }

    /**
     * Writes a new generation. When it fails, what was there stays.
     *
     * @param body writes the content, in any number of small pieces
     * @throws IOException when the disk or {@code body} fails, or another process is writing the same file
     */
    public synchronized void write(Body body) throws IOException {
        Path directory = file.getParent();
        if (directory == null) {
            throw new IOException("snapshot " + file + ": no directory (expected: the path of a file)");
        }
        Files.createDirectories(directory);
        try (Closeable held = disk.lock(lock)) {
            try {
                draft(body);
                publish(directory);
            } catch (IOException | RuntimeException e) {
                discard(e);
                throw e;
            }
        }
    }

    private void draft(Body body) throws IOException {
        try (Disk.Draft made = disk.create(draft)) {
            SealedOutput sealed = new SealedOutput(made);
            DataOutputStream out = new DataOutputStream(sealed);
            out.writeLong(MAGIC);
            out.writeUTF(kind);
            out.writeInt(version);
            out.writeLong(clock.millis());
            out.writeUTF(owner);
            body.writeTo(out);
            sealed.seal();
            made.force();
        }
    }

    private void publish(Path directory) throws IOException {
        if (Files.exists(file)) {
            disk.move(file, sound || isSound() ? previous : refused);
        }
        sound = false;
        disk.move(draft, file);
        sound = true;
        disk.forceDirectory(directory);
    }

    /** Whether the newest file may become the previous one; otherwise a good previous one would be lost for it. */
    private boolean isSound() {
        try {
            return open(file, in -> true).content();
        } catch (IOException e) {
            return false;
        }
    }

    private void discard(Exception failure) {
        try {
            disk.delete(draft);
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Reads the newest generation, or the one before it when the newest is absent or refused. A file is checked to its
     * end before the reader sees any of it.
     *
     * @param reader makes something of the content; when it fails, that generation is refused too and it may be called
     *     again, for the previous one
     * @param refusals told of every file that is refused: its name, what was found and what was expected
     * @return empty when there is no generation that can be used
     */
    public synchronized <T> Optional<Snapshot<T>> read(Reader<T> reader, Consumer<String> refusals) {
        for (Path generation : List.of(file, previous)) {
            try {
                Snapshot<T> snapshot = open(generation, reader);
                sound |= generation.equals(file);
                return Optional.of(snapshot);
            } catch (NoSuchFileException e) {
                // No fault: there was none yet, or the process ended between two renames.
                LOG.atDebug().addKeyValue("file", generation).log("no snapshot here");
            } catch (RefusedSnapshotException e) {
                refusals.accept("snapshot " + generation + " is refused: " + e.getMessage());
            } catch (IOException | RuntimeException e) {
                refusals.accept("snapshot " + generation + " cannot be read: " + e);
            }
        }
        return Optional.empty();
    }

    /**
     * Checks a snapshot of any kind and owner to its end, while others may write a new one. Blocks for as long as reading it
     * takes.
     *
     * @throws NoSuchFileException when it is not there
     * @throws IOException when it can't be read, or is not whole; tells what was found and what was expected
     */
    public static void verify(Path generation) throws IOException {
        try (FileChannel channel = FileChannel.open(generation, StandardOpenOption.READ)) {
            verify(channel);
        }
    }

    private <T> Snapshot<T> open(Path generation, Reader<T> reader) throws IOException {
        try (FileChannel channel = FileChannel.open(generation, StandardOpenOption.READ)) {
            long length = verify(channel);
            channel.position(0);
            int some = (int) Math.min(BUFFER_BYTES, length);
            DataInputStream in = new DataInputStream(
                    new BufferedInputStream(new Limited(Channels.newInputStream(channel), length), some));
            in.readLong();
            expect("kind", in.readUTF(), kind);
            int found = in.readInt();
            if (found != version) {
                throw new RefusedSnapshotException("version " + found + " of its content is "
                        + (found > version ? "newer" : "older") + " than this program's (expected: " + version + ")");
            }
            long createdAtMillis = in.readLong();
            expect("owner", in.readUTF(), owner);
            return new Snapshot<>(generation, createdAtMillis, reader.readFrom(in));
        }
    }

    private static void expect(String what, String found, String expected) throws RefusedSnapshotException {
        if (!found.equals(expected)) {
            throw new RefusedSnapshotException(what + " " + found + " (expected: " + expected + ")");
        }
    }

    /**
     * Checks everything from the first to the last byte.
     *
     * @return bytes before the footer
     */
    private static long verify(FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LEAST_BYTES) {
            throw new RefusedSnapshotException("torn: " + size + " bytes (expected: at least " + LEAST_BYTES + ")");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, size));
        long magic = take(channel, buffer, 0, Long.BYTES).getLong();
        if (magic != MAGIC) {
            throw new RefusedSnapshotException(
                    String.format("it begins with %016x (expected: %016x, a snapshot of format 1)", magic, MAGIC));
        }
        long length = take(channel, buffer, size - FOOTER_BYTES, Long.BYTES).getLong();
        if (length != size - FOOTER_BYTES) {
            throw new RefusedSnapshotException(
                    "torn: its end tells of " + length + " bytes (expected: " + (size - FOOTER_BYTES) + ")");
        }
        CRC32C checksum = new CRC32C();
        long end = size - Integer.BYTES;
        for (long at = 0; at < end; at += BUFFER_BYTES) {
            checksum.update(take(channel, buffer, at, (int) Math.min(BUFFER_BYTES, end - at)));
        }
        int found = take(channel, buffer, end, Integer.BYTES).getInt();
        if (found != (int) checksum.getValue()) {
            throw new RefusedSnapshotException(String.format(
                    "checksum %08x (expected: %08x, that of its content)", found, (int) checksum.getValue()));
        }
        return length;
    }

    private static ByteBuffer take(FileChannel channel, ByteBuffer buffer, long at, int count) throws IOException {
        buffer.clear().limit(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new EOFException("it became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    /** Writes the content of a snapshot. */
    @FunctionalInterface
    public interface Body {
        void writeTo(DataOutput out) throws IOException;
    }

    /** Makes something of the content of a snapshot. May stop before its end; beyond it is an {@link EOFException}. */
    @FunctionalInterface
    public interface Reader<T> {
        T readFrom(DataInput in) throws IOException;
    }

    /** Ends before the footer. */
    private static final class Limited extends InputStream {
        private final InputStream in;
        private long left;

        Limited(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            if (left <= 0) {
                return -1;
            }
            int some = in.read(bytes, offset, (int) Math.min(count, left));
            left -= Math.max(0, some);
            return some;
        }
    }
}
