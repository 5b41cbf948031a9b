package dev.sluice.net.farm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Answers to SOCKS that break RFC 1928 or the protocol of version 4; whoever speaks something else is sent away. */
final class SocksLie extends ChannelInboundHandlerAdapter {
    private static final byte[] NO_AUTHENTICATION = {5, 0};
    private static final byte[] METHOD_NOT_OFFERED = {5, (byte) 0x80};
    /** A name of 255 bytes, of which four come. */
    private static final byte[] CUT_NAME = {5, 0, 0, 3, (byte) 255, 'f', 'a', 'r', 'm'};

    private static final byte[] NO_SUCH_CODE = {0, 99, 0, 0, 0, 0, 0, 0};

    private final int version;
    private final byte[][] answers;
    private int given;

    private SocksLie(int version, byte[]... answers) {
        this.version = version;
        this.answers = answers;
    }

    static SocksLie method() {
        return new SocksLie(5, METHOD_NOT_OFFERED);
    }

    static SocksLie length() {
        return new SocksLie(5, NO_AUTHENTICATION, CUT_NAME);
    }

    static SocksLie reply() {
        return new SocksLie(4, NO_SUCH_CODE);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        boolean ours = given > 0 || in.getUnsignedByte(in.readerIndex()) == version;
        in.release();
        if (!ours) {
            ctx.close();
        } else if (given < answers.length) {
            ctx.writeAndFlush(Unpooled.wrappedBuffer(answers[given++]));
        }
    }
}
