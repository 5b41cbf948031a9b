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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Outgoing connections of the farm's proxies: loopback only, each from its proxy's own address. */
final class Exits {
    private static final Logger LOG = LoggerFactory.getLogger(Exits.class);
    private static final int CONNECT_TIMEOUT_MILLIS = 5000;
    private static final IntegerUnixChannelOption BIND_ADDRESS_NO_PORT =
            new IntegerUnixChannelOption("FARM_IP_BIND_ADDRESS_NO_PORT", 0, 24);

    private final ChannelFactory<? extends Channel> factory;
    private final ChannelGroup channels;

    Exits(ChannelFactory<? extends Channel> factory, ChannelGroup channels) {
        this.factory = factory;
        this.channels = channels;
    }

    /**
     * Opens a connection that does not read by itself yet.
     *
     * @param loop where the connection lives, the asking channel's own
     * @param from local address
     * @throws IllegalArgumentException when either address is not in 127.0.0.0/8
     */
    ChannelFuture dial(EventLoop loop, InetAddress from, InetSocketAddress to) {
        if (!Targets.isLoopback(from) || !Targets.isLoopback(to.getAddress())) {
            throw new IllegalArgumentException("target: " + to + " from " + from + " (expected: 127.0.0.0/8)");
        }
        return new Bootstrap()
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
