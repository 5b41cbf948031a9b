package dev.sluice.bulk;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Imports files into the store. Thread-safe; two imports run at a time, further ones wait.
 *
 * <p>A file is read on a worker thread, which waits while two batches are on their way to the store. Memory is constant
 * but for telling duplicates apart (see {@link ImportOptions#maxEntries}).
 */
public final class Importer {
    private static final int THREADS = 2;
    private static final long MAX_HOURS = 24;

    private final Vertx vertx;
    private final @Nullable ProxyStore store;
    private final AddressPolicy policy;
    private final InstantSource clock;

    /**
     * @param store where entries go; null allows dry runs only
     * @param policy which addresses are admitted
     */
    public Importer(Vertx vertx, @Nullable ProxyStore store, AddressPolicy policy) {
        this(vertx, store, policy, InstantSource.system());
    }

    Importer(Vertx vertx, @Nullable ProxyStore store, AddressPolicy policy, InstantSource clock) {
        this.vertx = vertx;
        this.store = store;
        this.policy = policy;
        this.clock = clock;
    }

    /**
     * Imports {@code file}: text, CSV, JSON or lines of JSON, gzip-compressed or not. Entries are listed by the source
     * {@code import:FILENAME}.
     *
     * @return what was done; fails with {@link IOException} naming the file when it is missing, a directory, unreadable
     *     or broken, with {@link dev.sluice.store.StoreException} when the store fails (batches before that are stored),
     *     and with {@link IllegalStateException} when there is no store and {@code options} ask for one
     */
    public Future<ImportResult> run(Path file, ImportOptions options) {
        ProxyStore target = options.dryRun() ? null : store;
        if (target == null && !options.dryRun()) {
            return Future.failedFuture(
                    new IllegalStateException("import of " + file + ": no store (expected: a dry run)"));
        }
        WorkerExecutor worker = vertx.createSharedWorkerExecutor("sluice-import", THREADS, MAX_HOURS, TimeUnit.HOURS);
        Future<ImportResult> result = worker.executeBlocking(
                () -> {
                    requireReadable(file);
                    return new FileImport(file, options, target, policy, clock).run();
                },
                false);
        return result.eventually(worker::close);
    }

    private static void requireReadable(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": a directory (expected: a file)");
        }
        if (!Files.exists(file)) {
            throw new IOException(file + ": not there (expected: a file)");
        }
        if (!Files.isReadable(file)) {
            throw new IOException(file + ": not readable (expected: a file this user may read)");
        }
    }
}
