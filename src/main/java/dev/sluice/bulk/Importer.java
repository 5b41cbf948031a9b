package dev.sluice.bulk;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ListFormat;
import dev.sluice.parse.ListParser;
import dev.sluice.parse.ListParsers;
import dev.sluice.parse.ParseOptions;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Imports a list from a file of any form {@link ListFormat#AUTO} knows, gzip allowed, in constant memory. Thread-safe; each
 * import has a worker thread of its own.
 */
public final class Importer {
    /** Most entries of one list: what is remembered to find duplicates takes about 16 bytes each. */
    public static final int MAX_ENTRIES = 8_000_000;

    private static final int PIECE = 64 * 1024;
    private static final int GZIP_MAGIC_1 = 0x1f;
    private static final int GZIP_MAGIC_2 = 0x8b;

    private final Vertx vertx;
    private final @Nullable ProxyStore store;
    private final AddressPolicy policy;

    /**
     * An importer.
     *
     * @param store takes the entries; null where only dry runs are asked for
     * @param policy which addresses are admitted
     */
    public Importer(Vertx vertx, @Nullable ProxyStore store, AddressPolicy policy) {
        this.vertx = vertx;
        this.store = store;
        this.policy = policy;
    }

    /**
     * Reads {@code file} to its end. Batches that were acknowledged stay stored, whatever happens later.
     *
     * @return fails with {@link IOException} naming the file, or with {@link dev.sluice.store.StoreException}
     */
    public Future<ImportResult> run(Path file, ImportOptions options) {
        ProxyStore target = options.dryRun() ? null : store;
        if (target == null && !options.dryRun()) {
            return Future.failedFuture(new IllegalArgumentException("dry run: false (expected: true without a store)"));
        }
        WorkerExecutor worker =
                vertx.createSharedWorkerExecutor("sluice-import-" + file.getFileName(), 1, 1, TimeUnit.HOURS);
        return worker.executeBlocking(() -> read(file, options, target)).eventually(worker::close);
    }

    private ImportResult read(Path file, ImportOptions options, @Nullable ProxyStore target) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": a directory (expected: a file)");
        }
        try (ImportReport report = ImportReport.open(options.report());
                InputStream in = open(file)) {
            Intake intake = new Intake("import:" + file.getFileName(), options.merge(), target, report);
            ListParser parser = ListParsers.create(
                    ListFormat.AUTO,
                    new ParseOptions(policy, ParseOptions.DEFAULT_MAX_LINE_LENGTH, MAX_ENTRIES),
                    intake);
            byte[] piece = new byte[PIECE];
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                parser.feed(piece, 0, length);
            }
            parser.end();
            return intake.finish();
        } catch (java.nio.file.NoSuchFileException e) {
            throw new IOException(e.getFile() + ": no such file", e);
        } catch (java.util.zip.ZipException | java.io.EOFException e) {
            throw new IOException(file + ": broken gzip: " + e.getMessage(), e);
        }
    }

    private static InputStream open(Path file) throws IOException {
        PushbackInputStream in = new PushbackInputStream(Files.newInputStream(file), 2);
        int first = in.read();
        int second = first < 0 ? -1 : in.read();
        if (second >= 0) {
            in.unread(second);
        }
        if (first >= 0) {
            in.unread(first);
        }
        return first == GZIP_MAGIC_1 && second == GZIP_MAGIC_2 ? new GZIPInputStream(in, PIECE) : in;
    }
}
