package dev.sluice.store.snapshot;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The steps by which a file reaches the disk as a whole, one method each, so that a test can end the process behind any of them. */
public interface Disk {
    /** The file system of this machine. */
    Disk REAL = new Real();

    /**
     * Keeps other writers away until it is closed.
     *
     * @throws IOException when there is one already
     */
    Closeable lock(Path lockFile) throws IOException;

    /** A new, empty file that only its owner may read or write; one of that name from before is deleted. */
    Draft create(Path file) throws IOException;

    /** Renames in one step; what had the new name is gone. */
    void move(Path from, Path to) throws IOException;

    /** Deletes the file if it is there. */
    void delete(Path file) throws IOException;

    /** Makes renames in the directory outlast a loss of power. */
    void forceDirectory(Path directory) throws IOException;

    /** A file that is being written. */
    interface Draft extends Closeable {
        /** Appends everything that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;

        /** Makes what was written outlast a loss of power. */
        void force() throws IOException;
    }

    /** See {@link #REAL}. */
    final class Real implements Disk {
        private static final FileAttribute<?> OWNER_ONLY =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

        private Real() {}

        @Override
        public Closeable lock(Path lockFile) throws IOException {
            FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return channel;
                }
            } catch (OverlappingFileLockException e) {
                channel.close();
                throw new IOException(lockFile + " is held by this process already (expected: one writer)", e);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            channel.close();
            throw new IOException(lockFile + " is held by another process (expected: one writer)");
        }

        @Override
        public Draft create(Path file) throws IOException {
            delete(file);
            Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            FileChannel channel =
                    knowsOwners(file) ? FileChannel.open(file, options, OWNER_ONLY) : FileChannel.open(file, options);
            return new Draft() {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }

                @Override
                public void force() throws IOException {
                    channel.force(true);
                }

                @Override
                public void close() throws IOException {
                    channel.close();
                }
            };
        }

        @Override
        public void move(Path from, Path to) throws IOException {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            // Elsewhere directories cannot be opened.
            if (knowsOwners(directory)) {
                try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        }

        private static boolean knowsOwners(Path path) {
            return path.getFileSystem().supportedFileAttributeViews().contains("posix");
        }
    }
}
