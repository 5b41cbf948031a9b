package dev.sluice.main;

import dev.sluice.config.LoadedConfig;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.EnumSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs something in Vert.x until the process is told to stop, or until a piece of work is done. */
final class Foreground {
    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);
    private static final long STOP_SECONDS = 25;

    private Foreground() {}

    /** What was started. */
    @FunctionalInterface
    interface Running {
        /** Ends it in order; completes when nothing of it is left. */
        Future<Void> stop();
    }

    /**
     * Starts something and stays until SIGTERM or SIGINT, which stop it in order. What fails to start is stopped, and its
     * failure thrown.
     */
    static int run(LoadedConfig loaded, BiFunction<Vertx, Telemetry, Future<? extends Running>> start)
            throws Exception {
        loaded.warnings().forEach(LOG::warn);
        Telemetry telemetry = new Telemetry(Tracing.of(loaded.config()));
        Vertx vertx = vertx(telemetry);
        Running running;
        try {
            running = await(start.apply(vertx, telemetry));
        } catch (Exception e) {
            close(vertx, telemetry);
            throw e;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stop(running, vertx, telemetry);
                            stopped.countDown();
                        },
                        "sluice-stop"));
        stopped.await();
        return ExitCode.DONE;
    }

    /** Work that waits where it stands. */
    @FunctionalInterface
    interface Work<T> {
        /** Does it, on the calling thread. */
        T run(Vertx vertx, Telemetry telemetry) throws Exception;
    }

    /** Does a piece of work in a Vert.x of its own and returns its result. */
    static <T> T once(BiFunction<Vertx, Telemetry, Future<T>> work) throws Exception {
        return beside((vertx, telemetry) -> await(work.apply(vertx, telemetry)));
    }

    /** Does a piece of work on the calling thread, beside a Vert.x of its own, and returns its result. */
    static <T> T beside(Work<T> work) throws Exception {
        Telemetry telemetry = new Telemetry();
        Vertx vertx = vertx(telemetry);
        try {
            return work.run(vertx, telemetry);
        } finally {
            close(vertx, telemetry);
        }
    }

    private static Vertx vertx(Telemetry telemetry) {
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions()
                        .setPreferNativeTransport(true)
                        .setDisableTCCL(true)
                        .setMetricsOptions(new MicrometerMetricsOptions()
                                .setEnabled(true)
                                .setRegistryName(UUID.randomUUID().toString())
                                .setLabels(EnumSet.of(Label.POOL_NAME, Label.POOL_TYPE))
                                .addDisabledMetricsCategory(MetricsDomain.HTTP_SERVER)
                                .addDisabledMetricsCategory(MetricsDomain.HTTP_CLIENT)
                                .addDisabledMetricsCategory(MetricsDomain.NET_SERVER)
                                .addDisabledMetricsCategory(MetricsDomain.NET_CLIENT)
                                .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS)))
                .withMetrics(new MicrometerMetricsFactory(telemetry.registry()))
                .build();
        vertx.exceptionHandler(Fatal::reported);
        if (!vertx.isNativeTransportEnabled()) {
            LOG.atInfo()
                    .addKeyValue("why", vertx.unavailableNativeTransportCause())
                    .log("native transport is not available, Java's own is used");
        }
        return vertx;
    }

    private static void stop(Running running, Vertx vertx, Telemetry telemetry) {
        LOG.info("stopping");
        try {
            running.stop().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.atError().setCause(e.getCause()).log("did not stop in order");
        } catch (TimeoutException e) {
            LOG.atError().addKeyValue("seconds", STOP_SECONDS).log("did not stop in time");
        }
        close(vertx, telemetry);
    }

    private static void close(Vertx vertx, Telemetry telemetry) {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.atWarn().setCause(e).log("Vert.x did not close in order");
        }
        telemetry.close();
    }

    /** Waits on the calling thread, which is none of Vert.x's; throws what the future failed with. */
    static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }
}
