package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.Http1xServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.http.impl.VertxHttpResponseEncoder;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A short way through a Vert.x server: requests a {@link QuickHandler} can answer at once are answered between the HTTP decoder
 * and Vert.x, as bytes; Vert.x never sees them, nor do its metrics. Everything else goes the usual way, in the order in
 * which it came. On the same connections, the head of a request has a deadline.
 *
 * <p>{@code server.connectionHandler(new QuickLane(handler, options, headTimeout)::install)}, one for each instance of a
 * server. A connection whose pipeline is not the one Vert.x 5.0 builds for HTTP/1 without TLS and without compression is left
 * as it is, and a warning tells so, once. Confined to the event loop of its connections.
 */
public final class QuickLane {
    private static final Logger LOG = LoggerFactory.getLogger(QuickLane.class);
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private static final String DECODER = "httpDecoder";
    private static final String ENCODER = "httpEncoder";
    private static final String IDLE = "idle";
    private static final String WEB_SOCKET = "webSocketExtensionHandler";
    private static final String HANDLER = "handler";
    private static final String LANE = "quickLane";

    private final QuickHandler handler;
    private final HttpServerOptions options;
    private final long headTimeoutNanos;
    private final AnswerBytes answer = new AnswerBytes();
    private @Nullable EventLoop loop;

    /**
     * A lane.
     *
     * @param handler asked first for every request it could answer
     * @param options those of the server
     * @param headTimeout how long after its first byte the head of a request must be complete; otherwise the connection is
     *     closed, after a 408. It does not run while an earlier request of the connection is being answered.
     */
    public QuickLane(QuickHandler handler, HttpServerOptions options, Duration headTimeout) {
        if (headTimeout.isNegative() || headTimeout.isZero()) {
            throw new IllegalArgumentException("headTimeout: " + headTimeout + " (expected: more than 0)");
        }
        this.handler = handler;
        this.options = new HttpServerOptions(options);
        this.headTimeoutNanos = headTimeout.toNanos();
    }

    /** Takes a new connection of the server; to be called on its event loop, before anything is read from it. */
    public void install(HttpConnection connection) {
        String oddity = oddity(connection);
        if (oddity != null) {
            if (WARNED.compareAndSet(false, true)) {
                LOG.atWarn()
                        .addKeyValue("oddity", oddity)
                        .log("connections are served without the quick lane and without a deadline for heads");
            }
            return;
        }
        install((Http1xServerConnection) connection);
    }

    private void install(Http1xServerConnection connection) {
        Channel channel = connection.channel();
        ChannelPipeline pipeline = channel.pipeline();
        HeadDeadline deadline = new HeadDeadline(options, headTimeoutNanos);
        pipeline.replace(DECODER, DECODER, deadline);
        ChannelHandlerContext wire = pipeline.context(DECODER);
        InetSocketAddress peer = (InetSocketAddress) channel.remoteAddress();
        QuickConnection quick = new QuickConnection(handler, answer, wire, deadline, peer.getAddress());
        // Before the extensions of WebSocket: those count requests and answers, and must see both or neither.
        pipeline.addBefore(pipeline.get(WEB_SOCKET) != null ? WEB_SOCKET : HANDLER, LANE, quick);
        connection.shutdownHandler(nothing -> quick.end());
    }

    /** What is not as expected; null when nothing is. */
    private @Nullable String oddity(HttpConnection connection) {
        if (!(connection instanceof Http1xServerConnection http)) {
            return "connection: " + connection.getClass().getName();
        }
        Channel channel = http.channel();
        if (loop == null) {
            loop = channel.eventLoop();
        }
        if (loop != channel.eventLoop() || !loop.inEventLoop()) {
            return "event loop: another one than before";
        }
        if (!(channel.remoteAddress() instanceof InetSocketAddress peer)
                || peer.isUnresolved()
                || channel.hasAttr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE)) {
            return "remote address: " + channel.remoteAddress();
        }
        return isUsual(channel.pipeline(), http)
                ? null
                : "pipeline: " + channel.pipeline().names();
    }

    /**
     * Answers are written before the encoder, so nothing may stand there that changes them or holds earlier ones back, as
     * compression and chunked writing do.
     */
    private static boolean isUsual(ChannelPipeline pipeline, Http1xServerConnection connection) {
        List<String> names = pipeline.names(); // the last is the tail
        int place = names.indexOf(DECODER);
        if (place < 0
                || pipeline.get(DECODER).getClass() != VertxHttpRequestDecoder.class
                || !names.get(++place).equals(ENCODER)
                || pipeline.get(ENCODER).getClass() != VertxHttpResponseEncoder.class) {
            return false;
        }
        place++;
        if (names.get(place).equals(IDLE)) {
            if (pipeline.get(IDLE).getClass() != IdleStateHandler.class) {
                return false;
            }
            place++;
        }
        if (names.get(place).equals(WEB_SOCKET)) {
            place++;
        }
        return names.get(place).equals(HANDLER)
                && place + 2 == names.size()
                && pipeline.get(HANDLER) instanceof VertxHandler<?> last
                && last.getConnection() == connection;
    }
}
