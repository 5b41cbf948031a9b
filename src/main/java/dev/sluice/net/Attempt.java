package dev.sluice.net;

import dev.sluice.judge.HeaderField;
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
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One exchange from connect to answer, a phase after the other, each with its deadline. Confined to one event loop. The
 * channel is closed when it ends, however it ends.
 */
final class Attempt {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final String TAIL = "tail";

    private final Dialer dialer;
    private final EventLoop loop;
    private final TlsContexts tls;
    private final Deadlines deadlines;
    private final int maxBody;
    private final String dialledHost;
    private final int dialledPort;
    private final Route route;
    private final @Nullable Request request;
    private final Promise<Exchange> promise;

    private long startNanos;
    private long connectNanos;
    private long firstByteNanos;
    private boolean done;
    private String phase = "connect";
    private @Nullable Channel channel;
    private @Nullable ScheduledFuture<?> totalTimer;
    private @Nullable ScheduledFuture<?> phaseTimer;
    private @Nullable String peerPin;

    /**
     * Made, not yet started.
     *
     * @param request null to connect only
     */
    Attempt(
            Dialer dialer,
            TlsContexts tls,
            Deadlines deadlines,
            int maxBody,
            Route route,
            @Nullable Request request,
            Promise<Exchange> promise) {
        this.dialer = dialer;
        this.loop = dialer.nextLoop();
        this.tls = tls;
        this.deadlines = deadlines;
        this.maxBody = maxBody;
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
        try {
            loop.execute(this::dial);
        } catch (RejectedExecutionException e) {
            promise.complete(new Exchange.Failed(FailureReason.LOCAL, "the event loop is shut down"));
        }
    }

    private void dial() {
        startNanos = System.nanoTime();
        totalTimer = after(
                deadlines.total(),
                () -> fail(
                        channel == null ? FailureReason.CONNECT_TIMEOUT : FailureReason.TIMEOUT,
                        "total time is over in " + phase));
        dialer.connect(loop, dialledHost, dialledPort).addListener((Future<Channel> dialled) -> {
            if (dialled.isSuccess()) {
                connected(dialled.getNow());
            } else if (dialled.cause() instanceof DialException failure) {
                fail(failure.reason(), String.valueOf(failure.getMessage()));
            } else {
                fail(Failures.ofConnect(dialled.cause()), "connect failed");
            }
        });
    }

    private ScheduledFuture<?> after(Duration delay, Runnable task) {
        return loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void connected(Channel opened) {
        if (done) {
            Dialer.abandon(opened);
            return;
        }
        channel = opened;
        connectNanos = System.nanoTime() - startNanos;
        if (request == null) {
            end(new Exchange.Connected(connectNanos));
            return;
        }
        opened.pipeline().addLast(TAIL, new Tail());
        ProxyKey proxy = route.proxy();
        if (proxy != null && proxy.scheme() == Scheme.HTTPS) {
            secure(opened, tls.byKey(opened.alloc(), proxy.host(), deadlines.tls()), null, () -> {
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
        begin("tunnel", deadlines.firstByte());
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
                ? tls.byAuthority(on.alloc(), wanted.host(), wanted.port(), deadlines.tls())
                : tls.byKey(on.alloc(), wanted.host(), deadlines.tls());
        secure(on, handler, wanted.pin(), () -> send(on, wanted));
    }

    private void secure(Channel on, SslHandler handler, @Nullable String expected, Runnable then) {
        begin("TLS", deadlines.tls());
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
        if (cause instanceof SslHandshakeTimeoutException) {
            return FailureReason.TIMEOUT;
        }
        return Failures.isCertificate(cause) ? FailureReason.TAMPERED : FailureReason.TLS;
    }

    private void send(Channel on, Request wanted) {
        if (done) {
            return;
        }
        begin("answer", deadlines.firstByte());
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

    private void begin(String name, Duration deadline) {
        cancel(phaseTimer);
        phase = name;
        phaseTimer = after(deadline, () -> fail(FailureReason.TIMEOUT, "no " + name + " in time"));
    }

    private void fail(FailureReason reason, String detail) {
        end(new Exchange.Failed(dialer.isClosed() ? FailureReason.LOCAL : reason, detail, peerPin));
    }

    private void end(Exchange result) {
        if (done) {
            return;
        }
        done = true;
        cancel(totalTimer);
        cancel(phaseTimer);
        if (channel != null) {
            Dialer.abandon(channel);
        }
        promise.complete(result);
    }

    private static void cancel(@Nullable ScheduledFuture<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** Notes when the answer begins. */
    private final class FirstByte extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            firstByteNanos = System.nanoTime() - startNanos;
            cancel(phaseTimer);
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
            fail(FailureReason.PROTOCOL, "unexpected bytes in " + phase);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            fail(FailureReason.RESET, "closed in " + phase);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            FailureReason reason = Failures.ofOpen(cause);
            if (reason == FailureReason.LOCAL && !done) {
                LOG.atWarn().addKeyValue("phase", phase).setCause(cause).log("an exchange broke");
            }
            fail(reason, phase + ": " + cause.getClass().getSimpleName());
        }
    }
}
