package dev.sluice.net.farm;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
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
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The farm's sockets: three listeners that play every proxy that accepts, one listener that answers no SYN, and one port
 * that refuses. About a dozen descriptors however many entries, plus the connections. Behind a {@link Knee} one listener
 * plays for all three, so that everybody, the anchor included, waits in the same queue and loses SYNs alike.
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
    private static final long NANOS_A_MILLI = 1_000_000;

    private final VertxInternal vertx;
    private final ContextInternal context;
    private final FarmNetworkOptions options;
    private final EventLoop acceptor;
    private final ChannelGroup listeners = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final ChannelGroup fillers = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Arrivals arrivals = new Arrivals(System.nanoTime());
    private final Turnstile turnstile;
    private final FrontDoor door;
    private final Exits exits;
    private final CertificateSwap.Contexts certificates;
    private final SocketChannel refusing;
    private FarmPorts ports = FarmPorts.FREE;
    private boolean silenceVerified;
    private boolean confined = true;
    private long outageEndNanos;
    private long outageTimer = -1;
    private @Nullable Channel cover;

    private FarmNetwork(VertxInternal vertx, FarmNetworkOptions options) throws IOException {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        Conditions conditions = options.conditions();
        this.acceptor = vertx.acceptorEventLoopGroup().next();
        this.turnstile = new Turnstile(acceptor, conditions.maxConnections(), conditions.knee(), arrivals);
        this.door = new FrontDoor(
                connections,
                conditions.delay().toMillis(),
                options.idleTimeout().toMillis());
        this.exits = new Exits(vertx.transport().channelFactory(false), connections, conditions.maxExits());
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
        door.open(roles, new Surroundings(new Targets(names), exits, certificates, new Recordings()));
    }

    /** Connections accepted so far; those to the silent and the refusing port never are. */
    public Map<Behaviour, Long> connections() {
        return door.accepted();
    }

    /** Accepted connections that are open now. */
    public int openConnections() {
        return door.openConnections();
    }

    /** How many connections were accepted, and when. */
    public Accepted accepted() {
        return arrivals.sum(System.nanoTime());
    }

    /** The knee as it is now, in connections a second; 0 for none. */
    public int kneePerSecond() {
        return turnstile.perSecond();
    }

    /**
     * Moves the knee.
     *
     * @throws IllegalArgumentException when {@code perSecond} is no rate
     * @throws IllegalStateException when the farm was opened without a knee
     */
    public void bend(int perSecond) {
        Knee.checkRate("knee", perSecond);
        if (options.conditions().knee() == null) {
            throw new IllegalStateException("knee: none (expected: a farm that was opened with one)");
        }
        turnstile.setPerSecond(perSecond);
    }

    /** Sockets that are open now: listeners, accepted and outgoing connections, fillers of the silent port's backlog. */
    public int openSockets() {
        return listeners.size() + fillers.size() + connections.size();
    }

    /** Closes the connections from and to {@code address} (the four bytes of 127.x.y.z in network order). */
    public void drop(int address) {
        // Not close(matcher) of the group: it would close every later member, too.
        for (Channel channel : connections) {
            if (channel.localAddress() instanceof InetSocketAddress local
                    && Targets.isLoopback(local.getAddress())
                    && FrontDoor.address(local.getAddress()) == address) {
                channel.close();
            }
        }
    }

    /**
     * For as long as told it is as if the way here were cut: every connection is reset, and no port answers a SYN, not even
     * the refusing one. Where the transport can't keep the kernel from answering, what connects is reset instead. Takes the
     * place of an outage that is under way.
     *
     * @param length zero ends it
     * @return completes when it has begun, or ended; never fails
     */
    public synchronized Future<Void> outage(Duration length) {
        vertx.cancelTimer(outageTimer);
        long millis = length.toMillis();
        boolean before = outageEndNanos != 0;
        outageEndNanos = millis == 0 ? 0 : System.nanoTime() + millis * NANOS_A_MILLI;
        if (millis > 0) {
            outageTimer = vertx.setTimer(millis, id -> outage(Duration.ZERO));
        }
        if (before == millis > 0) {
            return context.succeededFuture();
        }
        LOG.atInfo().addKeyValue("ms", millis).log(before ? "the outage is over" : "an outage begins");
        return before ? reopen() : cutOff();
    }

    /** How long the outage under way goes on; zero when there is none. */
    public synchronized Duration outageLeft() {
        return outageEndNanos == 0
                ? Duration.ZERO
                : Duration.ofNanos(Math.max(NANOS_A_MILLI, outageEndNanos - System.nanoTime()));
    }

    private Future<Void> cutOff() {
        door.shut(true);
        Promise<Void> cut = context.promise();
        turnstile.cut(true).addListener(deaf -> {
            connections.forEach(Misbehaviour::reset);
            cut.complete();
        });
        return cut.future().compose(deaf -> cover());
    }

    /** Keeps the refusing port from refusing. Never fails. */
    private Future<Void> cover() {
        // A listener that hears nothing, beside the socket that only holds the port.
        return listen(ports.refused(), SILENCE_BACKLOG, new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (!SynFilter.NOTHING.attach(channel)) {
                            channel.close();
                        }
                    }
                })
                .onSuccess(this::covered)
                .onFailure(failure -> LOG.atDebug().setCause(failure).log("the refusing port goes on refusing"))
                .transform(opened -> context.succeededFuture());
    }

    private synchronized void covered(Channel opened) {
        if (outageEndNanos == 0) {
            opened.close();
        } else {
            cover = opened;
        }
    }

    private Future<Void> reopen() {
        Promise<Void> reopened = context.promise();
        Channel covering = cover;
        cover = null;
        door.shut(false);
        turnstile.cut(false).addListener(open -> {
            if (covering == null) {
                reopened.complete();
            } else {
                covering.close().addListener(closed -> reopened.complete());
            }
        });
        return reopened.future();
    }

    /** Closes every socket. Never fails; may be called again. */
    public Future<Void> close() {
        door.open(null, null);
        synchronized (this) {
            vertx.cancelTimer(outageTimer);
        }
        Promise<Void> closed = context.promise();
        listeners
                .close()
                .addListener(deaf -> fillers.close()
                        .addListener(emptied -> connections.close().addListener(done -> {
                            try {
                                refusing.close();
                            } catch (IOException e) {
                                LOG.atDebug().setCause(e).log("closing the refusing port");
                            }
                            closed.complete();
                        })));
        return closed.future();
    }

    private Future<Void> open() {
        FarmPorts wanted = options.ports();
        int refused;
        try {
            // So that an outage can cover it.
            refusing.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            refusing.bind(new InetSocketAddress(WILDCARD, wanted.refused()));
            refused = refusing.socket().getLocalPort();
        } catch (IOException e) {
            return Future.failedFuture(new IOException("port " + wanted.refused() + ": " + e.getMessage(), e));
        }
        Knee knee = options.conditions().knee();
        // Who got an answer to the SYN must find room: the limit at the knee is the turnstile's where it has a filter.
        int backlog = knee == null || vertx.isNativeTransportEnabled() ? BACKLOG : knee.backlog();
        Future<Integer> http = listen(wanted.http(), backlog, turnstile.gate()).map(FarmNetwork::port);
        Future<Integer> socks =
                knee == null ? listen(wanted.socks(), backlog, turnstile.gate()).map(FarmNetwork::port) : http;
        Future<Integer> mixed =
                knee == null ? listen(wanted.mixed(), backlog, turnstile.gate()).map(FarmNetwork::port) : http;
        Future<Integer> silent =
                listen(wanted.silent(), SILENCE_BACKLOG, new Guard()).map(FarmNetwork::port);
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

    /** Binds a listener that does not read by itself; {@code first} stands first in its pipeline. */
    private Future<Channel> listen(int port, int backlog, ChannelHandler first) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(acceptor, vertx.nettyEventLoopGroup())
                .channelFactory(vertx.transport().serverChannelFactory(false))
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        confine(channel);
                        listeners.add(channel);
                        channel.pipeline().addLast(first);
                    }
                })
                .childHandler(door);
        Promise<Channel> listening = context.promise();
        bootstrap.bind(WILDCARD, port).addListener((ChannelFuture bound) -> {
            if (bound.isSuccess()) {
                listening.complete(bound.channel());
            } else {
                listening.fail(
                        new IOException("port " + port + ": " + bound.cause().getMessage(), bound.cause()));
            }
        });
        return listening.future();
    }

    private static int port(Channel listener) {
        return ((InetSocketAddress) listener.localAddress()).getPort();
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
                        fillers.add(connected.channel());
                    }
                    probed.complete(connected.cause());
                });
        return probed.future();
    }
}
