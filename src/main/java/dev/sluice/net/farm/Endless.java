package dev.sluice.net.farm;

import static dev.sluice.net.farm.Misbehaviour.ascii;
import static dev.sluice.net.farm.Misbehaviour.join;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;

/**
 * Answers with more than anybody should read: a block every few milliseconds, the next when the last one has been taken, so
 * that a connection costs one shared block however long it lasts.
 */
final class Endless extends RequestHeads {
    private static final int PAUSE_MILLIS = 10;
    private static final int BLOCK_BYTES = 64 * 1024;
    private static final int CHUNK_BYTES = 4096;
    private static final int GIANT_BLOCKS = 10 * 1024 * 1024 / BLOCK_BYTES;
    private static final byte[] OK = ascii("HTTP/1.1 200 OK\r\n");
    private static final byte[] HEADERS = ascii("X-Farm: there is more to come\r\n".repeat(128));
    private static final byte[] CHUNKED = ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    private static final byte[] CHUNK =
            ascii(Integer.toHexString(CHUNK_BYTES) + "\r\n" + "a".repeat(CHUNK_BYTES) + "\r\n");
    private static final byte[] GIANT = ascii("HTTP/1.1 200 OK\r\nX-Farm: ");
    private static final byte[] BLOCK = ascii("a".repeat(BLOCK_BYTES));
    private static final byte[] GIANT_END = ascii("\r\nContent-Length: 0\r\n\r\n");

    private final byte[] beginning;
    private final byte[] block;
    private final int blocks;
    private final byte[] end;
    private boolean begun;

    private Endless(byte[] beginning, byte[] block, int blocks, byte[] end) {
        this.beginning = beginning;
        this.block = block;
        this.blocks = blocks;
        this.end = end;
    }

    static Endless headers() {
        return new Endless(OK, HEADERS, Integer.MAX_VALUE, new byte[0]);
    }

    static Endless chunks() {
        return new Endless(CHUNKED, CHUNK, Integer.MAX_VALUE, new byte[0]);
    }

    static Endless giantHeader() {
        return new Endless(GIANT, BLOCK, GIANT_BLOCKS, GIANT_END);
    }

    @Override
    void asked(ChannelHandlerContext ctx, String request) {
        if (!begun) {
            begun = true;
            pour(ctx, join(beginning, block), blocks - 1);
        }
    }

    private void pour(ChannelHandlerContext ctx, byte[] piece, int left) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(piece)).addListener((ChannelFuture taken) -> {
            if (!taken.isSuccess()) {
                return;
            }
            if (left > 0) {
                ctx.executor().schedule(() -> pour(ctx, block, left - 1), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } else if (left == 0) {
                pour(ctx, end, -1);
            }
        });
    }
}
