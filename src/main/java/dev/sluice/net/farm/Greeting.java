package dev.sluice.net.farm;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Scheme;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * First in a proxy's connection: tells the protocol from the first byte, does the handshake of CONNECT (RFC 9110 9.3.6),
 * SOCKS4, SOCKS4a and SOCKS5 (RFC 1928, 1929), then gives way to a tunnel; absolute-form requests go to
 * {@link Forwarding}.
 */
final class Greeting extends ByteToMessageDecoder {
    static final int MAX_HEAD = 16 * 1024;
    private static final int MAX_EARLY = 64 * 1024;
    private static final int MAX_USER = 255;
    private static final byte[] CONNECT = ascii("CONNECT ");
    private static final byte[] HEAD_END = ascii("\r\n\r\n");
    private static final int NO_AUTHENTICATION = 0;
    private static final int USER_PASSWORD = 2;
    private static final int NO_METHOD = 0xff;
    private static final int SOCKS5_GRANTED = 0;
    private static final int SOCKS5_NOT_ALLOWED = 2;
    private static final int SOCKS5_UNREACHABLE = 4;
    private static final int SOCKS5_REFUSED = 5;
    private static final int SOCKS5_COMMAND = 7;
    private static final int SOCKS5_ADDRESS_TYPE = 8;
    private static final int SOCKS4_GRANTED = 90;
    private static final int SOCKS4_REJECTED = 91;
    private static final int SOCKS4_WRONG_USER = 93;

    private enum Stage {
        FIRST,
        CONNECT,
        SOCKS4,
        SOCKS5_METHODS,
        SOCKS5_PASSWORD,
        SOCKS5_REQUEST,
        DIALLING,
        ENDED
    }

    private final Role role;
    private final InetAddress exit;
    private final Surroundings around;
    private Stage stage = Stage.FIRST;

    Greeting(Role role, InetAddress exit, Surroundings around) {
        this.role = role;
        this.exit = exit;
        this.around = around;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (stage == Stage.FIRST) {
            stage = tellProtocol(ctx, in);
        }
        switch (stage) {
            case CONNECT -> connect(ctx, in);
            case SOCKS4 -> socks4(ctx, in);
            case SOCKS5_METHODS -> socks5Methods(ctx, in);
            case SOCKS5_PASSWORD -> socks5Password(ctx, in);
            case SOCKS5_REQUEST -> socks5Request(ctx, in);
            case DIALLING -> {
                if (in.readableBytes() > MAX_EARLY) {
                    ctx.close();
                }
            }
            case ENDED -> in.skipBytes(in.readableBytes());
            case FIRST -> {
                // Not enough bytes to tell, or another handler has taken over.
            }
        }
    }

    private Stage tellProtocol(ChannelHandlerContext ctx, ByteBuf in) {
        int first = in.getUnsignedByte(in.readerIndex());
        if (first == 5 && role.speaks().contains(Scheme.SOCKS5)) {
            return Stage.SOCKS5_METHODS;
        }
        if (first == 4 && role.speaks().contains(Scheme.SOCKS4)) {
            return Stage.SOCKS4;
        }
        if (!role.speaks().contains(Scheme.HTTP)) {
            ctx.close();
            return Stage.ENDED;
        }
        if (first < 'A' || first > 'z') {
            end(ctx, http("400 Bad Request", ""));
            return Stage.ENDED;
        }
        int comparable = Math.min(in.readableBytes(), CONNECT.length);
        if (!ByteBufUtil.equals(in, in.readerIndex(), Unpooled.wrappedBuffer(CONNECT), 0, comparable)) {
            forward(ctx);
            return Stage.FIRST;
        }
        return comparable == CONNECT.length ? Stage.CONNECT : Stage.FIRST;
    }

    private void forward(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        channel.config().setAutoRead(false);
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addBefore(Guard.NAME, null, new HttpServerCodec(8192, MAX_HEAD, 8192));
        pipeline.addBefore(Guard.NAME, null, new OneAtATime());
        pipeline.addBefore(Guard.NAME, null, new Forwarding(role, exit, around));
        pipeline.remove(this);
        channel.read();
    }

    private void connect(ChannelHandlerContext ctx, ByteBuf in) {
        int length = headLength(in);
        if (length < 0) {
            if (in.readableBytes() > MAX_HEAD) {
                end(ctx, http("431 Request Header Fields Too Large", ""));
            }
            return;
        }
        if (length > MAX_HEAD) {
            end(ctx, http("431 Request Header Fields Too Large", ""));
            return;
        }
        String[] lines = in.readCharSequence(length, StandardCharsets.ISO_8859_1)
                .toString()
                .split("\r\n", -1);
        String[] request = lines[0].split(" ", -1);
        Authority authority =
                request.length == 3 && request[2].startsWith("HTTP/1.") ? Authority.parse(request[1], 0) : null;
        if (authority == null) {
            end(ctx, http("400 Bad Request", ""));
        } else if (!BasicAuth.admits(role.credentials(), header(lines, "proxy-authorization"))) {
            // The client may try again on this connection.
            stage = Stage.FIRST;
            ctx.writeAndFlush(
                    http("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"farm\"\r\n"));
        } else if (!role.tunnels()) {
            end(ctx, http("405 Method Not Allowed", "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n"));
        } else {
            dial(ctx, authority.host(), authority.port(), new ConnectAnswers());
        }
    }

    /** Length of the head with its end; -1 when the end has not come. */
    private static int headLength(ByteBuf in) {
        int at = ByteBufUtil.indexOf(Unpooled.wrappedBuffer(HEAD_END), in);
        return at < 0 ? -1 : at - in.readerIndex() + HEAD_END.length;
    }

    private static @Nullable String header(String[] lines, String name) {
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0
                    && lines[i].substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
                return lines[i].substring(colon + 1).trim();
            }
        }
        return null;
    }

    private void socks4(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 9) {
            return;
        }
        int userEnd = in.indexOf(start + 8, Math.min(in.writerIndex(), start + 8 + MAX_USER + 1), (byte) 0);
        if (userEnd < 0) {
            if (in.readableBytes() > 8 + MAX_USER) {
                end(ctx, socks4Answer(SOCKS4_REJECTED));
            }
            return;
        }
        int command = in.getUnsignedByte(start + 1);
        int port = in.getUnsignedShort(start + 2);
        byte[] address = new byte[4];
        in.getBytes(start + 4, address);
        boolean named = address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
        int end = userEnd;
        String host = Targets.ipv4(address).getHostAddress();
        if (named) {
            end = in.indexOf(userEnd + 1, Math.min(in.writerIndex(), userEnd + 1 + MAX_USER + 1), (byte) 0);
            if (end < 0) {
                if (in.writerIndex() - userEnd > MAX_USER + 1) {
                    end(ctx, socks4Answer(SOCKS4_REJECTED));
                }
                return;
            }
            host = in.toString(userEnd + 1, end - userEnd - 1, StandardCharsets.US_ASCII);
        }
        String user = in.toString(start + 8, userEnd - start - 8, StandardCharsets.UTF_8);
        in.readerIndex(end + 1);
        Credentials wanted = role.credentials();
        if (command != 1) {
            end(ctx, socks4Answer(SOCKS4_REJECTED));
        } else if (wanted != null && !wanted.user().equals(user)) {
            end(ctx, socks4Answer(SOCKS4_WRONG_USER));
        } else {
            dial(ctx, host, port, new Socks4Answers());
        }
    }

    private void socks5Methods(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 2 || in.readableBytes() < 2 + in.getUnsignedByte(start + 1)) {
            return;
        }
        int count = in.getUnsignedByte(start + 1);
        int wanted = role.credentials() == null ? NO_AUTHENTICATION : USER_PASSWORD;
        boolean offered = count > 0 && in.indexOf(start + 2, start + 2 + count, (byte) wanted) >= 0;
        in.skipBytes(2 + count);
        if (!offered) {
            end(ctx, bytes(5, NO_METHOD));
            return;
        }
        stage = wanted == USER_PASSWORD ? Stage.SOCKS5_PASSWORD : Stage.SOCKS5_REQUEST;
        ctx.writeAndFlush(bytes(5, wanted));
    }

    private void socks5Password(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 2) {
            return;
        }
        int userLength = in.getUnsignedByte(start + 1);
        if (in.readableBytes() < 3 + userLength) {
            return;
        }
        int passwordLength = in.getUnsignedByte(start + 2 + userLength);
        if (in.readableBytes() < 3 + userLength + passwordLength) {
            return;
        }
        String user = in.toString(start + 2, userLength, StandardCharsets.UTF_8);
        String password = in.toString(start + 3 + userLength, passwordLength, StandardCharsets.UTF_8);
        boolean version = in.getUnsignedByte(start) == 1;
        in.skipBytes(3 + userLength + passwordLength);
        if (!version || !Credentials.of(user, password).equals(role.credentials())) {
            end(ctx, bytes(1, 1));
            return;
        }
        stage = Stage.SOCKS5_REQUEST;
        ctx.writeAndFlush(bytes(1, 0));
    }

    private void socks5Request(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 5) {
            return;
        }
        int type = in.getUnsignedByte(start + 3);
        int length = switch (type) {
            case 1 -> 4;
            case 3 -> 1 + in.getUnsignedByte(start + 4);
            case 4 -> 16;
            default -> 0;
        };
        if (in.readableBytes() < 4 + length + 2) {
            if (length == 0) {
                end(ctx, socks5Answer(SOCKS5_ADDRESS_TYPE, null));
            }
            return;
        }
        int version = in.getUnsignedByte(start);
        int command = in.getUnsignedByte(start + 1);
        String host = type == 3 ? in.toString(start + 5, length - 1, StandardCharsets.US_ASCII) : "";
        if (type == 1) {
            byte[] address = new byte[4];
            in.getBytes(start + 4, address);
            host = Targets.ipv4(address).getHostAddress();
        }
        int port = in.getUnsignedShort(start + 4 + length);
        in.skipBytes(4 + length + 2);
        if (version != 5) {
            ctx.close();
            stage = Stage.ENDED;
        } else if (command != 1) {
            end(ctx, socks5Answer(SOCKS5_COMMAND, null));
        } else if (length == 0) {
            end(ctx, socks5Answer(SOCKS5_ADDRESS_TYPE, null));
        } else {
            dial(ctx, host, port, new Socks5Answers());
        }
    }

    private void dial(ChannelHandlerContext ctx, String host, int port, Answers answers) {
        InetSocketAddress target = around.targets().resolve(host, port);
        if (target == null) {
            end(ctx, answers.notAllowed());
            return;
        }
        stage = Stage.DIALLING;
        ctx.channel().config().setAutoRead(false);
        around.exits().dial(ctx.channel().eventLoop(), exit, target).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                end(ctx, answers.failed(dialled.cause()));
                return;
            }
            Channel out = dialled.getNow();
            if (!ctx.channel().isActive() || !out.isActive()) {
                out.close();
                ctx.close();
            } else {
                ctx.writeAndFlush(answers.granted((InetSocketAddress) out.localAddress()));
                join(ctx, out);
            }
        });
    }

    /** From here on both sides only pass bytes; what the client sent early goes first. */
    private void join(ChannelHandlerContext ctx, Channel out) {
        ChannelPipeline pipeline = ctx.pipeline();
        if (role.behaviour() == Behaviour.SWAP_CERTIFICATE) {
            pipeline.addBefore(Guard.NAME, null, new CertificateSwap(out, around.certificates()));
        }
        pipeline.addBefore(Guard.NAME, Relay.NAME, new Relay(out));
        out.pipeline().addLast(Relay.NAME, new Relay(ctx.channel()));
        pipeline.remove(this);
        out.config().setAutoRead(true);
        ctx.channel().config().setAutoRead(true);
    }

    private void end(ChannelHandlerContext ctx, ByteBuf answer) {
        stage = Stage.ENDED;
        ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }

    private static ByteBuf http(String status, String headers) {
        return Unpooled.wrappedBuffer(ascii("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 0\r\n\r\n"));
    }

    private static ByteBuf bytes(int first, int second) {
        return Unpooled.wrappedBuffer(new byte[] {(byte) first, (byte) second});
    }

    private static ByteBuf socks4Answer(int code) {
        return Unpooled.buffer(8).writeByte(0).writeByte(code).writeZero(6);
    }

    private static ByteBuf socks5Answer(int code, @Nullable InetSocketAddress bound) {
        ByteBuf answer =
                Unpooled.buffer(10).writeByte(5).writeByte(code).writeByte(0).writeByte(1);
        return bound == null
                ? answer.writeZero(6)
                : answer.writeBytes(bound.getAddress().getAddress()).writeShort(bound.getPort());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** How a protocol says what became of the connection to the target. */
    private interface Answers {
        ByteBuf granted(InetSocketAddress bound);

        ByteBuf notAllowed();

        ByteBuf failed(Throwable cause);
    }

    private static final class ConnectAnswers implements Answers {
        @Override
        public ByteBuf granted(InetSocketAddress bound) {
            return Unpooled.wrappedBuffer(ascii("HTTP/1.1 200 Connection established\r\n\r\n"));
        }

        @Override
        public ByteBuf notAllowed() {
            return http("403 Forbidden", "");
        }

        @Override
        public ByteBuf failed(Throwable cause) {
            return http("502 Bad Gateway", "");
        }
    }

    private static final class Socks4Answers implements Answers {
        @Override
        public ByteBuf granted(InetSocketAddress bound) {
            return socks4Answer(SOCKS4_GRANTED);
        }

        @Override
        public ByteBuf notAllowed() {
            return socks4Answer(SOCKS4_REJECTED);
        }

        @Override
        public ByteBuf failed(Throwable cause) {
            return socks4Answer(SOCKS4_REJECTED);
        }
    }

    private static final class Socks5Answers implements Answers {
        @Override
        public ByteBuf granted(InetSocketAddress bound) {
            return socks5Answer(SOCKS5_GRANTED, bound);
        }

        @Override
        public ByteBuf notAllowed() {
            return socks5Answer(SOCKS5_NOT_ALLOWED, null);
        }

        @Override
        public ByteBuf failed(Throwable cause) {
            return socks5Answer(cause instanceof ConnectException ? SOCKS5_REFUSED : SOCKS5_UNREACHABLE, null);
        }
    }
}
