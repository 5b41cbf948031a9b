package dev.sluice.net.farm;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the listeners accept: while there is a token of the knee and room below the limit of connections. At other
 * times they leave connections in the kernel's backlog, and when that is full the kernel leaves SYNs unanswered, as on a path
 * that loses what is too much. Confined to the event loop of the listeners.
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
    private int open;
    private boolean reading;
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
        this.reading = true;
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

    private void arrived(Channel connection) {
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
        settle();
    }

    private void left() {
        open--;
        settle();
    }

    /** Opens or closes every listener as it must be now, and comes back when the next token is due. */
    private void settle() {
        long waitNanos = bucket == null ? 0 : bucket.untilTokenNanos(System.nanoTime());
        boolean room = open < maxConnections && !stalled;
        boolean wanted = room && waitNanos == 0;
        if (wanted != reading) {
            reading = wanted;
            listeners.forEach(listener -> listener.config().setAutoRead(wanted));
        }
        if (room && waitNanos > 0 && !ticking) {
            ticking = true;
            loop.schedule(this::tick, Math.max(waitNanos, TICK_NANOS), TimeUnit.NANOSECONDS);
        }
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
            ctx.fireChannelActive();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            listeners.remove(ctx.channel());
            ctx.fireChannelInactive();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            arrived((Channel) message);
            ctx.fireChannelRead(message);
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
