package dev.sluice.bulk.export;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of exports, in a directory of their own. A file belongs to one lease of a job and has its token in its name, so
 * that a worker that lost its lease writes where nobody looks. Only their owner may read them: some hold passwords. Blocks.
 */
final class ExportFiles {
    private static final Pattern NAME =
            Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9]{1,19})\\.([a-z]{1,10})");
    private static final Set<StandardOpenOption> NEW =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    private static final String WORKER = "sluice-export";
    private static final int THREADS = 2;

    private final Path directory;

    ExportFiles(Path directory) {
        this.directory = directory;
    }

    /** What may block for exports. To be closed by who asked for it. */
    static WorkerExecutor worker(Vertx vertx) {
        return vertx.createSharedWorkerExecutor(WORKER, THREADS);
    }

    /** A name of a file: {@code id-token.extension}. */
    record Name(String text, String id, long token) {
        /** The name that {@code text} is; null when it is none. */
        static @Nullable Name of(String text) {
            Matcher name = NAME.matcher(text);
            return name.matches() ? new Name(text, name.group(1), Long.parseLong(name.group(2))) : null;
        }

        static String of(String id, long token, String extension) {
            return id + '-' + token + '.' + extension;
        }
    }

    /** The file of this name; null where the name is none of ours. */
    @Nullable
    Path path(String name) {
        return Name.of(name) == null ? null : directory.resolve(name);
    }

    /** A new, empty file. */
    Open create(String name) throws IOException {
        boolean owners = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(directory, owners ? allows("rwx------") : new FileAttribute<?>[0]);
        Path file = directory.resolve(name);
        return new Open(FileChannel.open(file, NEW, owners ? allows("rw-------") : new FileAttribute<?>[0]), file);
    }

    private static FileAttribute<?>[] allows(String permissions) {
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    /**
     * A new file that begins with what another one has.
     *
     * @param bytes how much of it
     * @return null when the other one is gone or has less
     */
    @Nullable
    Open goOn(String name, String other, long bytes) throws IOException {
        Path known = path(other);
        if (known == null) {
            return null;
        }
        try (FileChannel from = FileChannel.open(known, StandardOpenOption.READ)) {
            if (from.size() < bytes) {
                return null;
            }
            Open file = create(name);
            try {
                file.copy(from, bytes);
                return file;
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** All files; none where there is no directory yet. */
    List<Name> names() throws IOException {
        List<Name> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Name name = Name.of(String.valueOf(file.getFileName()));
                if (name != null) {
                    names.add(name);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        return names;
    }

    /** Deletes what earlier leases of a job left behind. */
    void deleteBefore(String id, long token) throws IOException {
        for (Name name : names()) {
            if (name.id().equals(id) && name.token() < token) {
                delete(name);
            }
        }
    }

    void delete(Name name) throws IOException {
        Files.deleteIfExists(directory.resolve(name.text()));
    }

    /** A file that is being written. */
    static final class Open implements ExportPass.Sink, AutoCloseable {
        private final FileChannel channel;
        private final Path file;
        private long bytes;

        Open(FileChannel channel, Path file) {
            this.channel = channel;
            this.file = file;
        }

        @Override
        public void write(byte[] more) throws IOException {
            ByteBuffer left = ByteBuffer.wrap(more);
            try {
                while (left.hasRemaining()) {
                    channel.write(left);
                }
            } catch (IOException e) {
                throw new IOException(file + ": not written (" + e.getMessage() + ")", e);
            }
            bytes += more.length;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        private void copy(FileChannel from, long length) throws IOException {
            while (bytes < length) {
                long moved = from.transferTo(bytes, length - bytes, channel);
                if (moved <= 0) {
                    throw new IOException(file + ": " + bytes + " bytes copied (expected: " + length + ")");
                }
                bytes += moved;
            }
        }

        /** Makes what was written outlast a loss of power. */
        void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
