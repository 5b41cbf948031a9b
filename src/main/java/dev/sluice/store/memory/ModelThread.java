package dev.sluice.store.memory;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A daemon thread of its own. */
public final class ModelThread implements Turns {
    private static final Logger LOG = LoggerFactory.getLogger(ModelThread.class);

    private final ScheduledThreadPoolExecutor executor;

    /**
     * Starts it.
     *
     * @param name of the thread
     */
    public ModelThread(String name) {
        executor = new ScheduledThreadPoolExecutor(
                1,
                work -> {
                    Thread thread = new Thread(work, name);
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable work) {
        executor.execute(guarded(work));
    }

    @Override
    public void after(long millis, Runnable work) {
        executor.schedule(guarded(work), Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** On the event loop the caller is on; elsewhere on whatever thread completes it. */
    @Override
    public <T> Future<T> home(Future<T> future) {
        Context context = Vertx.currentContext();
        if (context == null || future.isComplete()) {
            return future;
        }
        Promise<T> home = Promise.promise();
        future.onComplete(result -> context.runOnContext(now -> home.handle(result)));
        return home.future();
    }

    @Override
    public void close() {
        executor.shutdown();
    }

    private static Runnable guarded(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("a step of the store failed unexpectedly");
            }
        };
    }
}
