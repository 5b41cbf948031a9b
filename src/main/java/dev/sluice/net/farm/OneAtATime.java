package dev.sluice.net.farm;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Behind a decoder, with auto-read off: hands on one message a {@code read()}, and reads from the socket only when none is
 * left. What one read of the socket held is all that ever waits here. An ask stays open until a message comes, however
 * many reads that takes.
 */
final class OneAtATime extends ChannelDuplexHandler {
    private final Queue<Object> waiting = new ArrayDeque<>();
    private boolean asked;
    private boolean delivering;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        waiting.add(message);
        deliver(ctx);
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        asked = true;
        deliver(ctx);
    }

    private void deliver(ChannelHandlerContext ctx) {
        if (delivering) {
            return;
        }
        delivering = true;
        try {
            while (asked) {
                Object message = waiting.poll();
                if (message == null) {
                    break;
                }
                asked = false;
                ctx.fireChannelRead(message);
            }
        } finally {
            delivering = false;
        }
        if (asked) {
            ctx.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        releaseAll();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releaseAll();
    }

    private void releaseAll() {
        for (@Nullable Object message = waiting.poll(); message != null; message = waiting.poll()) {
            ReferenceCountUtil.release(message);
        }
    }
}
