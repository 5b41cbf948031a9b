package dev.sluice.main;

import dev.sluice.bulk.ImportDesk;
import dev.sluice.bulk.ImportJob;
import dev.sluice.bulk.ImportPlace;
import dev.sluice.bulk.ListAddresses;
import dev.sluice.bulk.NodeName;
import dev.sluice.bulk.export.ExportJob;
import dev.sluice.bulk.export.FileExports;
import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.QueueConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.port.Exports;
import dev.sluice.port.Imports;
import dev.sluice.port.JobKind;
import dev.sluice.port.Jobs;
import dev.sluice.port.Reloadable;
import dev.sluice.port.Vault;
import dev.sluice.queue.JobHandler;
import dev.sluice.queue.JobNews;
import dev.sluice.queue.JobQueue;
import dev.sluice.queue.QueueThread;
import dev.sluice.queue.Queues;
import dev.sluice.queue.Workers;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The jobs of a server: their queue, those who take orders, those who do them, and their workers. */
final class JobRoom {
    /** How long handlers may take to their next checkpoint when the server stops. */
    private static final long GRACE_MILLIS = 5_000;

    private final JobQueue queue;
    private final ImportDesk imports;
    private final FileExports exports;
    private final GuardedHttp http;
    private final QueueThread thread;
    private final List<JobHandler> handlers;
    private final Function<List<JobHandler>, Workers> hire;
    /** Whether no other process can be at work on these jobs. */
    private final boolean alone;

    private final String node;

    private @Nullable Workers workers;

    private JobRoom(
            JobQueue queue,
            ImportDesk imports,
            FileExports exports,
            GuardedHttp http,
            QueueThread thread,
            List<JobHandler> handlers,
            Function<List<JobHandler>, Workers> hire,
            boolean alone,
            String node) {
        this.queue = queue;
        this.imports = imports;
        this.exports = exports;
        this.http = http;
        this.thread = thread;
        this.handlers = handlers;
        this.hire = hire;
        this.alone = alone;
        this.node = node;
    }

    /**
     * Builds the room; nothing is worked on before {@link #start}. Fails when there is no place for files.
     *
     * @param vault what the database is written with
     * @param policy which addresses lists may be fetched from, and which entries are admitted
     * @param connectOnly whether what was verified by a connect alone is served at present
     */
    static Future<JobRoom> open(
            Vertx vertx,
            SluiceConfig config,
            ProxyStore store,
            Vault vault,
            Bus bus,
            Resolver names,
            AddressPolicy policy,
            BooleanSupplier connectOnly,
            MeterRegistry meters) {
        Path data = DataDirectory.of(config.store());
        String chosen = config.queue().directory();
        Path directory = chosen == null ? data.resolve("bulk") : Path.of(chosen).toAbsolutePath();
        return vertx.executeBlocking(() -> NodeName.of(data, config.queue().node()), false)
                .map(node -> make(
                        vertx,
                        config.queue(),
                        store,
                        new ListAddresses(vault, store.settings()),
                        bus,
                        names,
                        policy,
                        connectOnly,
                        meters,
                        directory,
                        node,
                        !Stores.isShared(config.store().url())))
                .compose(room -> room.imports.start().map(room));
    }

    private static JobRoom make(
            Vertx vertx,
            QueueConfig config,
            ProxyStore store,
            ListAddresses addresses,
            Bus bus,
            Resolver names,
            AddressPolicy policy,
            BooleanSupplier connectOnly,
            MeterRegistry meters,
            Path directory,
            String node,
            boolean alone) {
        GuardedHttp http = new GuardedHttp(vertx, names, policy);
        ImportPlace place = new ImportPlace(directory, node, config.maxUpload().bytes());
        JobNews news = new JobNews(change -> bus.publish(Channels.JOB_CHANGED, change));
        QueueThread thread = new QueueThread();
        AtomicReference<JobQueue.Afterwards> tidying = new AtomicReference<>(jobs -> Future.succeededFuture());
        JobQueue queue = Queues.of(
                vertx,
                store.jobs(),
                config,
                node,
                thread,
                new SplittableRandom(),
                news,
                jobs -> Objects.requireNonNull(tidying.get()).forgotten(jobs),
                meters);
        ImportDesk imports = new ImportDesk(vertx, queue, http, place, addresses, config.maxAttempts());
        FileExports exports = new FileExports(vertx, queue, directory.resolve("exports"), node, config.maxAttempts());
        tidying.set(jobs ->
                Future.join(imports.forget(jobs), exports.forgotten(jobs)).mapEmpty());
        List<JobHandler> handlers = List.of(
                new ImportJob(vertx, store, http, policy, place, addresses, Workers.count(JobKind.IMPORT, config)),
                new ExportJob(vertx, store, directory.resolve("exports"), connectOnly, InstantSource.system()));
        Context loop = vertx.getOrCreateContext();
        return new JobRoom(
                queue,
                imports,
                exports,
                http,
                thread,
                handlers,
                all -> new Workers(
                        queue,
                        config,
                        node,
                        all,
                        thread,
                        task -> loop.runOnContext(here -> task.run()),
                        new SplittableRandom(),
                        news,
                        meters),
                alone,
                node);
    }

    Jobs jobs() {
        return queue;
    }

    /** Name of this process among those that share a database. */
    String node() {
        return node;
    }

    Imports imports() {
        return imports;
    }

    Exports exports() {
        return exports;
    }

    /**
     * Begins to work.
     *
     * @param others handlers of other rooms
     */
    Future<Void> start(List<JobHandler> others) {
        List<JobHandler> all = new ArrayList<>(handlers);
        all.addAll(others);
        Workers hired = hire.apply(all);
        workers = hired;
        return alone ? hired.startAlone() : hired.start();
    }

    /** The workers, which follow the configuration; to be called after {@link #start}. */
    Reloadable workers() {
        return Objects.requireNonNull(workers, "nobody works yet");
    }

    /** Hands jobs back and ends. */
    Future<Void> stop() {
        Workers hired = workers;
        return (hired == null ? Future.<Void>succeededFuture() : hired.stop(GRACE_MILLIS))
                .eventually(http::close)
                .onComplete(stopped -> thread.close());
    }
}
