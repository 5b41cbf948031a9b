package dev.sluice.net;

import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * A proxy's handshake. Speaks as soon as the channel is active, reads strictly and within bounds, and leaves the pipeline
 * when it is through. A byte too many is a violation: nobody may speak before we do.
 */
abstract class Handshake extends ByteToMessageDecoder {
    private final Listener listener;
    private boolean started;
    private boolean over;

    Handshake(Listener listener) {
        this.listener = listener;
    }

    /** What the first message is. */
    abstract ByteBuf greeting(ChannelHandlerContext context);

    /** Reads what is there; calls {@link #succeed} or {@link #fail} once it knows. */
    abstract void read(ChannelHandlerContext context, ByteBuf in);

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (context.channel().isActive()) {
            begin(context);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        begin(context);
        super.channelActive(context);
    }

    private void begin(ChannelHandlerContext context) {
        if (!started) {
            started = true;
            context.writeAndFlush(greeting(context), context.voidPromise());
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
        } else {
            read(context, in);
        }
    }

    final void succeed(ChannelHandlerContext context, ByteBuf in) {
        if (in.isReadable()) {
            fail(in, FailureReason.PROTOCOL, in.readableBytes() + " bytes after the handshake");
            return;
        }
        over = true;
        context.pipeline().remove(this);
        listener.succeeded();
    }

    final void fail(ByteBuf in, FailureReason reason, String detail) {
        over = true;
        in.skipBytes(in.readableBytes());
        listener.failed(reason, detail);
    }

    /** Who waits for the end of a phase. */
    interface Listener {
        void succeeded();

        void failed(FailureReason reason, String detail);
    }
}
