package dev.sluice.net.farm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Those who accept and then do not do what a proxy does. */
final class Misbehaviour {
    static final byte[] PAGE = ascii("<!DOCTYPE html><title>Welcome</title><p>This page is all there is.");

    private Misbehaviour() {}

    /** The handler for {@code behaviour}, which is one that accepts and does not forward; {@code exit} is its way out. */
    static ChannelHandler of(Behaviour behaviour, InetAddress exit, Surroundings around) {
        int seed = FrontDoor.address(exit);
        return switch (behaviour) {
            case MUTE, ANCHOR -> new Mute();
            case DRIP -> new Drip();
            case RESET -> new HalfAnswer();
            case GARBAGE -> new Garbage(seed);
            case ALWAYS_200 -> new AlwaysOk();
            case ENDLESS_HEADERS -> Endless.headers();
            case GIANT_HEADER -> Endless.giantHeader();
            case ENDLESS_CHUNKS -> Endless.chunks();
            case WRONG_SOCKS5_METHOD -> SocksLie.method();
            case WRONG_SOCKS5_LENGTH -> SocksLie.length();
            case WRONG_SOCKS4_REPLY -> SocksLie.reply();
            case RESET_IN_TLS -> new ResetInTls();
            case REPLAY -> new Replay(exit, around);
            case REDIRECT_TO_SELF -> FalseAnswer.redirect();
            case LENGTH_TOO_LONG -> FalseAnswer.tooLong();
            case LENGTH_TOO_SHORT -> FalseAnswer.tooShort();
            case ALWAYS_407 -> FalseAnswer.passwordWanted();
            case ALWAYS_502 -> FalseAnswer.badGateway();
            case CLOSE_AFTER_REQUEST -> FalseAnswer.nothing();
            case UNASKED_GZIP -> FalseAnswer.gzip();
            case PROXY, LOCKED, INJECT, SWAP_CERTIFICATE, SILENT, REFUSE ->
                throw new IllegalArgumentException(
                        "behaviour: " + behaviour.text() + " (expected: one that accepts and does not forward)");
        };
    }

    /** Ends a connection with RST instead of FIN. */
    static void reset(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static final class Mute extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }
    }

    private static final class Drip extends ChannelInboundHandlerAdapter {
        private static final byte[] HTTP =
                ascii("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\npatience ...");
        private static final byte[] SOCKS5 = {5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80};
        private static final byte[] SOCKS4 = {0, 90, 0, 80, 127, 0, 0, 1};

        private byte[] script = {};
        private int sent;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            if (script.length == 0 && in.isReadable()) {
                script = switch (in.getByte(in.readerIndex())) {
                    case 5 -> join(SOCKS5, HTTP);
                    case 4 -> join(SOCKS4, HTTP);
                    default -> HTTP;
                };
                drop(ctx);
            }
            in.release();
        }

        private void drop(ChannelHandlerContext ctx) {
            if (!ctx.channel().isActive()) {
                return;
            }
            if (sent == script.length) {
                ctx.close();
                return;
            }
            ctx.writeAndFlush(Unpooled.wrappedBuffer(script, sent++, 1));
            ctx.executor().schedule(() -> drop(ctx), 1, TimeUnit.SECONDS);
        }
    }

    /** SOCKS clients get a proper greeting, and the reset in place of the second answer. */
    private static final class HalfAnswer extends ChannelInboundHandlerAdapter {
        private static final byte[] HTTP =
                ascii("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<!DOCTYPE html><ti");
        private static final byte[] SOCKS5 = {5, 0};
        private static final byte[] SOCKS4 = {0, 90, 0};

        private boolean greeted;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            byte first = in.isReadable() ? in.getByte(in.readerIndex()) : 0;
            in.release();
            if (first == 5 && !greeted) {
                greeted = true;
                ctx.writeAndFlush(Unpooled.wrappedBuffer(SOCKS5));
            } else if (greeted) {
                reset(ctx.channel());
            } else {
                ctx.writeAndFlush(Unpooled.wrappedBuffer(first == 4 ? SOCKS4 : HTTP))
                        .addListener(done -> reset(ctx.channel()));
            }
        }
    }

    private static final class Garbage extends ChannelInboundHandlerAdapter {
        private static final int LENGTH = 512;

        private final long seed;

        Garbage(long seed) {
            this.seed = seed;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
            byte[] bytes = new byte[LENGTH];
            new Random(seed).nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) {
                // No ASCII, no line end, no version byte of SOCKS.
                bytes[i] |= (byte) 0x80;
            }
            ctx.writeAndFlush(Unpooled.wrappedBuffer(bytes)).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Answers whenever a request's head ends; what is no text gets the answer at once and the end. */
    private static final class AlwaysOk extends ChannelInboundHandlerAdapter {
        private static final byte[] ANSWER = join(
                ascii("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + PAGE.length + "\r\n\r\n"),
                PAGE);
        private static final byte[] END = ascii("\r\n\r\n");

        private int matched;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            boolean text = in.isReadable() && (matched > 0 || in.getByte(in.readerIndex()) >= ' ');
            int heads = 0;
            while (text && in.isReadable()) {
                byte b = in.readByte();
                matched = b == END[matched] ? matched + 1 : b == END[0] ? 1 : 0;
                if (matched == END.length) {
                    matched = 0;
                    heads++;
                }
            }
            in.release();
            if (!text) {
                ctx.writeAndFlush(Unpooled.wrappedBuffer(ANSWER)).addListener(ChannelFutureListener.CLOSE);
            }
            for (int i = 0; i < heads; i++) {
                ctx.write(Unpooled.wrappedBuffer(ANSWER));
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }
    }
}
