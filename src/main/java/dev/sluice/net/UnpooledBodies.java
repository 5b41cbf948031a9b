package dev.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Copies the bodies of requests out of pooled memory before Vert.x sees them. Vert.x (5.0) copies them itself, but only when
 * it comes to them; what it holds back while an earlier request of the connection is answered is never given back to the pool
 * when the connection ends meanwhile, so that clients who pipeline and leave could use all direct memory up.
 *
 * <p>{@code server.connectionHandler(UnpooledBodies::install)}, after whatever else changes the pipeline.
 */
@ChannelHandler.Sharable
public final class UnpooledBodies extends ChannelInboundHandlerAdapter {
    private static final UnpooledBodies INSTANCE = new UnpooledBodies();
    private static final String BEFORE = "handler";
    private static final String NAME = "unpooledBodies";

    private UnpooledBodies() {}

    /** Takes a new connection of a server; to be called on its event loop, before anything is read from it. */
    public static void install(HttpConnection connection) {
        if (connection instanceof ConnectionBase base
                && base.channel().pipeline().get(BEFORE) != null
                && base.channel().pipeline().get(NAME) == null) {
            base.channel().pipeline().addBefore(BEFORE, NAME, INSTANCE);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        context.fireChannelRead(
                message instanceof HttpContent content && content.content().isReadable() ? copied(content) : message);
    }

    private static HttpContent copied(HttpContent content) {
        try {
            ByteBuf bytes = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(content.content()));
            HttpContent copy = content instanceof LastHttpContent last
                    ? new DefaultLastHttpContent(bytes, last.trailingHeaders())
                    : new DefaultHttpContent(bytes);
            copy.setDecoderResult(content.decoderResult());
            return copy;
        } finally {
            content.release();
        }
    }
}
