package dev.sluice.net.farm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What targets once answered, byte by byte: one answer a target, of at most {@value #MAX_BYTES} bytes, of at most
 * {@value #MAX_TARGETS} targets. Thread-safe.
 */
final class Recordings {
    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_TARGETS = 64;
    private static final int MAX_SECONDS = 5;

    private final Map<InetSocketAddress, CompletableFuture<byte[]>> answers = new ConcurrentHashMap<>();

    /**
     * The answer of {@code target}. Who comes first fetches it, the others get the same; after a failure the next one tries
     * again.
     *
     * @param dial opens a connection to {@code target} that does not read by itself yet
     * @param request is sent on it
     * @return fails with {@link IOException} when nothing was answered, or when the book is full
     */
    CompletableFuture<byte[]> of(InetSocketAddress target, Supplier<Future<Channel>> dial, byte[] request) {
        CompletableFuture<byte[]> known = answers.get(target);
        if (known != null) {
            return known;
        }
        CompletableFuture<byte[]> recording = new CompletableFuture<>();
        if (answers.size() >= MAX_TARGETS) {
            recording.completeExceptionally(new IOException("targets: more than " + MAX_TARGETS));
            return recording;
        }
        CompletableFuture<byte[]> first = answers.putIfAbsent(target, recording);
        if (first != null) {
            return first;
        }
        recording.whenComplete((bytes, failure) -> {
            if (failure != null) {
                answers.remove(target, recording);
            }
        });
        dial.get().addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                recording.completeExceptionally(dialled.cause());
                return;
            }
            Channel out = dialled.getNow();
            out.pipeline().addLast(new Recorder(recording));
            out.config().setAutoRead(true);
            out.writeAndFlush(Unpooled.wrappedBuffer(request));
            out.eventLoop().schedule(() -> out.close(), MAX_SECONDS, TimeUnit.SECONDS);
        });
        return recording;
    }

    /** Writes down what comes until the end, or until it is enough. */
    private static final class Recorder extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<byte[]> recording;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);

        Recorder(CompletableFuture<byte[]> recording) {
            this.recording = recording;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
            ByteBuf in = (ByteBuf) message;
            try {
                in.readBytes(bytes, Math.min(in.readableBytes(), MAX_BYTES - bytes.size()));
            } finally {
                in.release();
            }
            if (bytes.size() == MAX_BYTES) {
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (bytes.size() == 0) {
                recording.completeExceptionally(new IOException("the target said nothing"));
            } else {
                recording.complete(bytes.toByteArray());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
