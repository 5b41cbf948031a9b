package dev.sluice.net.farm;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who comes in when. At the knee, connections wait here for a token; when as many wait as may, SYNs are dropped, as on
 * a path that loses what is too much. Above the limit of connections, and at the knee where the transport has no filter,
 * listeners stop accepting: then the kernel's backlog fills, and a full one drops SYNs, too. Confined to the event loop of
 * the listeners.
 */
final class Turnstile {
    private static final Logger LOG = LoggerFactory.getLogger(Turnstile.class);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long STALL_SECONDS = 1;

    private final EventLoop loop;
    private final int maxConnections;
    private final @Nullable Knee knee;
    private final @Nullable TokenBucket bucket;
    private final Arrivals arrivals;
    private final List<Channel> listeners = new ArrayList<>();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private SynFilter filter = SynFilter.OPEN;
    private int open;
    private boolean reading = true;
    private boolean unfiltered;
    private boolean cut;
    private boolean ticking;
    private boolean stalled;
    private boolean begun;
    private volatile int perSecond;

    Turnstile(EventLoop loop, int maxConnections, @Nullable Knee knee, Arrivals arrivals) {
        this.loop = loop;
        this.maxConnections = maxConnections;
        this.knee = knee;
        this.bucket = knee == null ? null : new TokenBucket(knee.perSecond(), System.nanoTime());
        this.perSecond = knee == null ? 0 : knee.perSecond();
        this.arrivals = arrivals;
    }

    /** First in a listener's pipeline; the listener must not read by itself yet, and live on the turnstile's event loop. */
    ChannelHandler gate() {
        return new Gate();
    }

    /** The knee as it is now, in connections a second; 0 for none. From any thread. */
    int perSecond() {
        return perSecond;
    }

    /** Moves the knee, if there is one. From any thread. */
    void setPerSecond(int rate) {
        loop.execute(() -> {
            if (bucket != null) {
                bucket.setPerSecond(rate, System.nanoTime());
                perSecond = rate;
                settle();
            }
        });
    }

    /**
     * From now on nothing is let through, or everything again. Who waits is let in at once, past the knee: the door is shut.
     *
     * @return completes when it is so
     */
    Future<?> cut(boolean now) {
        return loop.submit(() -> {
            cut = now;
            settle();
        });
    }

    private void arrived(Channel connection, Runnable letIn) {
        if (bucket == null) {
            admit(connection, letIn);
        } else {
            waiting.add(() -> admit(connection, letIn));
        }
        settle();
    }

    private void admit(Channel connection, Runnable letIn) {
        long nowNanos = System.nanoTime();
        arrivals.count(nowNanos);
        open++;
        if (bucket != null && knee != null) {
            bucket.take(nowNanos);
            if (!begun && !knee.after().isZero()) {
                loop.schedule(
                        () -> setPerSecond(knee.thenPerSecond()), knee.after().toNanos(), TimeUnit.NANOSECONDS);
            }
            begun = true;
        }
        connection.closeFuture().addListener(closed -> {
            if (!loop.isShuttingDown()) {
                loop.execute(this::left);
            }
        });
        letIn.run();
    }

    private void left() {
        open--;
        settle();
    }

    /** Lets in who may come in, closes or opens the listeners for the others, and comes back when a token is due. */
    private void settle() {
        long waitNanos = letIn();
        boolean full = knee != null && waiting.size() >= knee.backlog();
        SynFilter wantedFilter = cut ? SynFilter.NOTHING : full ? SynFilter.NO_SYNS : SynFilter.OPEN;
        boolean filtered = wantedFilter != SynFilter.OPEN;
        if (wantedFilter != filter) {
            filter = wantedFilter;
            for (Channel listener : listeners) {
                filtered &= wantedFilter.attach(listener);
            }
            unfiltered = wantedFilter != SynFilter.OPEN && !filtered;
        }
        // What has begun before the filter was there must not be left in the kernel: its client believes to be
        // connected.
        boolean wanted = !stalled && (knee == null ? open < maxConnections : !full || !unfiltered);
        if (wanted != reading) {
            reading = wanted;
            listeners.forEach(listener -> listener.config().setAutoRead(wanted));
        }
        if (waitNanos > 0 && !ticking) {
            ticking = true;
            loop.schedule(this::tick, Math.max(waitNanos, TICK_NANOS), TimeUnit.NANOSECONDS);
        }
    }

    /** How long the next one waits for a token, in nanoseconds; 0 when nobody does. */
    private long letIn() {
        if (bucket == null) {
            return 0;
        }
        while (!waiting.isEmpty() && (cut || open < maxConnections)) {
            long waitNanos = cut ? 0 : bucket.untilTokenNanos(System.nanoTime());
            if (waitNanos > 0) {
                return waitNanos;
            }
            waiting.remove().run();
        }
        return 0;
    }

    private void tick() {
        ticking = false;
        settle();
    }

    private final class Gate extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            listeners.add(ctx.channel());
            ctx.channel().config().setAutoRead(reading);
            if (filter != SynFilter.OPEN) {
                filter.attach(ctx.channel());
            }
            ctx.fireChannelActive();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            listeners.remove(ctx.channel());
            while (!waiting.isEmpty()) {
                waiting.remove().run();
            }
            ctx.fireChannelInactive();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            arrived((Channel) message, () -> ctx.fireChannelRead(message));
        }

        /** Most likely no descriptor is left: those who wait go on waiting. */
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.atWarn().setCause(cause).log("can't accept; trying again in a second");
            if (!stalled) {
                stalled = true;
                loop.schedule(
                        () -> {
                            stalled = false;
                            settle();
                        },
                        STALL_SECONDS,
                        TimeUnit.SECONDS);
            }
            settle();
        }
    }
}
