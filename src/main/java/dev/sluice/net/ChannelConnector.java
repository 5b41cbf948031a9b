package dev.sluice.net;

import dev.sluice.net.ProxyClient.ConnectObserver;
import dev.sluice.proxy.FailureReason;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Connects by a channel for each attempt, on every transport there is. */
final class ChannelConnector extends Connector {
    private final Bootstrap bootstrap;
    private final Set<Pending> connecting = Collections.newSetFromMap(new IdentityHashMap<>());

    ChannelConnector(VertxInternal vertx, Lane lane, ConnectObserver observer) {
        super(lane, observer);
        this.bootstrap = new Bootstrap()
                .group(lane.loop())
                .channelFactory(vertx.transport().channelFactory(false))
                .disableResolver()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the lane has the deadline
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, BUFFERS)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // handlers are added once connected
                    }
                });
    }

    @Override
    void begin(InetAddress address, int port, long startNanos, long deadlineNanos, Dial dial) {
        ChannelFuture future;
        try {
            future = bootstrap.connect(new InetSocketAddress(address, port));
        } catch (RuntimeException e) {
            tellFailed(dial, FailureReason.LOCAL, Failures.lacking(e), String.valueOf(e.getMessage()), 0);
            return;
        }
        Pending pending = new Pending(future, startNanos, dial);
        if (future.isDone() && !future.isSuccess()) {
            pending.failed(future.cause()); // no channel came to be, or it is closed already
            return;
        }
        count();
        track(future.channel());
        connecting.add(pending);
        lane.arm(pending, deadlineNanos);
        future.addListener(done -> pending.done());
    }

    @Override
    void end() {
        for (Pending pending : new ArrayList<>(connecting)) {
            pending.giveUp();
            pending.dial.failed(FailureReason.LOCAL, "the client is closed", System.nanoTime() - pending.startNanos);
        }
    }

    private final class Pending extends Wheel.Entry {
        private final ChannelFuture future;
        private final long startNanos;
        private final Dial dial;

        Pending(ChannelFuture future, long startNanos, Dial dial) {
            this.future = future;
            this.startNanos = startNanos;
            this.dial = dial;
        }

        private void done() {
            if (!connecting.remove(this)) {
                return; // given up
            }
            lane.disarm(this);
            if (!future.isSuccess()) {
                failed(future.cause());
                return;
            }
            long nanos = System.nanoTime() - startNanos;
            if (dial.keeps()) {
                tellOpened(dial, future.channel(), nanos);
            } else {
                abandon(future.channel());
                tellOpened(dial, null, nanos);
            }
        }

        private void failed(Throwable cause) {
            tellFailed(
                    dial,
                    Failures.ofConnect(cause),
                    Failures.lacking(cause),
                    String.valueOf(cause.getMessage()),
                    System.nanoTime() - startNanos);
        }

        @Override
        void expired() {
            giveUp();
            tellFailed(dial, FailureReason.CONNECT_TIMEOUT, null, "no answer", System.nanoTime() - startNanos);
        }

        private void giveUp() {
            connecting.remove(this);
            lane.disarm(this);
            abandon(future.channel());
        }
    }
}
