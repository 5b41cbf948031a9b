package dev.sluice.net.farm;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Collects the heads of HTTP requests within a bound; who speaks anything else is sent away. Bodies are not expected. */
abstract class RequestHeads extends ChannelInboundHandlerAdapter {
    private static final String END = "\r\n\r\n";

    private final StringBuilder head = new StringBuilder(256);

    /** A request's head has come whole. */
    abstract void asked(ChannelHandlerContext ctx, String request);

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable() && ctx.channel().isActive()) {
                char c = (char) in.readUnsignedByte();
                head.append(c);
                if (head.charAt(0) < ' ' || head.length() > Greeting.MAX_HEAD) {
                    ctx.close();
                } else if (c == '\n' && head.length() >= END.length() && head.lastIndexOf(END) == head.length() - 4) {
                    String request = head.toString();
                    head.setLength(0);
                    asked(ctx, request);
                }
            }
        } finally {
            in.release();
        }
    }
}
