package dev.sluice.net;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.FailureReason;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.Promise;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * Opens TCP connections on Vert.x's event loops. The address rules are applied to the very address that is dialled: a name
 * is resolved once, and one forbidden address among its answers forbids it. Thread-safe.
 *
 * <p>A channel is handed over with reading switched off, so that nothing is lost before its handlers stand.
 */
public final class Dialer {
    private static final long CLOSE_MILLIS = 5_000;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_SYNCNT = 7;

    /** How often the kernel repeats a SYN (tcp(7)); Linux's default of 6 outlives every sensible timeout. */
    private static final IntegerUnixChannelOption SYN_COUNT =
            new IntegerUnixChannelOption("TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT);

    private final VertxInternal vertx;
    private final Resolver resolver;
    private final AddressPolicy policy;
    private final int connectMillis;
    private final ChannelFactory<? extends Channel> factory;
    private final Map<EventLoop, Bootstrap> bootstraps = new ConcurrentHashMap<>();
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private final io.vertx.core.Promise<Void> drained = io.vertx.core.Promise.promise();
    private volatile boolean closed;

    /**
     * A dialer on the event loops of {@code vertx}.
     *
     * @param resolver for host names
     * @param policy which addresses may be dialled
     * @param connectTimeout for the TCP connection, 1 ms or more
     */
    public Dialer(Vertx vertx, Resolver resolver, AddressPolicy policy, Duration connectTimeout) {
        this.vertx = (VertxInternal) vertx;
        this.resolver = resolver;
        this.policy = policy;
        this.connectMillis = (int) Math.max(1, connectTimeout.toMillis());
        ChannelFactory<? extends Channel> plain = this.vertx.transport().channelFactory(false);
        int synCount = synCount(connectMillis);
        this.factory = () -> {
            Channel channel = plain.newChannel();
            if (channel instanceof UnixChannel) {
                channel.config().setOption(SYN_COUNT, synCount);
            }
            return channel;
        };
    }

    /** Fewest repetitions whose doubling waits (1 s, 2 s, 4 s, …) together last longer than the timeout. */
    static int synCount(int connectMillis) {
        int count = 1;
        while (count < 6 && ((2L << count) - 1) * 1_000 <= connectMillis) {
            count++;
        }
        return count;
    }

    /** How many channels are open or connecting. */
    public int open() {
        return open.size();
    }

    boolean isClosed() {
        return closed;
    }

    EventLoop nextLoop() {
        return vertx.nettyEventLoopGroup().next();
    }

    /** Connects on {@code loop}; fails with {@link DialException}. The channel reads once its auto-read is set. */
    io.netty.util.concurrent.Future<Channel> connect(EventLoop loop, String host, int port) {
        Promise<Channel> promise = loop.newPromise();
        byte[] literal = IpAddress.parse(host);
        if (literal == null) {
            resolver.resolve(host)
                    .onComplete(
                            addresses -> connect(loop, addresses, port, promise),
                            failure -> promise.tryFailure(unresolved(host, failure)));
            return promise;
        }
        try {
            connect(loop, List.of(InetAddress.getByAddress(literal)), port, promise);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
        return promise;
    }

    private static DialException unresolved(String host, Throwable failure) {
        boolean unknown = failure instanceof UnknownHostException && !(failure.getCause() instanceof TimeoutException);
        return new DialException(unknown ? FailureReason.DNS : FailureReason.LOCAL, "resolving " + host + " failed");
    }

    private void connect(EventLoop loop, List<InetAddress> addresses, int port, Promise<Channel> promise) {
        for (InetAddress address : addresses) {
            if (!policy.mayDial(address.getAddress())) {
                promise.tryFailure(
                        new DialException(FailureReason.FORBIDDEN, address.getHostAddress() + " is not to be dialled"));
                return;
            }
        }
        if (closed) {
            promise.tryFailure(new DialException(FailureReason.LOCAL, "the dialer is closed"));
            return;
        }
        ChannelFuture connecting;
        try {
            connecting = bootstraps
                    .computeIfAbsent(loop, this::bootstrap)
                    .connect(new InetSocketAddress(addresses.get(0), port));
        } catch (RuntimeException e) {
            promise.tryFailure(new DialException(FailureReason.LOCAL, String.valueOf(e.getMessage())));
            return;
        }
        track(connecting);
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                FailureReason reason = closed ? FailureReason.LOCAL : Failures.ofConnect(done.cause());
                promise.tryFailure(
                        new DialException(reason, String.valueOf(done.cause().getMessage())));
            } else if (!promise.trySuccess(connecting.channel())) {
                abandon(connecting.channel());
            }
        });
    }

    private void track(ChannelFuture connecting) {
        if (connecting.isDone() && !connecting.isSuccess()) {
            return; // no channel came to be
        }
        Channel channel = connecting.channel();
        open.add(channel);
        channel.closeFuture().addListener(gone -> {
            open.remove(channel);
            completeWhenDrained();
        });
        if (closed) {
            abandon(channel);
        }
    }

    private Bootstrap bootstrap(EventLoop loop) {
        return new Bootstrap()
                .group(loop)
                .channelFactory(factory)
                .disableResolver()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // handlers are added once connected
                    }
                });
    }

    /** Closes by a reset, which leaves nothing behind in the kernel. */
    static void abandon(Channel channel) {
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    private void completeWhenDrained() {
        if (closed && open.isEmpty()) {
            drained.tryComplete();
        }
    }

    /**
     * Closes every channel; nothing is dialled from now on.
     *
     * @return completes when all are closed; fails after five seconds
     */
    public Future<Void> close() {
        closed = true;
        open.forEach(Dialer::abandon);
        completeWhenDrained();
        long timer = vertx.setTimer(CLOSE_MILLIS, id -> drained.tryFail(open.size() + " channels still open"));
        return drained.future().onComplete(done -> vertx.cancelTimer(timer));
    }
}
