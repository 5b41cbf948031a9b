package dev.sluice.net.farm;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/** Leaves what the client sends in the kernel for a while, then gives way. */
final class Patience extends ChannelInboundHandlerAdapter {
    private final long delayMillis;

    Patience(long delayMillis) {
        this.delayMillis = delayMillis;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(false);
        ctx.executor().schedule(() -> giveWay(ctx), delayMillis, TimeUnit.MILLISECONDS);
    }

    private static void giveWay(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(ctx.handler());
            ctx.channel().config().setAutoRead(true);
        }
    }
}
