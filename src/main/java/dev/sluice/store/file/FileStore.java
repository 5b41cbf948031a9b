package dev.sluice.store.file;

import dev.sluice.port.Vault;
import dev.sluice.store.Migrations;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.store.memory.FormatMigrations;
import dev.sluice.store.memory.JsonForm;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.ModelStore;
import dev.sluice.store.memory.ModelThread;
import dev.sluice.store.memory.QueueFile;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.snapshot.Disk;
import dev.sluice.store.sqlite.FileOwnership;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * Opens the store in a JSON file. What a future of it says was written is in a file that has taken the place of the one
 * before; a write takes a sixth of the time, so that with 200,000 entries a future may take ten seconds.
 */
public final class FileStore {
    /** Most entries a file takes. */
    public static final int MOST_ENTRIES = 200_000;

    private FileStore() {}

    /**
     * Opens {@code path}, which comes into being with its directory where it is missing, and the file of jobs and histories beside it.
     * Fails with LOCKED, SCHEMA_NEWER, FULL or FAILED.
     *
     * @param vault how passwords are stored
     */
    public static Future<ProxyStore> open(Vertx vertx, Path path, InstantSource clock, Vault vault) {
        return open(vertx, path, clock, vault, Disk.REAL, MOST_ENTRIES);
    }

    static Future<ProxyStore> open(
            Vertx vertx, Path path, InstantSource clock, Vault vault, Disk disk, int mostEntries) {
        JsonFile file = new JsonFile(path, disk, clock);
        Bounds bounds = new Bounds(file.name());
        Model model = new Model(bounds, mostEntries, clock, vault);
        ModelThread thread = new ModelThread("sluice-file");
        Promise<FileOwnership> read = Promise.promise();
        thread.execute(() -> {
            try {
                read.complete(read(path, file, model));
            } catch (RuntimeException e) {
                read.fail(e);
            }
        });
        return thread.home(read.future()
                .compose(ownership -> QueueFile.open(vertx, path.resolveSibling(QueueFile.NAME), clock, vault)
                        .onFailure(cause -> ownership.close())
                        .map(beside ->
                                new ModelStore(thread, model, new FileTruth(model, file, ownership), beside, bounds))
                        .compose(store -> store.tidy()
                                .map((ProxyStore) store)
                                .recover(cause -> store.close().transform(any -> Future.failedFuture(cause)))))
                .onFailure(cause -> thread.close()));
    }

    private static FileOwnership read(Path path, JsonFile file, Model model) {
        FileOwnership.makeDirectory(path);
        FileOwnership ownership = FileOwnership.take(path);
        try {
            if (file.settle()) {
                file.read(model);
            }
            return ownership;
        } catch (RuntimeException e) {
            ownership.close();
            throw e;
        }
    }

    /** The format the file is in. Reads its first line. Fails with FAILED. */
    public static Future<Migrations> migrations(Vertx vertx, Path path, InstantSource clock) {
        return vertx.executeBlocking(() -> {
            JsonFile file = new JsonFile(path, Disk.REAL, clock);
            int format = file.format();
            if (format < 0) {
                throw new StoreException(StoreException.Kind.FAILED, file.name() + ": format " + format);
            }
            return new FormatMigrations(file.name(), format, JsonForm.FORMAT);
        });
    }
}
