package dev.sluice.store;

import dev.sluice.config.StoreConfig;
import dev.sluice.store.file.FileBackups;
import dev.sluice.store.postgres.PostgresBackups;
import dev.sluice.store.redis.RedisBackups;
import dev.sluice.store.sqlite.SqliteBackups;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;

/**
 * Copies databases into files and back, for the command line. A copy is of one moment, whoever writes meanwhile, and is in
 * place as a whole or not at all. Every future fails with {@link StoreException}. Keys that are not in the database, for
 * credentials and for the hashes of API keys, are not in its copies either.
 */
public final class Backups {
    private Backups() {}

    /**
     * Copies the database that {@code config} names, which may be in use.
     *
     * @param file the copy; fails where it exists. Only its owner may read it
     */
    public static Future<Backup> make(Vertx vertx, StoreConfig config, Path file) {
        Path target = file.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            return Future.failedFuture(refusal("backup: " + target + " exists (expected: a file that does not)"));
        }
        String url = config.url();
        try {
            return switch (Stores.Kind.of(url)) {
                case POSTGRES -> PostgresBackups.make(vertx, url, config.startTimeout(), target);
                case REDIS -> RedisBackups.make(vertx, url, config.startTimeout(), target);
                case FILE -> onWorker(vertx, () -> FileBackups.make(Stores.file(url), target));
                case SQLITE -> onWorker(vertx, () -> SqliteBackups.make(Stores.file(url), target));
            };
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    /**
     * Puts a copy in the place of the database that {@code config} names, which must not be in use. Copies of older schemas
     * are brought up to date when the database is opened next. The copy is looked through before anything is changed.
     *
     * @param replace whether a database that holds proxies may be replaced; a file is put aside, tables are
     *     emptied, and what is in Redis is removed
     */
    public static Future<Backup> restore(Vertx vertx, StoreConfig config, Path file, boolean replace) {
        Path source = file.toAbsolutePath().normalize();
        if (!Files.isRegularFile(source)) {
            return Future.failedFuture(refusal("restore: " + source + " (expected: a file that backup made)"));
        }
        String url = config.url();
        InstantSource clock = InstantSource.system();
        try {
            return switch (Stores.Kind.of(url)) {
                case POSTGRES -> PostgresBackups.restore(vertx, url, config.startTimeout(), source, replace);
                case REDIS -> RedisBackups.restore(vertx, url, config.startTimeout(), source, replace);
                case FILE -> onWorker(vertx, () -> FileBackups.restore(Stores.file(url), source, replace, clock));
                case SQLITE -> onWorker(vertx, () -> SqliteBackups.restore(Stores.file(url), source, replace, clock));
            };
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    private static Future<Backup> onWorker(Vertx vertx, java.util.concurrent.Callable<Backup> work) {
        return vertx.executeBlocking(work, false);
    }

    /** A file beside {@code target} that only its owner may read, to be filled and then {@linkplain #place put in place}. */
    public static Path begin(Path target) throws IOException {
        Path directory = target.getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        Files.deleteIfExists(part);
        if (Files.getFileStore(directory == null ? Path.of(".") : directory).supportsFileAttributeView("posix")) {
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(part);
        }
        return part;
    }

    /** Puts what was filled in its place, for good: it survives a crash of the machine. */
    public static void place(Path part, Path target) throws IOException {
        sync(part, StandardOpenOption.WRITE);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        Path directory = target.getParent();
        if (directory != null) {
            sync(directory, StandardOpenOption.READ);
        }
    }

    private static void sync(Path path, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }

    /** What was asked for cannot be done as it was. */
    public static StoreException refusal(String message) {
        return new StoreException(StoreException.Kind.FAILED, message);
    }
}
