package dev.sluice.net;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Connections to proxies and requests through them, each on a connection of its own. Thread-safe. An exchange begun on an
 * event loop runs on that very loop, otherwise on the next; its result arrives on the caller's context. Futures never
 * fail: how an exchange ended is an {@link Exchange}.
 *
 * <p>On epoll up to 128 sockets a lane are kept for another connect until they were idle for a second.
 */
public final class ProxyClient {
    private final VertxInternal vertx;
    private final Dialer dialer;
    private final TlsContexts tls = new TlsContexts();
    private volatile Deadlines deadlines;
    private final int maxAnswerBytes;
    private final StageObserver stages;

    /**
     * A client that nobody observes.
     *
     * @param resolver for proxies that are host names
     * @param policy which addresses may be dialled
     * @param deadlines for each exchange
     * @param maxAnswerBytes longest body
     */
    public ProxyClient(Vertx vertx, Resolver resolver, AddressPolicy policy, Deadlines deadlines, int maxAnswerBytes) {
        this(vertx, resolver, policy, deadlines, maxAnswerBytes, ConnectObserver.NONE, StageObserver.NONE);
    }

    /**
     * A client on the event loops of {@code vertx}; {@link #close()} it.
     *
     * @param resolver for proxies that are host names
     * @param policy which addresses may be dialled
     * @param deadlines for each exchange
     * @param maxAnswerBytes longest body
     * @param connects hears of every connect
     * @param stages hears how each stage ends
     */
    public ProxyClient(
            Vertx vertx,
            Resolver resolver,
            AddressPolicy policy,
            Deadlines deadlines,
            int maxAnswerBytes,
            ConnectObserver connects,
            StageObserver stages) {
        this.vertx = (VertxInternal) vertx;
        this.dialer = new Dialer(vertx, resolver, policy, deadlines.connect(), connects);
        this.deadlines = deadlines;
        this.maxAnswerBytes = maxAnswerBytes;
        this.stages = stages;
    }

    /**
     * On the lane's loop: opens a TCP connection to {@code proxy} and closes it by a reset. On epoll this takes no channel
     * and no future. The addresses of a name are tried in their order, within the connect timeout.
     *
     * @param listener told once, on the same loop with the lane's context as the current one, possibly before this returns
     *     (a listener that begins the next connect must not rely on the stack to hold them all)
     */
    public void connect(Lane lane, ProxyKey proxy, ConnectListener listener) {
        long startNanos = System.nanoTime();
        dialer.connect(
                lane,
                proxy.host(),
                proxy.port(),
                startNanos,
                startNanos + deadlines.total().toNanos(),
                new Knock(lane, listener));
    }

    /** Opens a TCP connection to {@code proxy} and closes it: {@link Exchange.Connected} or {@link Exchange.Failed}. */
    public Future<Exchange> connect(ProxyKey proxy) {
        return run(new Route(proxy.scheme() == Scheme.UNKNOWN ? proxy.withScheme(Scheme.HTTP) : proxy, false), null);
    }

    /** Sends {@code request} by {@code route}: {@link Exchange.Reached} or {@link Exchange.Failed}. */
    public Future<Exchange> exchange(Route route, Request request) {
        return run(route, request);
    }

    private Future<Exchange> run(Route route, @Nullable Request request) {
        ContextInternal context = vertx.getOrCreateContext();
        PromiseInternal<Exchange> promise = context.promise();
        new Attempt(dialer, dialer.lane(context), tls, deadlines, maxAnswerBytes, stages, route, request, promise)
                .start();
        return promise.future();
    }

    /** From now on exchanges that begin have other deadlines. Thread-safe. */
    public void deadlines(Deadlines changed) {
        deadlines = changed;
        dialer.mostConnect(changed.connect());
    }

    /**
     * Shortens the connect timeout, or lengthens it again: for connects begun from now on.
     *
     * @param nanos brought into 1 ms and {@link Deadlines#connect()}
     */
    public void connectTimeout(long nanos) {
        dialer.connectTimeout(nanos);
    }

    /** How many connections are open or opening. */
    public int open() {
        return dialer.open();
    }

    /**
     * Ends every connect and exchange, with {@code LOCAL} as its reason; one that waits for its name to be resolved, when
     * that is or when its connect timeout is over.
     *
     * @return completes when every connection is closed; fails after five seconds
     */
    public Future<Void> close() {
        return dialer.close();
    }

    /** Who waits for a connect. */
    @FunctionalInterface
    public interface ConnectListener {
        /**
         * It ended.
         *
         * @param reason {@link FailureReason#NONE} when it opened
         * @param connectNanos how long the TCP connect took, the last one of several, without resolving; 0 when none was
         *     begun
         */
        void connectEnded(FailureReason reason, long connectNanos);
    }

    /** Hears of every TCP connect of a client, those of exchanges included. Called on event loops, so thread-safe. */
    public interface ConnectObserver {
        /** Hears nothing. */
        ConnectObserver NONE = new ConnectObserver() {
            @Override
            public void answered(long connectNanos) {
                // nobody counts
            }

            @Override
            public void unanswered() {
                // nobody counts
            }

            @Override
            public void lacked(String what) {
                // nobody counts
            }
        };

        /** A connect begins. */
        default void begun() {
            // most only want to know how it ends
        }

        /** The other side answered, by a SYN-ACK or by a reset. */
        void answered(long connectNanos);

        /** It did not until the deadline, or a router said that it can't be reached. */
        void unanswered();

        /** A connect failed for want of {@code what} on our own side: descriptors, ports, buffers or network. */
        void lacked(String what);
    }

    /** Counts how stages end. Called on event loops, so thread-safe. */
    @FunctionalInterface
    public interface StageObserver {
        /** Hears nothing. */
        StageObserver NONE = (stage, reason) -> {};

        /** A stage ended; {@code reason} is {@link FailureReason#NONE} when it passed. */
        void ended(Stage stage, FailureReason reason);
    }

    /** A part of an exchange. Not every exchange has all. */
    public enum Stage {
        /** Name and TCP connection. */
        CONNECT,
        /** What a proxy is asked for a tunnel: CONNECT or SOCKS. */
        HANDSHAKE,
        /** TLS with the proxy, or with the target through it. */
        TLS,
        /** The request and its answer. */
        ANSWER;

        private final String text = name().toLowerCase(Locale.ROOT);

        /** Lower-case name. */
        public String text() {
            return text;
        }
    }

    /** A connect for its own sake. */
    private final class Knock implements Dial {
        private final Lane lane;
        private final ConnectListener listener;

        Knock(Lane lane, ConnectListener listener) {
            this.lane = lane;
            this.listener = listener;
        }

        @Override
        public boolean keeps() {
            return false;
        }

        @Override
        public void opened(@Nullable Channel channel, long connectNanos) {
            tell(FailureReason.NONE, connectNanos);
        }

        @Override
        public void failed(FailureReason reason, String detail, long connectNanos) {
            tell(dialer.isClosed() ? FailureReason.LOCAL : reason, connectNanos);
        }

        private void tell(FailureReason reason, long connectNanos) {
            stages.ended(Stage.CONNECT, reason);
            ContextInternal context = lane.internalContext();
            ContextInternal previous = context.beginDispatch();
            try {
                listener.connectEnded(reason, connectNanos);
            } catch (Throwable e) {
                context.reportException(e);
            } finally {
                context.endDispatch(previous);
            }
        }
    }
}
