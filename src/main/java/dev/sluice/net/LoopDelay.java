package dev.sluice.net;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How late an event loop runs what is due: the standing delay of whoever waits for it. A timer of 20 ms is taken for a sample,
 * and of the last samples the least counts, so that one long pause is no overload and a queue that never empties is (after
 * CoDel, RFC 8289). Ticks on its loop; may be asked from any thread.
 */
public final class LoopDelay {
    static final long TICK_MILLIS = 20;

    /** Samples that are looked back at: 100 ms of a loop that keeps up, longer of one that does not. */
    static final int SAMPLES = 5;

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);

    private final LongSupplier nanoTime;
    private final Timer timer;
    private final long[] lateNanos = new long[SAMPLES];
    private int next;
    private long expectedNanos;
    private long timerId;
    private boolean stopped;
    private volatile long leastNanos;

    /** Starts and cancels timers of {@link #TICK_MILLIS}. */
    interface Timer {
        long start(Runnable task);

        void cancel(long id);
    }

    LoopDelay(LongSupplier nanoTime, Timer timer) {
        this.nanoTime = nanoTime;
        this.timer = timer;
    }

    /**
     * Watches the calling event loop until {@link #stop}, or until the verticle that calls ends.
     *
     * @throws IllegalStateException on any other thread
     */
    public static LoopDelay watch(Vertx vertx) {
        if (!Context.isOnEventLoopThread()) {
            throw new IllegalStateException(
                    "thread: " + Thread.currentThread().getName() + " (expected: an event loop)");
        }
        LoopDelay delay = new LoopDelay(System::nanoTime, new Timer() {
            @Override
            public long start(Runnable task) {
                return vertx.setTimer(TICK_MILLIS, id -> task.run());
            }

            @Override
            public void cancel(long id) {
                vertx.cancelTimer(id);
            }
        });
        delay.start();
        return delay;
    }

    /** By how many nanoseconds the loop was late at least, in each of the last samples. 0 until there are enough of them. */
    public long nanos() {
        return leastNanos;
    }

    /** Whether whoever waits for the loop has to wait for more than {@code limitNanos}, time and again. */
    public boolean overloaded(long limitNanos) {
        return leastNanos > limitNanos;
    }

    /** Ends watching; the loop counts as punctual from now on. To be called on the loop. */
    public void stop() {
        stopped = true;
        timer.cancel(timerId);
        leastNanos = 0;
    }

    void start() {
        expectedNanos = nanoTime.getAsLong() + TICK_NANOS;
        timerId = timer.start(this::tick);
    }

    private void tick() {
        if (stopped) {
            return;
        }
        lateNanos[next] = Math.max(0, nanoTime.getAsLong() - expectedNanos);
        next = (next + 1) % SAMPLES;
        long least = lateNanos[0];
        for (long late : lateNanos) {
            least = Math.min(least, late);
        }
        leastNanos = least;
        start();
    }
}
