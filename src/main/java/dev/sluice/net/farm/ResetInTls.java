package dev.sluice.net.farm;

import static dev.sluice.net.farm.Misbehaviour.ascii;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;

/** Grants CONNECT; what comes then gets the beginning of a TLS answer and a reset. Other requests are reset at once. */
final class ResetInTls extends RequestHeads {
    private static final byte[] GRANTED = ascii("HTTP/1.1 200 Connection established\r\n\r\n");
    /** A TLS record of 122 bytes, a ServerHello of 118, that ends after two of them. */
    private static final byte[] HALF_HELLO = {0x16, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3};

    private boolean granted;

    @Override
    void asked(ChannelHandlerContext ctx, String request) {
        if (request.startsWith("CONNECT ")) {
            granted = true;
            ctx.writeAndFlush(Unpooled.wrappedBuffer(GRANTED));
        } else {
            Misbehaviour.reset(ctx.channel());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!granted) {
            super.channelRead(ctx, message);
            return;
        }
        ReferenceCountUtil.release(message);
        ctx.writeAndFlush(Unpooled.wrappedBuffer(HALF_HELLO)).addListener(sent -> Misbehaviour.reset(ctx.channel()));
    }
}
