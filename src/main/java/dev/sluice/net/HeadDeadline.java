package dev.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP decoder of a connection, with a deadline: a head that is not complete in time after its first byte is answered 408,
 * and the connection closed. Whole heads never read the clock; a connection has one timer at most, which is armed when a
 * read leaves part of a head behind and moves on by itself from head to head. The deadline rests while an earlier request is
 * owed its answer, as the server may not be reading then.
 *
 * <p>It can be held: then it stops between two messages and leaves the bytes of the next undecoded. Confined to the event
 * loop.
 */
final class HeadDeadline extends VertxHttpRequestDecoder {
    private static final byte[] TIMED_OUT =
            "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private static final long SECOND_LOOK_NANOS = 1_000_000;

    private final long timeoutNanos;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> timer;
    private boolean expectsHead = true;
    private boolean begun;
    private boolean completed;
    private boolean waiting;
    private boolean owes;
    private boolean held;
    private boolean looked;
    private boolean expired;
    private long sinceNanos;

    /**
     * A decoder.
     *
     * @param options with the limits of the server
     * @param timeoutNanos more than 0
     */
    HeadDeadline(HttpServerOptions options, long timeoutNanos) {
        super(options);
        this.timeoutNanos = timeoutNanos;
    }

    /** Whether an earlier request is owed its answer; when it no longer is, a head that waits has all its time again. */
    void owes(boolean answer) {
        owes = answer;
        if (!answer && waiting) {
            sinceNanos = nowNanos();
        }
    }

    /**
     * Decodes no further message until {@link #resume}; a message that has begun is decoded to its end. The deadline rests
     * meanwhile.
     */
    void hold() {
        held = true;
        waiting = false;
    }

    boolean isHeld() {
        return held;
    }

    /** Goes on with what was left undecoded. Not to be called from within a read. */
    void resume() throws Exception {
        held = false;
        ChannelHandlerContext reading = context;
        if (reading != null) {
            channelRead(reading, Unpooled.EMPTY_BUFFER);
            channelReadComplete(reading);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) throws Exception {
        context = added;
        super.handlerAdded(added);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext removed) throws Exception {
        stop();
        super.handlerRemoved0(removed);
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) throws Exception {
        stop();
        super.channelInactive(inactive);
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) throws Exception {
        super.channelRead(reading, message);
        if (expectsHead && !held && (begun || actualReadableBytes() > 0)) {
            if (!waiting || completed) {
                waiting = true;
                looked = false;
                sinceNanos = nowNanos();
                if (timer == null && !reading.isRemoved()) {
                    schedule(timeoutNanos);
                }
            }
        } else {
            waiting = false;
        }
        completed = false;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reading) throws Exception {
        if (held) {
            // The decoder would ask for more to read, as nothing came of what there is.
            discardSomeReadBytes();
            reading.fireChannelReadComplete();
        } else {
            super.channelReadComplete(reading);
        }
    }

    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        begun = true;
        return super.createMessage(initialLine);
    }

    @Override
    protected void decode(ChannelHandlerContext reading, ByteBuf buffer, List<Object> out) throws Exception {
        if (held && expectsHead && !begun) {
            return;
        }
        super.decode(reading, buffer, out);
        if (out.isEmpty()) {
            return;
        }
        Object last = out.get(out.size() - 1);
        begun = false;
        completed = true;
        // What is refused comes as a message, or as contents that failed; nothing is decoded after it.
        expectsHead = last == LastHttpContent.EMPTY_LAST_CONTENT
                || (last instanceof LastHttpContent end
                        && !(last instanceof HttpMessage)
                        && end.decoderResult().isSuccess());
    }

    @Override
    protected void decodeLast(ChannelHandlerContext reading, ByteBuf buffer, List<Object> out) throws Exception {
        if (!expired) {
            super.decodeLast(reading, buffer, out);
        }
    }

    private void look() {
        timer = null;
        ChannelHandlerContext reading = context;
        if (!waiting || reading == null) {
            return;
        }
        if (owes) {
            schedule(timeoutNanos);
            return;
        }
        long leftNanos = timeoutNanos - (nowNanos() - sinceNanos);
        if (leftNanos > 0) {
            looked = false;
            schedule(leftNanos);
        } else if (!looked) {
            // The rest may have come while the loop was held up; let it look at the socket first.
            looked = true;
            schedule(SECOND_LOOK_NANOS);
        } else {
            expire(reading);
        }
    }

    private void expire(ChannelHandlerContext reading) {
        expired = true;
        waiting = false;
        // Past Vert.x, which would wait for a client that does not read. What the socket does not take now is dropped.
        reading.writeAndFlush(reading.alloc().ioBuffer(TIMED_OUT.length).writeBytes(TIMED_OUT));
        reading.close();
    }

    private void schedule(long delayNanos) {
        ChannelHandlerContext reading = context;
        if (reading != null) {
            timer = reading.executor().schedule(this::look, delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void stop() {
        waiting = false;
        context = null;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private long nowNanos() {
        ChannelHandlerContext reading = context;
        return reading == null ? 0 : reading.executor().ticker().nanoTime();
    }
}
