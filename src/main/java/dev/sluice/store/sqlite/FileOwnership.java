package dev.sluice.store.sqlite;

import dev.sluice.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Says that this process owns a database file: a lock of the operating system on {@code <file>.lock}, which holds the
 * process's number and vanishes with the process. The file itself stays.
 */
public final class FileOwnership implements AutoCloseable {
    /** Far behind the text, so that others may read it where locks are mandatory. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    private static final int LONGEST_PID = 20;

    /**
     * Files this process owns. It must not even open the lock file of one of these again: where locks belong to
     * processes (POSIX), closing the second channel would drop the lock of the first.
     */
    private static final Set<Path> OWNED = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FileOwnership(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the file. Blocks for a moment. Its directory must exist.
     *
     * @throws StoreException LOCKED when this or another process owns it, FULL when the lock cannot be written
     */
    public static FileOwnership take(Path database) {
        Path file;
        try {
            file = database.toRealPath().resolveSibling(database.toRealPath().getFileName() + ".lock");
        } catch (IOException e) {
            file = lockOfMissing(database);
        }
        if (!OWNED.add(file)) {
            throw locked(database, Long.toString(ProcessHandle.current().pid()));
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            if (lock == null) {
                throw locked(database, read(channel));
            }
            byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(pid), 0);
            return new FileOwnership(file, channel);
        } catch (IOException | RuntimeException e) {
            OWNED.remove(file);
            close(channel);
            if (e instanceof StoreException known) {
                throw known;
            }
            throw new StoreException(
                    StoreException.Kind.FULL, "database " + database + ": cannot write its lock file " + file, e);
        }
    }

    @Override
    public void close() {
        close(channel);
        OWNED.remove(file);
    }

    private static Path lockOfMissing(Path database) {
        Path name = database.getFileName();
        Path parent = database.getParent();
        if (name == null || parent == null) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "database: " + database + " (expected: the path of a file)");
        }
        try {
            return parent.toRealPath().resolve(name + ".lock");
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FULL, "database " + database + ": its directory is not accessible", e);
        }
    }

    private static StoreException locked(Path database, String pid) {
        return new StoreException(
                StoreException.Kind.LOCKED,
                "database " + database + " is owned by "
                        + (pid.isEmpty() ? "another process" : "the process with pid " + pid)
                        + " (expected: no other process on this file)");
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(LONGEST_PID);
        channel.read(buffer, 0);
        String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII).strip();
        return text.chars().allMatch(Character::isDigit) ? text : "";
    }

    @SuppressWarnings("EmptyCatch") // nothing is lost when closing a lock file fails
    private static void close(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // the lock goes with the process at the latest
            }
        }
    }

    /** Makes the directory of a database. */
    public static void makeDirectory(Path database) {
        Path parent = database.getParent();
        if (parent == null) {
            return;
        }
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FULL, "database " + database + ": directory " + parent + " cannot be made", e);
        }
    }
}
