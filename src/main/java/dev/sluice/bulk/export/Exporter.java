package dev.sluice.bulk.export;

import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Exports a store that this process has opened, at once and into a stream. Thread-safe. */
public final class Exporter {
    private final Vertx vertx;
    private final ProxyStore store;
    private final boolean connectOnly;
    private final InstantSource clock;

    /** @param connectOnly whether what was verified by a connect alone counts as alive */
    public Exporter(Vertx vertx, ProxyStore store, boolean connectOnly, InstantSource clock) {
        this.vertx = vertx;
        this.store = store;
        this.connectOnly = connectOnly;
        this.clock = clock;
    }

    /**
     * Writes an export.
     *
     * @param out where it goes; stays open, is flushed
     * @param progress told after every page, on any thread
     * @param cancelled asked after every page
     * @return how it ended; fails with {@link CancellationException} where it was cancelled, with {@link IOException} when
     *     {@code out} does, with {@link dev.sluice.store.StoreException} when the store does
     */
    public Future<Progress> run(Order order, OutputStream out, Consumer<Progress> progress, BooleanSupplier cancelled) {
        WorkerExecutor worker = ExportFiles.worker(vertx);
        ExportPass pass = new ExportPass(
                vertx, worker, store, order, connectOnly, clock.millis(), new Stream(out), (afterId, reached) -> {
                    progress.accept(reached);
                    return cancelled.getAsBoolean()
                            ? Future.failedFuture(new CancellationException("the export was cancelled"))
                            : Future.succeededFuture();
                });
        return pass.run()
                .compose(done -> worker.executeBlocking(
                        () -> {
                            out.flush();
                            return done;
                        },
                        true))
                .eventually(worker::close);
    }

    private static final class Stream implements ExportPass.Sink {
        private final OutputStream out;
        private long bytes;

        Stream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(byte[] more) throws IOException {
            out.write(more);
            bytes += more.length;
        }

        @Override
        public long bytes() {
            return bytes;
        }
    }
}
