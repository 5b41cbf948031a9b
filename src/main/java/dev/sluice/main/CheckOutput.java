package dev.sluice.main;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Where results go: standard output, or a file that is written beside its name and takes it when it is complete. Failures
 * to write name the place. Confined to one thread.
 */
final class CheckOutput extends FilterOutputStream {
    private final String name;
    private final boolean standard;
    private final @Nullable Path beside;
    private final @Nullable Path file;

    private CheckOutput(
            OutputStream target, String name, boolean standard, @Nullable Path beside, @Nullable Path file) {
        super(target);
        this.name = name;
        this.standard = standard;
        this.beside = beside;
        this.file = file;
    }

    /** Standard output itself: unlike {@code System.out} it tells when nobody reads any more. */
    static CheckOutput standard() {
        return new CheckOutput(new FileOutputStream(FileDescriptor.out), "standard output", true, null, null);
    }

    /**
     * A file, replaced when it exists. What is no regular file, such as a device or a named pipe, is written to directly.
     *
     * @throws UsageException when {@code file} can't be written
     */
    static CheckOutput file(Path file) {
        if (Files.isDirectory(file)) {
            throw new UsageException("--output: " + file + ": a directory (expected: a file)");
        }
        try {
            boolean exists = Files.exists(file);
            if (exists && !Files.isRegularFile(file)) {
                return new CheckOutput(Files.newOutputStream(file), file.toString(), false, null, null);
            }
            Path real = exists ? file.toRealPath() : file.toAbsolutePath();
            Path beside = real.resolveSibling(
                    "." + real.getFileName() + "." + ProcessHandle.current().pid());
            OutputStream fresh = Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new CheckOutput(fresh, file.toString(), false, beside, real);
        } catch (IOException e) {
            throw new UsageException(
                    "--output: " + file + ": can't be written (expected: a file in a folder this user may write to)");
        }
    }

    /** Whether results appear on a terminal. */
    boolean isTerminal() {
        return standard && Descriptor.OUTPUT.isTerminal();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            boolean deserted = standard
                    && (Descriptor.OUTPUT.isPipe()
                            || String.valueOf(e.getMessage()).contains("Broken pipe"));
            throw deserted ? new DesertedException(e) : named(e);
        }
    }

    private IOException named(IOException failure) {
        return new IOException(name + ": " + failure.getMessage(), failure);
    }

    /** The file is complete: it takes its name. */
    void keep() throws IOException {
        if (beside == null || file == null) {
            return;
        }
        try {
            out.close();
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw named(e);
        }
    }

    /** A file that was not kept is gone, and what stood under its name is as it was. */
    @Override
    public void close() throws IOException {
        if (!standard) {
            out.close();
        }
        if (beside != null) {
            Files.deleteIfExists(beside);
        }
    }

    /** Whoever read standard output has left. No failure: {@code head} does so. */
    static final class DesertedException extends IOException {
        private static final long serialVersionUID = 1;

        private DesertedException(IOException cause) {
            super("standard output: nobody reads it any more", cause);
        }
    }
}
