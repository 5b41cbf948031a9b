package dev.sluice.main;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where an export goes: standard output, or a file, which takes the place of an older one in one step and once it is whole.
 * Devices and pipes are written to as they are. Confined to one thread.
 */
final class ExportOutput implements AutoCloseable {
    private static final int BUFFER = 64 << 10;

    private final OutputStream out;
    private final @Nullable Path draft;
    private final @Nullable Path target;

    private ExportOutput(OutputStream out, @Nullable Path draft, @Nullable Path target) {
        this.out = new BufferedOutputStream(out, BUFFER);
        this.draft = draft;
        this.target = target;
    }

    static ExportOutput standard() {
        return new ExportOutput(new FileOutputStream(FileDescriptor.out), null, null);
    }

    /**
     * A file.
     *
     * @param secret whether nobody but its owner is to read it
     */
    static ExportOutput file(Path file, boolean secret) throws IOException {
        if (Files.isDirectory(file)) {
            throw new UsageException(file + ": a directory (expected: a file)");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return new ExportOutput(Files.newOutputStream(file), null, null);
        }
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path draft = target.resolveSibling(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        boolean owners =
                secret && target.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] allowed = owners
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try {
            FileChannel channel =
                    FileChannel.open(draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), allowed);
            return new ExportOutput(Channels.newOutputStream(channel), draft, target);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be written (" + e + ")", e);
        }
    }

    OutputStream stream() {
        return out;
    }

    /** Puts what was written in its place. */
    void keep() throws IOException {
        out.flush();
        if (draft != null && target != null) {
            out.close();
            try (FileChannel written = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Ends writing; what was not kept is gone. */
    @Override
    public void close() throws IOException {
        if (draft != null) {
            try {
                out.close();
            } finally {
                Files.deleteIfExists(draft);
            }
        }
    }
}
