package dev.sluice.net.farm;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The farm's sockets: three listeners that play every proxy that accepts, one listener that answers no SYN, and one port
 * that refuses. About a dozen descriptors however many entries, plus the connections.
 *
 * <p>The listeners stand on the wildcard address, bound to the loopback device where the transport can; in any case a
 * connection that is not from and to 127.0.0.0/8 is reset before a byte is read. Methods may be called from any thread.
 */
public final class FarmNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(FarmNetwork.class);
    private static final ChannelOption<ByteBuffer> BIND_TO_DEVICE =
            new RawUnixChannelOption("FARM_SO_BINDTODEVICE", 1, 25, 3);
    private static final byte[] LOOPBACK_DEVICE = "lo\0".getBytes(StandardCharsets.US_ASCII);
    private static final InetAddress WILDCARD = Targets.ipv4(new byte[4]);
    private static final InetAddress LOOPBACK = Targets.ipv4(new byte[] {127, 0, 0, 1});
    private static final int BACKLOG = 4096;
    private static final int SILENCE_BACKLOG = 1;
    private static final int SILENCE_PROBES = 8;
    private static final int SILENCE_MILLIS = 250;

    private final VertxInternal vertx;
    private final ContextInternal context;
    private final FarmNetworkOptions options;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final FrontDoor door;
    private final Exits exits;
    private final CertificateSwap.Contexts certificates;
    private final SocketChannel refusing;
    private FarmPorts ports = FarmPorts.FREE;
    private boolean silenceVerified;
    private boolean confined = true;

    private FarmNetwork(VertxInternal vertx, FarmNetworkOptions options) throws IOException {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.door = new FrontDoor(
                channels, options.maxConnections(), options.idleTimeout().toMillis());
        this.exits = new Exits(vertx.transport().channelFactory(false), channels);
        this.certificates = new CertificateSwap.Contexts(options.forgery());
        this.refusing = SocketChannel.open();
    }

    /**
     * Opens the ports and makes sure that the silent one is silent and the refusing one refuses. Until
     * {@link #serve} everybody who connects is reset.
     *
     * @return fails with {@link IOException} when a wanted port is taken; then nothing is left open
     */
    public static Future<FarmNetwork> start(Vertx vertx, FarmNetworkOptions options) {
        FarmNetwork network;
        try {
            network = new FarmNetwork((VertxInternal) vertx, options);
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
        return network.open()
                .recover(failure -> network.close().transform(closed -> Future.failedFuture(failure)))
                .map(network);
    }

    /** The ports in use. */
    public FarmPorts ports() {
        return ports;
    }

    /** Whether the kernel was seen to leave a SYN to the silent port without an answer. */
    public boolean silenceVerified() {
        return silenceVerified;
    }

    /**
     * Begins to play.
     *
     * @param roles who plays what
     * @param names host names the proxies know besides {@code localhost}: from {@code host:port} to the address meant by
     *     it, or from {@code host:*} for every port; addresses outside 127.0.0.0/8 are never dialled
     */
    public void serve(Roles roles, Map<String, InetSocketAddress> names) {
        door.open(roles, new Surroundings(new Targets(names), exits, certificates));
    }

    /** Connections accepted so far; those to the silent and the refusing port never are. */
    public Map<Behaviour, Long> connections() {
        return door.accepted();
    }

    /** Accepted connections that are open now. */
    public int openConnections() {
        return door.openConnections();
    }

    /** Sockets that are open now: listeners, accepted and outgoing connections, fillers of the silent port's backlog. */
    public int openSockets() {
        return channels.size();
    }

    /** Closes the connections from and to {@code address} (the four bytes of 127.x.y.z in network order). */
    public void drop(int address) {
        // Not close(matcher) of the group: it would close every later member, too.
        for (Channel channel : channels) {
            if (!(channel instanceof ServerChannel)
                    && channel.localAddress() instanceof InetSocketAddress local
                    && Targets.isLoopback(local.getAddress())
                    && FrontDoor.address(local.getAddress()) == address) {
                channel.close();
            }
        }
    }

    /** Closes every socket. Never fails; may be called again. */
    public Future<Void> close() {
        door.open(null, null);
        Promise<Void> closed = context.promise();
        channels.close().addListener(done -> {
            try {
                refusing.close();
            } catch (IOException e) {
                LOG.atDebug().setCause(e).log("closing the refusing port");
            }
            closed.complete();
        });
        return closed.future();
    }

    private Future<Void> open() {
        FarmPorts wanted = options.ports();
        int refused;
        try {
            refusing.bind(new InetSocketAddress(WILDCARD, wanted.refused()));
            refused = refusing.socket().getLocalPort();
        } catch (IOException e) {
            return Future.failedFuture(new IOException("port " + wanted.refused() + ": " + e.getMessage(), e));
        }
        Future<Integer> http = listen(wanted.http(), BACKLOG, true);
        Future<Integer> socks = listen(wanted.socks(), BACKLOG, true);
        Future<Integer> mixed = listen(wanted.mixed(), BACKLOG, true);
        Future<Integer> silent = listen(wanted.silent(), SILENCE_BACKLOG, false);
        return Future.join(http, socks, mixed, silent).compose(bound -> {
            ports = new FarmPorts(http.result(), socks.result(), mixed.result(), silent.result(), refused);
            if (!confined) {
                LOG.atInfo().log("listeners can't be bound to the loopback device;"
                        + " connections from elsewhere are reset on arrival");
            }
            return Future.all(fillBacklog(silent.result(), SILENCE_PROBES), verifyRefusal(refused))
                    .mapEmpty();
        });
    }

    private Future<Integer> listen(int port, int backlog, boolean accepts) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(vertx.acceptorEventLoopGroup(), vertx.nettyEventLoopGroup())
                .channelFactory(vertx.transport().serverChannelFactory(false))
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, accepts)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        confine(channel);
                        channels.add(channel);
                    }
                })
                .childHandler(door);
        Promise<Integer> listening = context.promise();
        bootstrap.bind(WILDCARD, port).addListener((ChannelFuture bound) -> {
            if (bound.isSuccess()) {
                listening.complete(((InetSocketAddress) bound.channel().localAddress()).getPort());
            } else {
                listening.fail(
                        new IOException("port " + port + ": " + bound.cause().getMessage(), bound.cause()));
            }
        });
        return listening.future();
    }

    private void confine(Channel listener) {
        boolean done;
        try {
            done = listener.config().setOption(BIND_TO_DEVICE, ByteBuffer.wrap(LOOPBACK_DEVICE));
        } catch (ChannelException e) {
            LOG.atDebug().setCause(e).log("SO_BINDTODEVICE");
            done = false;
        }
        if (!done) {
            context.runOnContext(v -> confined = false);
        }
    }

    /** Connects until the kernel stops answering, and keeps what connected: nobody will ever accept it. */
    private Future<Void> fillBacklog(int port, int probesLeft) {
        return probe(port).compose(failure -> {
            if (failure instanceof ConnectTimeoutException) {
                silenceVerified = true;
                return Future.succeededFuture();
            }
            if (failure == null && probesLeft > 1) {
                return fillBacklog(port, probesLeft - 1);
            }
            LOG.atWarn()
                    .addKeyValue("port", port)
                    .log("this kernel answers although the backlog is full: silent entries accept and say nothing");
            return Future.succeededFuture();
        });
    }

    private Future<Void> verifyRefusal(int port) {
        return probe(port).compose(failure -> {
            if (failure == null || failure instanceof ConnectTimeoutException) {
                return Future.failedFuture(new IOException("port " + port + ": does not refuse (expected: a reset)"));
            }
            return Future.succeededFuture();
        });
    }

    /** Connects from inside; the result is why it failed, null when it did not. */
    private Future<@Nullable Throwable> probe(int port) {
        Promise<@Nullable Throwable> probed = context.promise();
        new Bootstrap()
                .group(vertx.nettyEventLoopGroup())
                .channelFactory(vertx.transport().channelFactory(false))
                .disableResolver()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, SILENCE_MILLIS)
                .handler(new Guard())
                .connect(new InetSocketAddress(LOOPBACK, port))
                .addListener((ChannelFuture connected) -> {
                    if (connected.isSuccess()) {
                        channels.add(connected.channel());
                    }
                    probed.complete(connected.cause());
                });
        return probed.future();
    }
}
