package dev.sluice.queue;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real clockwork: a daemon thread and the clocks of the system. After {@link #close()} nothing runs any more. */
public final class QueueThread implements Clockwork, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueueThread.class);

    private final ScheduledThreadPoolExecutor executor;

    /** Starts the thread. */
    public QueueThread() {
        executor = new ScheduledThreadPoolExecutor(
                1,
                work -> {
                    Thread thread = new Thread(work, "sluice-jobs");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public long nowMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void execute(Runnable work) {
        executor.execute(guarded(work));
    }

    @Override
    public Cancel after(long millis, Runnable work) {
        Future<?> task = executor.schedule(guarded(work), Math.max(0, millis), TimeUnit.MILLISECONDS);
        return () -> task.cancel(false);
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
                LOG.atError().setCause(e).log("a step of the job queue failed unexpectedly");
            }
        };
    }
}
