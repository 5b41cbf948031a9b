package dev.sluice.net;

import dev.sluice.judge.HeaderField;
import dev.sluice.net.ProxyClient.Stage;
import dev.sluice.net.ProxyClient.StageObserver;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One exchange from connect to answer, a stage after the other, each with its deadline. Confined to its lane's loop. The
 * channel is closed when it ends, however it ends.
 */
final class Attempt implements Dial {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final String TAIL = "tail";

    private final Dialer dialer;
    private final Lane lane;
    private final TlsContexts tls;
    private final Deadlines deadlines;
    private final int maxBody;
    private final StageObserver stages;
    private final String dialledHost;
    private final int dialledPort;
    private final Route route;
    private final @Nullable Request request;
    private final Promise<Exchange> promise;
    private final Deadline totalDeadline = new Deadline();
    private final Deadline stageDeadline = new Deadline();

    private Stage stage = Stage.CONNECT;
    private long startNanos;
    private long connectNanos;
    private long firstByteNanos;
    private boolean done;
    private @Nullable Channel channel;
    private @Nullable String peerPin;

    /**
     * Made, not yet started.
     *
     * @param request null to connect only
     */
    Attempt(
            Dialer dialer,
            Lane lane,
            TlsContexts tls,
            Deadlines deadlines,
            int maxBody,
            StageObserver stages,
            Route route,
            @Nullable Request request,
            Promise<Exchange> promise) {
        this.dialer = dialer;
        this.lane = lane;
        this.tls = tls;
        this.deadlines = deadlines;
        this.maxBody = maxBody;
        this.stages = stages;
        this.route = route;
        this.request = request;
        this.promise = promise;
        ProxyKey proxy = route.proxy();
        if (proxy != null) {
            dialledHost = proxy.host();
            dialledPort = proxy.port();
        } else {
            Request direct = Objects.requireNonNull(request, "request");
            dialledHost = direct.host();
            dialledPort = direct.port();
        }
    }

    void start() {
        if (lane.inLane()) {
            dial();
            return;
        }
        try {
            lane.loop().execute(this::dial);
        } catch (RejectedExecutionException e) {
            promise.complete(new Exchange.Failed(FailureReason.LOCAL, "the event loop is shut down"));
        }
    }

    private void dial() {
        startNanos = System.nanoTime();
        long latestNanos = startNanos + deadlines.total().toNanos();
        dialer.connect(lane, dialledHost, dialledPort, startNanos, latestNanos, this);
        // Until it is connected the dialer keeps the deadline.
    }

    @Override
    public boolean keeps() {
        return request != null;
    }

    @Override
    public void failed(FailureReason reason, String detail, long nanos) {
        fail(reason, detail);
    }

    @Override
    public void opened(@Nullable Channel opened, long nanos) {
        connectNanos = System.nanoTime() - startNanos;
        if (opened == null || request == null) {
            end(new Exchange.Connected(connectNanos));
            return;
        }
        channel = opened;
        if (!opened.isActive()) {
            fail(FailureReason.RESET, "closed as it opened");
            return;
        }
        lane.arm(totalDeadline, startNanos + deadlines.total().toNanos());
        opened.pipeline().addLast(TAIL, new Tail());
        ProxyKey proxy = route.proxy();
        if (proxy != null && proxy.scheme() == Scheme.HTTPS) {
            secure(opened, tls.byKey(opened.alloc(), proxy.host()), null, () -> {
                peerPin = null;
                tunnel(opened, proxy, request);
            });
        } else if (proxy != null) {
            tunnel(opened, proxy, request);
        } else {
            secureTarget(opened, request);
        }
        opened.config().setAutoRead(true);
    }

    private void tunnel(Channel on, ProxyKey proxy, Request wanted) {
        if (!route.tunnel() && !wanted.tls()) {
            send(on, wanted);
            return;
        }
        Credentials credentials = proxy.credentials();
        Handshake.Listener then = new Handshake.Listener() {
            @Override
            public void succeeded() {
                secureTarget(on, wanted);
            }

            @Override
            public void failed(FailureReason reason, String detail) {
                fail(reason, detail);
            }
        };
        if (proxy.scheme() == Scheme.SOCKS5 && credentials != null && !Socks5Handshake.fit(credentials)) {
            fail(FailureReason.AUTH, "user or password longer than 255 bytes");
            return;
        }
        begin(Stage.HANDSHAKE, deadlines.firstByte());
        add(
                on,
                switch (proxy.scheme()) {
                    case SOCKS4 -> new Socks4Handshake(wanted.host(), wanted.port(), credentials, then);
                    case SOCKS5 -> new Socks5Handshake(wanted.host(), wanted.port(), credentials, then);
                    default -> new HttpConnectHandshake(wanted.authority(), credentials, then);
                });
    }

    private void secureTarget(Channel on, Request wanted) {
        if (!wanted.tls()) {
            send(on, wanted);
            return;
        }
        SslHandler handler = wanted.pin() == null
                ? tls.byAuthority(on.alloc(), wanted.host(), wanted.port())
                : tls.byKey(on.alloc(), wanted.host());
        secure(on, handler, wanted.pin(), () -> send(on, wanted));
    }

    private void secure(Channel on, SslHandler handler, @Nullable String expected, Runnable then) {
        begin(Stage.TLS, deadlines.tls());
        handler.handshakeFuture().addListener(handshake -> {
            if (done) {
                return;
            }
            if (!handshake.isSuccess()) {
                fail(ofHandshake(handshake.cause()), "TLS handshake failed");
                return;
            }
            peerPin = TlsContexts.pin(handler);
            if (expected != null && !expected.equals(peerPin)) {
                fail(FailureReason.TAMPERED, "certificate of another key");
            } else {
                then.run();
            }
        });
        add(on, handler);
    }

    private static FailureReason ofHandshake(Throwable cause) {
        return Failures.isCertificate(cause) ? FailureReason.TAMPERED : FailureReason.TLS;
    }

    private void send(Channel on, Request wanted) {
        if (done) {
            return;
        }
        begin(Stage.ANSWER, deadlines.firstByte());
        add(on, new FirstByte());
        add(on, AnswerReader.decoder());
        add(on, new AnswerReader(maxBody, new AnswerReader.Listener() {
            @Override
            public void answered(int status, List<HeaderField> headers, byte[] body) {
                end(new Exchange.Reached(status, headers, body, connectNanos, firstByteNanos, peerPin));
            }

            @Override
            public void failed(FailureReason reason, String detail) {
                fail(reason, detail);
            }
        }));
        on.writeAndFlush(head(on, wanted), on.voidPromise());
    }

    private ByteBuf head(Channel on, Request wanted) {
        ProxyKey proxy = route.proxy();
        boolean absolute = proxy != null && !route.tunnel() && !wanted.tls();
        StringBuilder head = new StringBuilder(256).append("GET ");
        if (absolute) {
            head.append("http://").append(wanted.port() == 80 ? withoutPort(wanted) : wanted.authority());
        }
        head.append(wanted.path()).append(" HTTP/1.1\r\n");
        for (HeaderField header : wanted.headers()) {
            head.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        Credentials credentials = absolute && proxy != null ? proxy.credentials() : null;
        if (credentials != null) {
            head.append("Proxy-Authorization: ")
                    .append(HttpConnectHandshake.basic(credentials))
                    .append("\r\n");
        }
        return ByteBufUtil.writeAscii(on.alloc(), head.append("\r\n"));
    }

    private static String withoutPort(Request wanted) {
        String authority = wanted.authority();
        return authority.substring(0, authority.lastIndexOf(':'));
    }

    private static void add(Channel on, ChannelHandler handler) {
        on.pipeline().addBefore(TAIL, null, handler);
    }

    /** The stage before has passed. */
    private void begin(Stage next, Duration deadline) {
        stages.ended(stage, FailureReason.NONE);
        stage = next;
        lane.disarm(stageDeadline);
        lane.arm(stageDeadline, System.nanoTime() + deadline.toNanos());
    }

    private void fail(FailureReason reason, String detail) {
        end(new Exchange.Failed(dialer.isClosed() ? FailureReason.LOCAL : reason, detail, peerPin, stage));
    }

    private void end(Exchange result) {
        if (done) {
            return;
        }
        done = true;
        lane.disarm(totalDeadline);
        lane.disarm(stageDeadline);
        if (channel != null) {
            Connector.abandon(channel);
        }
        stages.ended(stage, result instanceof Exchange.Failed failed ? failed.reason() : FailureReason.NONE);
        promise.complete(result);
    }

    /** The end of a stage, or of all. */
    private final class Deadline extends Wheel.Entry {
        @Override
        void expired() {
            fail(
                    FailureReason.TIMEOUT,
                    (this == totalDeadline ? "total time is over in " : "no end in time of ") + stage.text());
        }
    }

    /** Notes when the answer begins. */
    private final class FirstByte extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            firstByteNanos = System.nanoTime() - startNanos;
            lane.disarm(stageDeadline);
            context.fireChannelRead(message);
            if (!context.isRemoved()) {
                context.pipeline().remove(this);
            }
        }
    }

    /** Where everything arrives that no handler took. */
    private final class Tail extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
            fail(FailureReason.PROTOCOL, "unexpected bytes in " + stage.text());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            fail(FailureReason.RESET, "closed in " + stage.text());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            FailureReason reason = Failures.ofOpen(cause);
            if (reason == FailureReason.LOCAL && !done) {
                LOG.atWarn().addKeyValue("stage", stage).setCause(cause).log("an exchange broke");
            }
            fail(reason, stage.text() + ": " + cause.getClass().getSimpleName());
        }
    }
}
