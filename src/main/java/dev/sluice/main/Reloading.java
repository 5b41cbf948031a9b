package dev.sluice.main;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.LoadedConfig;
import dev.sluice.port.Reload;
import dev.sluice.port.Reloadable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * What has a server read its configuration again: {@code POST /reload}, SIGHUP, and the file itself when it changes. Keeps
 * each configuration that was put into force. Nothing is read again before the server stands. Thread-safe.
 */
final class Reloading implements Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);

    private final LoadedConfig started;
    private final KeptConfigs kept;
    private final ConfigLedger ledger;
    private final WorkerExecutor worker;
    private final Reloader reloader;
    private final ConfigWatch watch;
    private final Promise<Void> stands = Promise.promise();

    /**
     * @param started what the server is started with
     * @param reread reads the same inputs again
     * @param rooms follow the configuration; complete when {@link #start} is called
     * @param ledger is told of what was accepted
     * @param bus is told of changes
     */
    Reloading(
            Vertx vertx,
            LoadedConfig started,
            Supplier<LoadedConfig> reread,
            List<Reloadable> rooms,
            ConfigLedger ledger,
            Bus bus) {
        this.ledger = ledger;
        this.started = started;
        this.kept = new KeptConfigs(DataDirectory.of(started.config().store()), InstantSource.system());
        this.worker = vertx.createSharedWorkerExecutor("sluice-reload", 1);
        this.reloader = new Reloader(
                started,
                reread,
                () -> List.copyOf(rooms),
                this::work,
                changed -> bus.publish(Channels.CONFIG_CHANGED, changed),
                this::accepted);
        this.watch = new ConfigWatch(
                vertx, started.file().path(), () -> reloader.read().file().hash(), reloader, this::work);
        rooms.add(watch);
    }

    private <T> Future<T> work(Callable<T> task) {
        return worker.executeBlocking(task);
    }

    /** The configuration in force and what waits for a restart. */
    Reloader reloader() {
        return reloader;
    }

    /** The server stands: begins to listen for the signal and to look at the file, and keeps what it was started with. */
    void start() {
        work(() -> {
                    keep(started);
                    return null;
                })
                .onFailure(failure -> LOG.atError().setCause(failure).log("the configuration could not be kept"));
        reloadOnHangUp();
        watch.start(started.config().server().watchConfig());
        stands.tryComplete();
    }

    Future<Void> stop() {
        stands.tryFail(new IllegalStateException("the server stops"));
        return watch.stop();
    }

    @Override
    public Future<Result> reload() {
        return stands.future().compose(standing -> reloader.reload());
    }

    /** As daemons have it; where there is no such signal, {@code POST /reload} does. */
    private void reloadOnHangUp() {
        try {
            Signal.handle(
                    new Signal("HUP"),
                    signal -> reload().onFailure(failure ->
                            LOG.atError().setCause(failure).log("the configuration could not be read again")));
        } catch (IllegalArgumentException e) {
            LOG.atDebug().setCause(e).log("no SIGHUP here");
        }
    }

    private void accepted(LoadedConfig read) {
        ledger.reread(read, reloader.inForce());
        keep(read);
    }

    private void keep(LoadedConfig accepted) {
        try {
            kept.keep(accepted.file());
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("error", e.toString())
                    .log("the configuration is in force, but could not be kept for a rollback");
        }
    }
}
