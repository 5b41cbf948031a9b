package dev.sluice.net;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.ThreadingModel;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop to make connections on, with a Vert.x context of its own and one coarse clock for all its deadlines. The
 * clock ticks only while something waits for a deadline or somebody asks for {@link #lagNanos()}.
 */
public final class Lane {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    /** How coarse deadlines are. */
    static final long TICK_NANOS = 10_000_000;

    private static final int SLOTS = 1_024;
    private static final long WATCHED_NANOS = 2_000_000_000;

    private final ContextInternal context;
    private final EventLoop loop;
    private final Wheel wheel = new Wheel(TICK_NANOS, SLOTS, System.nanoTime());
    private final Runnable tick = this::tick;
    private final AtomicLong worstNanos = new AtomicLong();
    private boolean looked;
    private long lookedNanos;
    private volatile boolean ticking;
    private volatile long expectedNanos;
    private volatile long watchedUntilNanos = System.nanoTime();

    Lane(VertxInternal vertx, EventLoop loop) {
        this.context = vertx.contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(loop)
                .build();
        this.loop = loop;
    }

    /** The lane's own context; what runs on it runs on the lane's loop. */
    public Context context() {
        return context;
    }

    /** Whether the calling thread is the lane's loop. */
    public boolean inLane() {
        return loop.inEventLoop();
    }

    /**
     * Runs {@code task} on the loop, after what was given before it, with {@link #context()} as the current context: promises
     * it creates and Vert.x calls it makes belong to the lane. What it throws goes to the context's exception handler.
     *
     * @throws RejectedExecutionException when the loop is shut down
     */
    public void execute(Runnable task) {
        loop.execute(() -> run(task));
    }

    /** Runs {@code task} now, on the loop, with the lane's context as the current one. */
    void run(Runnable task) {
        ContextInternal previous = context.beginDispatch();
        try {
            task.run();
        } catch (RuntimeException e) {
            context.reportException(e);
        } finally {
            context.endDispatch(previous);
        }
    }

    /**
     * How late the loop's tick of 10 ms was at worst since this was last asked, counting one that is overdue now. For as long
     * as somebody asks at least every two seconds the loop ticks; the first answer after a pause is 0. Thread-safe.
     */
    public long lagNanos() {
        long nowNanos = System.nanoTime();
        watchedUntilNanos = nowNanos + WATCHED_NANOS;
        if (!ticking) {
            try {
                loop.execute(this::startTicking);
            } catch (RejectedExecutionException e) {
                return 0; // the loop is shut down: nothing is late on it
            }
            return worstNanos.getAndSet(0);
        }
        return Math.max(worstNanos.getAndSet(0), nowNanos - expectedNanos);
    }

    EventLoop loop() {
        return loop;
    }

    ContextInternal internalContext() {
        return context;
    }

    /** On the loop: lets {@code entry} expire at {@code deadlineNanos}. */
    void arm(Wheel.Entry entry, long deadlineNanos) {
        wheel.add(entry, deadlineNanos);
        if (!ticking) {
            startTicking();
        }
    }

    /** On the loop: forgets {@code entry}. */
    void disarm(Wheel.Entry entry) {
        wheel.cancel(entry);
    }

    private void startTicking() {
        if (!ticking) {
            expectedNanos = System.nanoTime() + TICK_NANOS;
            ticking = true;
            schedule(TICK_NANOS);
        }
    }

    private void tick() {
        long nowNanos = System.nanoTime();
        long lateNanos = nowNanos - expectedNanos;
        worstNanos.accumulateAndGet(lateNanos, Math::max);
        if (!looked && lateNanos > TICK_NANOS) {
            // Answers may have come while the loop was held up. A scheduled task runs after the next look at the
            // sockets.
            looked = true;
            lookedNanos = nowNanos;
            schedule(0);
            return;
        }
        long dueNanos = looked ? lookedNanos : nowNanos;
        looked = false;
        try {
            wheel.advance(dueNanos);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a deadline broke; those after it follow with the next tick");
        }
        if (wheel.isEmpty() && nowNanos - watchedUntilNanos >= 0) {
            ticking = false;
            return;
        }
        expectedNanos = nowNanos + TICK_NANOS;
        schedule(TICK_NANOS);
    }

    private void schedule(long delayNanos) {
        try {
            loop.schedule(tick, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            ticking = false; // the loop shuts down, and every connection with it
        }
    }
}
