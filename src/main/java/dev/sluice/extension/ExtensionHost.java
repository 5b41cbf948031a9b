package dev.sluice.extension;

import dev.sluice.bus.Bus;
import dev.sluice.config.ExtensionConfig;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deploys extensions one after the other and takes them away in reverse. One that fails is reported and left out, and
 * can't hold up the server: each runs on worker threads of its own, so it may block.
 *
 * <p>Thread-safe; call {@link #start} and {@link #stop} once each, from outside any verticle, so that the extensions are
 * nobody's children and their order is ours.
 */
public final class ExtensionHost {
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionHost.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final Bus bus;
    private final ExtensionLoader loader;
    private final List<ExtensionConfig> extensions;
    private final Duration limit;
    private final List<Deployed> deployed = new ArrayList<>();
    private volatile List<Status> statuses = List.of();

    /**
     * Prepares; touches nothing yet.
     *
     * @param extensions in the order of deployment
     * @param folder where jars are; need not exist when none is named
     */
    public ExtensionHost(Vertx vertx, Bus bus, List<ExtensionConfig> extensions, Path folder) {
        this(vertx, bus, extensions, folder, LIMIT);
    }

    ExtensionHost(Vertx vertx, Bus bus, List<ExtensionConfig> extensions, Path folder, Duration limit) {
        this.vertx = vertx;
        this.bus = bus;
        this.loader = new ExtensionLoader(folder);
        this.extensions = List.copyOf(extensions);
        this.limit = limit;
    }

    /** What has become of each extension, in the order of deployment; empty before {@link #start}. */
    public List<Status> statuses() {
        return statuses;
    }

    /** Deploys what is enabled. Completes when each is deployed or has failed, ten seconds an extension at most; never fails. */
    public Future<List<Status>> start() {
        Future<Void> chain = Future.succeededFuture();
        for (ExtensionConfig extension : extensions) {
            chain = chain.compose(done -> deploy(extension).map(this::report));
        }
        return chain.map(done -> statuses);
    }

    /** Undeploys in reverse order and closes the class loaders. Never fails: what goes wrong is logged. */
    public Future<Void> stop() {
        List<Deployed> reverse = new ArrayList<>();
        synchronized (deployed) {
            deployed.forEach(extension -> reverse.add(0, extension));
            deployed.clear();
        }
        Future<Void> chain = Future.succeededFuture();
        for (Deployed extension : reverse) {
            chain = chain.compose(done -> undeploy(extension));
        }
        return chain;
    }

    private Future<Status> deploy(ExtensionConfig extension) {
        if (!extension.enabled()) {
            return Future.succeededFuture(new Status(extension.name(), State.DISABLED, null));
        }
        Bus.Registration json = bus.openToExtensions();
        return vertx.executeBlocking(() -> loader.open(extension), false)
                .compose(classes -> deploy(extension, classes, json))
                .recover(failure -> json.stop()
                        .map(closed -> new Status(extension.name(), State.FAILED, ExtensionLoader.reason(failure))));
    }

    private Future<Status> deploy(ExtensionConfig extension, ExtensionLoader.Classes classes, Bus.Registration json) {
        String name = extension.name();
        // Ours as well, so that it outlives the deployment: what still waits for the thread then finds it.
        WorkerExecutor thread = vertx.createSharedWorkerExecutor("extension-" + name, 1);
        DeploymentOptions options = new DeploymentOptions()
                .setConfig(new JsonObject(extension.config()).copy())
                .setThreadingModel(ThreadingModel.WORKER)
                .setWorkerPoolName("extension-" + name)
                .setWorkerPoolSize(1)
                .setClassLoader(classes.loader());
        GuardedVerticle verticle =
                new GuardedVerticle(() -> ExtensionLoader.verticle(extension.verticle(), classes.loader()), limit);
        Promise<Status> status = Promise.promise();
        // For a start that holds on to its thread, which the guard can't end.
        long timer = vertx.setTimer(limit.toMillis(), id -> {
            status.tryFail(new ExtensionException(GuardedVerticle.late("start", limit)));
            verticle.interrupt();
        });
        vertx.deployVerticle(verticle, options)
                .onComplete(
                        id -> {
                            Deployed running = new Deployed(name, id, thread, classes, json);
                            // Listed first: whoever hears that it runs may stop it at once.
                            synchronized (deployed) {
                                deployed.add(running);
                            }
                            if (!status.tryComplete(new Status(name, State.DEPLOYED, null))) {
                                giveUp(running);
                            }
                        },
                        failure -> {
                            release(thread).onComplete(done -> close(name, classes));
                            status.tryFail(failure);
                        });
        return status.future().andThen(done -> vertx.cancelTimer(timer));
    }

    /** What comes too late is taken away again. */
    private void giveUp(Deployed late) {
        boolean ours;
        synchronized (deployed) {
            ours = deployed.remove(late);
        }
        if (ours) {
            undeploy(late);
        }
    }

    private @Nullable Void report(Status status) {
        List<Status> longer = new ArrayList<>(statuses);
        longer.add(status);
        statuses = List.copyOf(longer);
        if (status.state() == State.DEPLOYED) {
            LOG.atInfo().addKeyValue("extension", status.name()).log("extension deployed");
        } else if (status.state() == State.FAILED) {
            LOG.atWarn()
                    .addKeyValue("extension", status.name())
                    .addKeyValue("reason", status.reason())
                    .log("extension left out");
        }
        return null;
    }

    private Future<Void> undeploy(Deployed extension) {
        return vertx.undeploy(extension.id)
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("extension", extension.name)
                        .setCause(failure)
                        .log("extension did not stop"))
                .eventually(() -> release(extension.thread))
                .eventually(() -> {
                    close(extension.name, extension.classes);
                    return extension.json.stop();
                })
                .recover(failure -> Future.succeededFuture());
    }

    /** Ends a thread after what it has to do already. */
    private Future<Void> release(WorkerExecutor thread) {
        return thread.executeBlocking(() -> null)
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .eventually(thread::close)
                .mapEmpty();
    }

    private static void close(String name, ExtensionLoader.Classes classes) {
        try {
            classes.close();
        } catch (java.io.IOException e) {
            LOG.atWarn().addKeyValue("extension", name).setCause(e).log("jar of an extension can't be closed");
        }
    }

    /** Where an extension stands. */
    public enum State {
        /** Switched off by configuration. */
        DISABLED,
        /** Runs. */
        DEPLOYED,
        /** Left out. */
        FAILED
    }

    /**
     * What has become of an extension.
     *
     * @param reason why it failed, null otherwise
     */
    public record Status(String name, State state, @Nullable String reason) {}

    private record Deployed(
            String name, String id, WorkerExecutor thread, ExtensionLoader.Classes classes, Bus.Registration json) {}
}
