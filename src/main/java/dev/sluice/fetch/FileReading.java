package dev.sluice.fetch;

import dev.sluice.net.HttpFetched;
import dev.sluice.net.Validators;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads one list from disk, on a worker, within the limits of one from the network. Confined to one event loop. */
final class FileReading {
    private static final int PIECE = 256 * 1024;

    private final WorkerExecutor worker;
    private final String path;
    private final long maxBytes;
    private final Duration timeout;
    private final ListFeed feed;
    private final long startNanos = System.nanoTime();
    private final byte[] piece = new byte[PIECE];
    private @Nullable InputStream in;
    private long bytes;
    private String validator = "";

    FileReading(WorkerExecutor worker, String path, long maxBytes, Duration timeout, ListFeed feed) {
        this.worker = worker;
        this.path = path;
        this.maxBytes = maxBytes;
        this.timeout = timeout;
        this.feed = feed;
    }

    /**
     * Reads it whole, unless {@code prior} still holds.
     *
     * @param prior time of change and size as {@link Validators#etag()}
     */
    Future<HttpFetched> read(Validators prior) {
        return worker.executeBlocking(() -> open(prior), false)
                .compose(changed -> {
                    if (!changed) {
                        return Future.succeededFuture(new HttpFetched(true, prior, 0, 0));
                    }
                    return pieces().map(v -> new HttpFetched(false, new Validators(validator, null), bytes, bytes));
                })
                .eventually(() -> worker.executeBlocking(this::close, false));
    }

    private boolean open(Validators prior) throws IOException {
        Path file;
        BasicFileAttributes attributes;
        try {
            file = Path.of(path);
            attributes = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (InvalidPathException e) {
            throw new IOException("path: " + path + " (expected: a path)", e);
        } catch (NoSuchFileException e) {
            throw new IOException("path: " + path + " does not exist (expected: a file)", e);
        }
        if (attributes.isDirectory()) {
            throw new IOException("path: " + path + " is a directory (expected: a file)");
        }
        if (!attributes.isRegularFile()) {
            throw new IOException("path: " + path + " is no regular file (expected: a file)");
        }
        if (attributes.size() > maxBytes) {
            throw new IOException(
                    "path: " + path + " has " + attributes.size() + " bytes (expected: at most " + maxBytes + ")");
        }
        validator = attributes.lastModifiedTime().toMillis() + "-" + attributes.size();
        if (validator.equals(prior.etag())) {
            return false;
        }
        in = Files.newInputStream(file);
        return true;
    }

    private Future<Void> pieces() {
        if (System.nanoTime() - startNanos > timeout.toNanos()) {
            return Future.failedFuture(
                    new IOException("path: " + path + ": not read after " + timeout.toMillis() + " ms"));
        }
        return worker.executeBlocking(this::readPiece, false).compose(length -> {
            if (length <= 0) {
                return Future.succeededFuture();
            }
            bytes += length;
            if (bytes > maxBytes) {
                return Future.failedFuture(
                        new IOException("path: " + path + " has grown beyond " + maxBytes + " bytes"));
            }
            return feed.accept(piece, 0, length).compose(v -> pieces());
        });
    }

    private int readPiece() throws IOException {
        return in == null ? -1 : in.read(piece);
    }

    private @Nullable Void close() throws IOException {
        if (in != null) {
            in.close();
        }
        return null;
    }
}
