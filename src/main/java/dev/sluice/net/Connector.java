package dev.sluice.net;

import dev.sluice.net.ProxyClient.ConnectObserver;
import dev.sluice.proxy.FailureReason;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Opens TCP connections of one client on one lane. Confined to the lane's loop, but for {@link #open()}. */
abstract class Connector {
    /** Buffers grow to 16 KiB at most: what one exchange holds must stay small. */
    static final RecvByteBufAllocator BUFFERS = new AdaptiveRecvByteBufAllocator(512, 2_048, 16_384);

    final Lane lane;
    private final ConnectObserver observer;
    private final Set<Channel> channels = Collections.newSetFromMap(new IdentityHashMap<>());
    private final AtomicInteger open = new AtomicInteger();
    private final List<Runnable> drained = new ArrayList<>();
    private boolean closed;

    Connector(Lane lane, ConnectObserver observer) {
        this.lane = lane;
        this.observer = observer;
    }

    /** Without a channel for each attempt where the transport allows it. */
    static Connector of(VertxInternal vertx, Lane lane, ConnectObserver observer, IntSupplier synCount) {
        return EpollConnector.fits(lane.loop())
                ? new EpollConnector(lane, observer, synCount)
                : new ChannelConnector(vertx, lane, observer);
    }

    /**
     * Connects.
     *
     * @param startNanos now
     * @param deadlineNanos when a silent address is given up
     */
    final void connect(InetAddress address, int port, long startNanos, long deadlineNanos, Dial dial) {
        if (closed) {
            dial.failed(FailureReason.LOCAL, "the client is closed", 0);
        } else {
            observer.begun();
            begin(address, port, startNanos, deadlineNanos, dial);
        }
    }

    abstract void begin(InetAddress address, int port, long startNanos, long deadlineNanos, Dial dial);

    /** Ends what is connecting, as {@code LOCAL}. */
    abstract void end();

    /** How many connections are open or opening. Thread-safe. */
    final int open() {
        return open.get();
    }

    /** How many channels are open or opening. */
    final int channels() {
        return channels.size();
    }

    final boolean isClosed() {
        return closed;
    }

    /** Closes every connection; {@code then} is called once they are gone. Nothing is connected from now on. */
    final void close(Runnable then) {
        drained.add(then);
        if (!closed) {
            closed = true;
            end();
            new ArrayList<>(channels).forEach(Connector::abandon);
        }
        completeWhenDrained();
    }

    /** One more is open or opening. */
    final void count() {
        open.lazySet(open.get() + 1);
    }

    /** One less is. */
    final void discount() {
        open.lazySet(open.get() - 1);
        if (closed) {
            completeWhenDrained();
        }
    }

    /** Discounts {@code channel} once it is closed. */
    final void track(Channel channel) {
        channels.add(channel);
        channel.closeFuture().addListener(gone -> {
            channels.remove(channel);
            discount();
        });
    }

    private void completeWhenDrained() {
        if (open.get() == 0) {
            List<Runnable> waiting = List.copyOf(drained);
            drained.clear();
            waiting.forEach(Runnable::run);
        }
    }

    /** Tells who observes, then who waits. */
    final void tellFailed(Dial dial, FailureReason reason, @Nullable String lacking, String detail, long nanos) {
        switch (reason) {
            case REFUSED, RESET -> observer.answered(nanos);
            case CONNECT_TIMEOUT, UNREACHABLE -> observer.unanswered();
            default -> {
                if (lacking != null) {
                    observer.lacked(lacking);
                }
            }
        }
        dial.failed(reason, detail, nanos);
    }

    /** Tells who observes, then who waits. */
    final void tellOpened(Dial dial, @Nullable Channel channel, long nanos) {
        observer.answered(nanos);
        dial.opened(channel, nanos);
    }

    /**
     * Closes by a reset, which leaves nothing behind in the kernel, past all handlers: no farewell of TLS waits for a peer
     * that does not read. On the channel's loop.
     */
    static void abandon(Channel channel) {
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.unsafe().close(channel.voidPromise());
    }
}
