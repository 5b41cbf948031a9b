package dev.sluice.net.farm;

import dev.sluice.proxy.Anonymity;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Absolute-form requests (RFC 9112 3.2.2), one at a time on a connection that may stay open, with the hop-by-hop fields of
 * RFC 9110 7.6.1 taken out on both ways. Asks for the next piece of a request only when the last one found room.
 */
final class Forwarding extends ChannelInboundHandlerAdapter {
    private static final String HTTP = "http://";
    private static final String VIA = "1.1 farm";
    private static final byte[] SCRIPT =
            "<script>document.title='injected'</script>".getBytes(StandardCharsets.US_ASCII);
    private static final List<String> HOP_BY_HOP = List.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "proxy-authenticate",
            "te",
            "upgrade");

    private final Role role;
    private final InetAddress exit;
    private final Surroundings around;

    private @Nullable Channel upstream;
    private @Nullable InetSocketAddress upstreamTarget;
    private HttpMethod method = HttpMethod.GET;
    private boolean keepAlive;
    private boolean discarding;
    private boolean waiting;
    private boolean requestDone = true;
    private boolean responseBegun;
    private boolean responseDone = true;

    Forwarding(Role role, InetAddress exit, Surroundings around) {
        this.role = role;
        this.exit = exit;
        this.around = around;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request) {
            begin(ctx, request);
        } else if (message instanceof HttpContent content) {
            body(ctx, content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        requestDone = false;
        responseBegun = false;
        responseDone = false;
        discarding = false;
        method = request.method();
        keepAlive = HttpUtil.isKeepAlive(request);
        if (request.decoderResult().isFailure()) {
            ReferenceCountUtil.release(request);
            keepAlive = false;
            refuse(ctx, HttpResponseStatus.BAD_REQUEST);
            return;
        }
        String uri = request.uri();
        if (!BasicAuth.admits(role.credentials(), request.headers().get(HttpHeaderNames.PROXY_AUTHORIZATION))) {
            refuse(ctx, HttpResponseStatus.PROXY_AUTHENTICATION_REQUIRED);
        } else if (method.equals(HttpMethod.CONNECT)) {
            // CONNECT is taken as the first request of a connection only: the farm's clients do not mix.
            keepAlive = false;
            refuse(ctx, HttpResponseStatus.BAD_REQUEST);
        } else if (!role.forwardsHttp()) {
            refuse(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED);
        } else if (!uri.regionMatches(true, 0, HTTP, 0, HTTP.length())) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST);
        } else {
            forward(ctx, request, uri);
        }
    }

    private void forward(ChannelHandlerContext ctx, HttpRequest request, String uri) {
        int end = HTTP.length();
        while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
            end++;
        }
        String name = uri.substring(HTTP.length(), end);
        Authority authority = Authority.parse(name, 80);
        if (authority == null) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST);
            return;
        }
        InetSocketAddress target = around.targets().resolve(authority.host(), authority.port());
        if (target == null) {
            refuse(ctx, HttpResponseStatus.FORBIDDEN);
            return;
        }
        String rest = uri.substring(end);
        String path = rest.startsWith("/") ? rest : '/' + rest;
        HttpHeaders headers = request.headers().copy();
        dropHopByHop(headers);
        headers.set(HttpHeaderNames.HOST, name.substring(name.lastIndexOf('@') + 1));
        disclose(headers, ctx);
        if (role.behaviour() == Behaviour.INJECT) {
            headers.remove(HttpHeaderNames.ACCEPT_ENCODING);
        }
        HttpRequest outgoing = new DefaultHttpRequest(request.protocolVersion(), method, path, headers);
        Channel open = upstream;
        if (open != null && open.isActive() && target.equals(upstreamTarget)) {
            send(ctx, open, outgoing);
            return;
        }
        leaveUpstream();
        around.exits().dial(ctx.channel().eventLoop(), exit, target).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                refuse(ctx, HttpResponseStatus.BAD_GATEWAY);
                return;
            }
            Channel out = dialled.getNow();
            if (!ctx.channel().isActive()) {
                out.close();
            } else {
                upstream = out;
                upstreamTarget = target;
                out.pipeline().addLast(new HttpClientCodec(8192, Greeting.MAX_HEAD, 8192), new Answer(ctx));
                out.config().setAutoRead(true);
                send(ctx, out, outgoing);
            }
        });
    }

    private static void send(ChannelHandlerContext ctx, Channel out, HttpRequest request) {
        out.writeAndFlush(request);
        ctx.read();
    }

    private void disclose(HttpHeaders headers, ChannelHandlerContext ctx) {
        if (role.anonymity() == Anonymity.TRANSPARENT) {
            String client = ((InetSocketAddress) ctx.channel().remoteAddress())
                    .getAddress()
                    .getHostAddress();
            String before = headers.get("X-Forwarded-For");
            headers.set("X-Forwarded-For", before == null ? client : before + ", " + client);
        }
        if (addsVia()) {
            headers.add(HttpHeaderNames.VIA, VIA);
        }
    }

    private boolean addsVia() {
        return role.anonymity() == Anonymity.TRANSPARENT || role.anonymity() == Anonymity.ANONYMOUS;
    }

    private static void dropHopByHop(HttpHeaders headers) {
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (String named : value.split(",", -1)) {
                String field = named.trim().toLowerCase(Locale.ROOT);
                if (!field.isEmpty() && !field.equals("transfer-encoding") && !field.equals("content-length")) {
                    headers.remove(field);
                }
            }
        }
        for (String field : HOP_BY_HOP) {
            headers.remove(field);
        }
    }

    private void body(ChannelHandlerContext ctx, HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        Channel out = upstream;
        boolean sent = !discarding && out != null && out.isActive();
        if (sent) {
            Objects.requireNonNull(out).writeAndFlush(content);
        } else {
            content.release();
        }
        if (last) {
            requestDone = true;
            next(ctx);
        } else if (sent && !Objects.requireNonNull(out).isWritable()) {
            waiting = true;
        } else {
            ctx.read();
        }
    }

    /** An answer of our own. What is left of the request is read and dropped. */
    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status) {
        discarding = true;
        responseBegun = true;
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
        if (status.equals(HttpResponseStatus.PROXY_AUTHENTICATION_REQUIRED)) {
            response.headers().set(HttpHeaderNames.PROXY_AUTHENTICATE, "Basic realm=\"farm\"");
        }
        HttpUtil.setContentLength(response, 0);
        HttpUtil.setKeepAlive(response, keepAlive);
        ctx.writeAndFlush(response);
        responseDone = true;
        if (!requestDone && keepAlive) {
            ctx.read();
        } else {
            next(ctx);
        }
    }

    /** Goes on to the next request when this one is over on both ways; without keep-alive the answer's end suffices. */
    private void next(ChannelHandlerContext ctx) {
        if (!responseDone) {
            return;
        }
        if (!keepAlive) {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else if (requestDone) {
            ctx.read();
        }
    }

    private void leaveUpstream() {
        Channel open = upstream;
        upstream = null;
        upstreamTarget = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Channel out = upstream;
        if (out != null) {
            out.config().setAutoRead(ctx.channel().isWritable());
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        leaveUpstream();
        ctx.fireChannelInactive();
    }

    /** The target's side. */
    private final class Answer extends ChannelInboundHandlerAdapter {
        private final ChannelHandlerContext client;
        private boolean interim;
        private boolean staysOpen;
        private boolean injecting;

        Answer(ChannelHandlerContext client) {
            this.client = client;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (ctx.channel() != upstream || responseDone) {
                ReferenceCountUtil.release(message);
                ctx.close();
                return;
            }
            if (message instanceof HttpResponse response) {
                head(ctx, response);
            } else if (message instanceof HttpContent content) {
                content(content);
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        private void head(ChannelHandlerContext ctx, HttpResponse response) {
            if (response.decoderResult().isFailure()) {
                ReferenceCountUtil.release(response);
                ctx.close();
                return;
            }
            interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
            if (!interim) {
                responseBegun = true;
                staysOpen = HttpUtil.isKeepAlive(response);
                dropHopByHop(response.headers());
                if (addsVia()) {
                    response.headers().add(HttpHeaderNames.VIA, VIA);
                }
                boolean empty = method.equals(HttpMethod.HEAD)
                        || response.status().code() == 204
                        || response.status().code() == 304;
                injecting = !empty && role.behaviour() == Behaviour.INJECT && isPlainHtml(response);
                if (injecting && HttpUtil.isContentLengthSet(response)) {
                    HttpUtil.setContentLength(response, HttpUtil.getContentLength(response) + SCRIPT.length);
                }
                keepAlive &=
                        empty || HttpUtil.isContentLengthSet(response) || HttpUtil.isTransferEncodingChunked(response);
                HttpUtil.setKeepAlive(response, keepAlive);
            }
            client.write(response);
        }

        private void content(HttpContent content) {
            if (!(content instanceof LastHttpContent)) {
                client.write(content);
                return;
            }
            if (interim) {
                interim = false;
                client.writeAndFlush(content);
                return;
            }
            if (injecting) {
                client.write(new DefaultHttpContent(content.content().retainedSlice()));
                client.write(new DefaultHttpContent(Unpooled.wrappedBuffer(SCRIPT)));
                content.release();
                client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            } else {
                client.writeAndFlush(content);
            }
            responseDone = true;
            if (!staysOpen) {
                leaveUpstream();
            }
            // An answer before the end of the request: the rest is not waited for.
            keepAlive &= requestDone;
            next(client);
        }

        private static boolean isPlainHtml(HttpResponse response) {
            String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
            return type.toLowerCase(Locale.ROOT).startsWith("text/html")
                    && !response.headers().contains(HttpHeaderNames.CONTENT_ENCODING);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            client.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (waiting && ctx.channel().isWritable()) {
                waiting = false;
                client.read();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (ctx.channel() != upstream) {
                return;
            }
            leaveUpstream();
            if (responseDone) {
                return;
            }
            keepAlive = false;
            if (responseBegun) {
                client.close();
            } else {
                refuse(client, HttpResponseStatus.BAD_GATEWAY);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
