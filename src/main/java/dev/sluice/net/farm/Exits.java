package dev.sluice.net.farm;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Outgoing connections of the farm's proxies: loopback only, each from its proxy's own address, and no more at a time than
 * there are places. Thread-safe.
 */
final class Exits {
    private static final Logger LOG = LoggerFactory.getLogger(Exits.class);
    private static final int CONNECT_TIMEOUT_MILLIS = 5000;
    private static final IntegerUnixChannelOption BIND_ADDRESS_NO_PORT =
            new IntegerUnixChannelOption("FARM_IP_BIND_ADDRESS_NO_PORT", 0, 24);

    private final ChannelFactory<? extends Channel> factory;
    private final ChannelGroup channels;
    private final int places;
    /** At most one for each accepted connection. */
    private final Queue<Runnable> waiting = new ArrayDeque<>();

    private int taken;

    Exits(ChannelFactory<? extends Channel> factory, ChannelGroup channels, int places) {
        this.factory = factory;
        this.channels = channels;
        this.places = places;
    }

    /**
     * Opens a connection that does not read by itself yet, as soon as there is a place.
     *
     * @param loop where the connection lives, the asking channel's own
     * @param from local address
     * @throws IllegalArgumentException when either address is not in 127.0.0.0/8
     */
    Future<Channel> dial(EventLoop loop, InetAddress from, InetSocketAddress to) {
        if (!Targets.isLoopback(from) || !Targets.isLoopback(to.getAddress())) {
            throw new IllegalArgumentException("target: " + to + " from " + from + " (expected: 127.0.0.0/8)");
        }
        Promise<Channel> dialled = loop.newPromise();
        enter(() -> connect(loop, from, to).addListener((ChannelFuture connected) -> {
            if (connected.isSuccess()) {
                dialled.setSuccess(connected.channel());
            } else {
                dialled.setFailure(connected.cause());
            }
        }));
        return dialled;
    }

    private void enter(Runnable dial) {
        synchronized (waiting) {
            if (taken == places) {
                waiting.add(dial);
                return;
            }
            taken++;
        }
        dial.run();
    }

    /** The place goes to the one who has waited longest. */
    private void leave() {
        Runnable next;
        synchronized (waiting) {
            next = waiting.poll();
            if (next == null) {
                taken--;
                return;
            }
        }
        next.run();
    }

    private ChannelFuture connect(EventLoop loop, InetAddress from, InetSocketAddress to) {
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channelFactory(factory)
                .disableResolver()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        chooseLocalPortAtConnect(channel);
                        channels.add(channel);
                    }
                })
                .connect(to, new InetSocketAddress(from, 0));
        connecting.channel().closeFuture().addListener(closed -> leave());
        return connecting;
    }

    /** So that one exit can have more connections than there are ports. A refinement: where it can't be had, nothing is lost. */
    private static void chooseLocalPortAtConnect(Channel channel) {
        try {
            channel.config().setOption(BIND_ADDRESS_NO_PORT, 1);
        } catch (ChannelException e) {
            LOG.atDebug().setCause(e).log("IP_BIND_ADDRESS_NO_PORT");
        }
    }
}
