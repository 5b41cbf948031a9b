package dev.sluice.extension;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Somebody's verticle, whose start always ends: one that answers nothing, or never, would stay half deployed. It is made
 * on its own thread as well, since that runs code of it. Confined to that thread, but for {@link #interrupt}.
 */
final class GuardedVerticle implements Deployable {
    private final Callable<Deployable> maker;
    private final Duration limit;
    private final Object lock = new Object();
    private @Nullable Thread starting;
    private @Nullable Deployable made;

    GuardedVerticle(Callable<Deployable> maker, Duration limit) {
        this.maker = maker;
        this.limit = limit;
    }

    @Override
    public Future<?> deploy(Context context) throws Exception {
        synchronized (lock) {
            starting = Thread.currentThread();
        }
        try {
            Deployable verticle = maker.call();
            made = verticle;
            return bounded(verticle.deploy(context), "start");
        } finally {
            synchronized (lock) {
                starting = null;
            }
        }
    }

    @Override
    public Future<?> undeploy(Context context) throws Exception {
        return made == null ? Future.succeededFuture() : bounded(made.undeploy(context), "stop");
    }

    /** Wakes a start that holds on to its thread. */
    void interrupt() {
        synchronized (lock) {
            if (starting != null) {
                starting.interrupt();
            }
        }
    }

    private Future<?> bounded(@Nullable Future<?> running, String step) {
        if (running == null) {
            return Future.failedFuture(new ExtensionException(step + "() returned null"));
        }
        return running.timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(
                        failure instanceof TimeoutException && !running.isComplete()
                                ? new ExtensionException(late(step, limit))
                                : failure));
    }

    static String late(String step, Duration limit) {
        return "did not " + step + " within " + limit.toMillis() / 1000.0 + " s";
    }
}
