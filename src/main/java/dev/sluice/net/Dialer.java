package dev.sluice.net;

import dev.sluice.net.ProxyClient.ConnectObserver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.FailureReason;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Opens TCP connections on Vert.x's event loops. The address rules are applied to the very address that is dialled: a name
 * is resolved once, and one forbidden address among its answers forbids it; the others are tried in their order. Thread-safe.
 */
final class Dialer {
    private static final long CLOSE_MILLIS = 5_000;
    private static final int MAX_ADDRESSES = 4;

    private final VertxInternal vertx;
    private final Resolver resolver;
    private final AddressPolicy policy;
    private final ConnectObserver observer;
    private volatile long mostConnectNanos;
    private volatile int synCount;
    private final Map<EventLoop, Lane> lanes = new ConcurrentHashMap<>();
    private final Map<Lane, Connector> connectors = new ConcurrentHashMap<>();
    private volatile long connectNanos;
    private volatile boolean closed;

    /**
     * A dialer on the event loops of {@code vertx}.
     *
     * @param resolver for host names
     * @param policy which addresses may be dialled
     * @param connectTimeout for a TCP connection at most, 1 ms or more
     * @param observer hears of every connect
     */
    Dialer(Vertx vertx, Resolver resolver, AddressPolicy policy, Duration connectTimeout, ConnectObserver observer) {
        this.vertx = (VertxInternal) vertx;
        this.resolver = resolver;
        this.policy = policy;
        this.observer = observer;
        mostConnect(connectTimeout);
    }

    /** From now on connects may take so long at most, 1 ms or more, and do. */
    void mostConnect(Duration most) {
        long nanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), most.toNanos());
        mostConnectNanos = nanos;
        connectNanos = nanos;
        synCount = synCount(TimeUnit.NANOSECONDS.toMillis(nanos));
    }

    /** Fewest repetitions whose doubling waits (1 s, 2 s, 4 s, …) together last longer than the timeout. */
    static int synCount(long connectMillis) {
        int count = 1;
        while (count < 6 && ((2L << count) - 1) * 1_000 <= connectMillis) {
            count++;
        }
        return count;
    }

    /** How long connects begun from now on wait for an answer; brought into 1 ms and what they may take at most. */
    void connectTimeout(long nanos) {
        connectNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), Math.min(nanos, mostConnectNanos));
    }

    /** How many connections are open or opening. */
    int open() {
        int open = 0;
        for (Connector connector : connectors.values()) {
            open += connector.open();
        }
        return open;
    }

    boolean isClosed() {
        return closed;
    }

    /** The lane of the loop the caller is on, otherwise of the next. */
    Lane lane(ContextInternal context) {
        EventLoop own = context.nettyEventLoop();
        EventLoop loop = own.inEventLoop() ? own : vertx.nettyEventLoopGroup().next();
        Lane lane = lanes.get(loop);
        return lane != null ? lane : lanes.computeIfAbsent(loop, missing -> new Lane(vertx, missing));
    }

    /** The connector of this dialer on {@code lane}. On the lane's loop. */
    Connector connector(Lane lane) {
        Connector known = connectors.get(lane);
        if (known != null) {
            return known;
        }
        Connector made = Connector.of(vertx, lane, observer, () -> synCount);
        connectors.put(lane, made);
        if (closed) {
            made.close(() -> {}); // close() may have gone over the lanes before
        }
        return made;
    }

    /**
     * Connects, on the lane's loop; {@code dial} is told there, possibly before this returns.
     *
     * @param latestNanos when it ends whatever the connect timeout is, in {@link System#nanoTime()}
     */
    void connect(Lane lane, String host, int port, long startNanos, long latestNanos, Dial dial) {
        byte[] literal = IpAddress.parse(host);
        if (literal == null) {
            new Named(lane, host, port, latestNanos, dial).resolve(startNanos);
            return;
        }
        if (!policy.mayDial(literal)) {
            dial.failed(FailureReason.FORBIDDEN, host + " is not to be dialled", 0);
            return;
        }
        InetAddress address;
        try {
            address = InetAddress.getByAddress(literal);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
        connector(lane).connect(address, port, startNanos, earlier(startNanos + connectNanos, latestNanos), dial);
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    /**
     * Closes every connection; nothing is dialled from now on.
     *
     * @return completes when all are closed; fails after five seconds
     */
    Future<Void> close() {
        closed = true;
        List<Future<Void>> drained = new ArrayList<>();
        connectors.forEach((lane, connector) -> {
            Promise<Void> promise = Promise.promise();
            try {
                lane.loop().execute(() -> connector.close(promise::tryComplete));
            } catch (RejectedExecutionException e) {
                promise.complete(); // a loop that is shut down has closed what it had
            }
            drained.add(promise.future());
        });
        Promise<Void> done = Promise.promise();
        long timer = vertx.setTimer(CLOSE_MILLIS, id -> done.tryFail(open() + " connections still open"));
        Future.join(drained).onComplete(all -> {
            vertx.cancelTimer(timer);
            done.tryComplete();
        });
        return done.future();
    }

    /** A name on its way to a connection: resolved once, its addresses in turn. Confined to the lane's loop. */
    private final class Named extends Wheel.Entry implements Dial {
        private final Lane lane;
        private final String host;
        private final int port;
        private final long latestNanos;
        private final Dial dial;
        private List<InetAddress> addresses = List.of();
        private int next;
        private long deadlineNanos;
        private boolean over;

        Named(Lane lane, String host, int port, long latestNanos, Dial dial) {
            this.lane = lane;
            this.host = host;
            this.port = port;
            this.latestNanos = latestNanos;
            this.dial = dial;
        }

        void resolve(long startNanos) {
            if (closed) {
                dial.failed(FailureReason.LOCAL, "the client is closed", 0);
                return;
            }
            lane.arm(this, earlier(startNanos + connectNanos, latestNanos));
            resolver.resolve(host)
                    .onComplete(found -> onLoop(() -> resolved(found)), failure -> onLoop(() -> unresolved(failure)));
        }

        private void onLoop(Runnable task) {
            if (lane.inLane()) {
                task.run();
                return;
            }
            try {
                lane.loop().execute(task);
            } catch (RejectedExecutionException e) {
                over = true; // the loop, and who waits on it, are gone
            }
        }

        @Override
        void expired() {
            end(FailureReason.LOCAL, "resolving " + host + " took longer than the connect timeout", 0);
        }

        private void unresolved(Throwable failure) {
            boolean unknown =
                    failure instanceof UnknownHostException && !(failure.getCause() instanceof TimeoutException);
            end(unknown ? FailureReason.DNS : FailureReason.LOCAL, "resolving " + host + " failed", 0);
        }

        private void resolved(List<InetAddress> found) {
            if (over) {
                return;
            }
            lane.disarm(this);
            for (InetAddress address : found) {
                if (!policy.mayDial(address.getAddress())) {
                    end(FailureReason.FORBIDDEN, address.getHostAddress() + " is not to be dialled", 0);
                    return;
                }
            }
            addresses = found.size() > MAX_ADDRESSES ? found.subList(0, MAX_ADDRESSES) : found;
            long nowNanos = System.nanoTime();
            deadlineNanos = earlier(nowNanos + connectNanos, latestNanos);
            tryNext(nowNanos);
        }

        /** Each address may take its share of what is left, so that a silent one leaves the others theirs. */
        private void tryNext(long nowNanos) {
            InetAddress address = addresses.get(next++);
            long shareNanos = (deadlineNanos - nowNanos) / (addresses.size() - next + 1);
            connector(lane).connect(address, port, nowNanos, nowNanos + shareNanos, this);
        }

        private void end(FailureReason reason, String detail, long nanos) {
            if (!over) {
                over = true;
                lane.disarm(this);
                dial.failed(reason, detail, nanos);
            }
        }

        @Override
        public boolean keeps() {
            return dial.keeps();
        }

        @Override
        public void opened(@Nullable Channel channel, long nanos) {
            over = true;
            dial.opened(channel, nanos);
        }

        @Override
        public void failed(FailureReason reason, String detail, long nanos) {
            long nowNanos = System.nanoTime();
            if (next < addresses.size() && nowNanos - deadlineNanos < 0 && !closed) {
                tryNext(nowNanos);
            } else {
                end(reason, detail, nanos);
            }
        }
    }
}
