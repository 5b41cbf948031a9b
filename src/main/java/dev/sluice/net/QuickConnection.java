package dev.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.VoidChannelPromise;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.net.impl.ShutdownEvent;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link QuickLane} on one connection. It answers only while Vert.x owes no answer to an earlier request; until then it counts
 * the requests that go in to Vert.x and the ends of answers that come out. While the socket takes no more, or Vert.x owes
 * {@value #MOST_OWED} answers, nothing more is decoded and, unless Vert.x stopped it already, nothing more is read: a client that
 * sends and never reads costs a bounded amount of memory. Confined to the event loop.
 */
final class QuickConnection extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(QuickConnection.class);

    /** Answers to pipelined requests are gathered up to this many bytes before they are written. */
    static final int GATHERED = 16_384;

    /** Requests Vert.x may hold at a time; more wait undecoded, as extensions of WebSocket break deep pipelines. */
    static final int MOST_OWED = 16;

    private static final int LEAST_BUFFER = 256;
    private static final int SWITCHING_PROTOCOLS = 101;

    private final QuickHandler handler;
    private final AnswerBytes answer;
    private final ChannelHandlerContext wire;
    private final HeadDeadline deadline;
    private final Channel channel;
    private final ChannelPromise nobody;
    private final Head head;

    private int owed;
    private boolean swallowing;
    private boolean ending;
    private boolean unflushed;
    private boolean resuming;
    private boolean stoppedReading;
    private @Nullable ByteBuf gathered;

    /**
     * A connection's part of the lane.
     *
     * @param answer shared by the connections of an event loop
     * @param wire from which on to the socket nothing changes what is written
     */
    QuickConnection(
            QuickHandler handler,
            AnswerBytes answer,
            ChannelHandlerContext wire,
            HeadDeadline deadline,
            InetAddress peer) {
        this.handler = handler;
        this.answer = answer;
        this.wire = wire;
        this.deadline = deadline;
        this.channel = wire.channel();
        this.nobody = new VoidChannelPromise(channel, false);
        this.head = new Head(peer);
    }

    /** From now on everything goes the usual way: the connection is about to be closed, or speaks something else. */
    void end() {
        ending = true;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof DefaultHttpRequest request) {
            swallowing = owed == 0 && !ending && isPlain(request) && answered(request);
            if (swallowing) {
                return;
            }
            writeGathered();
            if (++owed >= MOST_OWED) {
                deadline.hold();
            }
            deadline.owes(true);
            ending |= !HttpUtil.isKeepAlive(request) || request.decoderResult().isFailure();
        } else if (swallowing && (message == LastHttpContent.EMPTY_LAST_CONTENT || message instanceof HttpContent)) {
            ReferenceCountUtil.release(message);
            return;
        }
        context.fireChannelRead(message);
    }

    /** Whether it is a valid request that ends with its head and leaves the connection as it is. */
    private static boolean isPlain(DefaultHttpRequest request) {
        HttpMethod method = request.method();
        if (!(HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method))
                || !HttpVersion.HTTP_1_1.equals(request.protocolVersion())
                || !request.decoderResult().isSuccess()) {
            return false;
        }
        HttpHeaders headers = request.headers();
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.contains(HttpHeaderNames.EXPECT)
                || headers.contains(HttpHeaderNames.UPGRADE)) {
            return false;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return (length == null || length.equals("0")) && staysOpen(headers);
    }

    private static boolean staysOpen(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.CONNECTION)) {
            for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
                if (!AsciiString.contentEqualsIgnoreCase(HttpHeaderValues.KEEP_ALIVE, value)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean answered(DefaultHttpRequest request) {
        answer.clear();
        head.request = request;
        try {
            if (!handler.answer(head, answer)) {
                return false;
            }
            if (answer.length() == 0) {
                throw new IllegalStateException("answer: empty (expected: a whole one)");
            }
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("the quick handler broke; the request goes the usual way");
            return false;
        } finally {
            head.request = null;
        }
        gather(HttpMethod.HEAD.equals(request.method()) ? answer.headLength() : answer.length());
        return true;
    }

    private void gather(int length) {
        ByteBuf into = gathered;
        if (into == null) {
            into = wire.alloc().ioBuffer(Math.max(length, LEAST_BUFFER));
            gathered = into;
        }
        into.writeBytes(answer.array(), 0, length);
        if (into.readableBytes() >= GATHERED) {
            writeGathered();
            holdUnlessWritable();
        }
    }

    private void holdUnlessWritable() {
        if (!channel.isWritable()) {
            flush();
            if (!channel.isWritable()) {
                deadline.hold();
            }
        }
    }

    /** Goes on as soon as possible, outside of reads and writes under way. */
    private void resumeSoon() {
        if (deadline.isHeld() && mayResume() && !resuming) {
            resuming = true;
            wire.executor().execute(this::resume);
        }
    }

    private boolean mayResume() {
        return owed < MOST_OWED && channel.isWritable();
    }

    private void resume() {
        resuming = false;
        if (!mayResume()) {
            return;
        }
        try {
            deadline.resume();
        } catch (Exception e) {
            wire.fireExceptionCaught(e);
        }
        if (stoppedReading && !deadline.isHeld()) {
            stoppedReading = false;
            channel.config().setAutoRead(true);
        }
    }

    /** Puts what was gathered before whatever is written next. */
    private void writeGathered() {
        ByteBuf bytes = gathered;
        if (bytes != null) {
            gathered = null;
            unflushed = true;
            wire.write(bytes, nobody);
        }
    }

    private void flush() {
        if (unflushed) {
            unflushed = false;
            wire.flush();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        writeGathered();
        flush();
        holdUnlessWritable();
        context.fireChannelReadComplete();
        // Vert.x has decided by now whether it reads on. What it stopped is its to start again.
        if (deadline.isHeld() && channel.config().isAutoRead()) {
            stoppedReading = true;
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        context.fireChannelWritabilityChanged();
        resumeSoon();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ShutdownEvent) {
            end();
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean last = message instanceof LastHttpContent;
        if (message instanceof HttpResponse response) {
            int status = response.status().code();
            last &= status >= 200;
            ending |= status == SWITCHING_PROTOCOLS
                    || response.headers().contains(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        }
        context.write(message, promise);
        if (last && owed > 0) {
            owed--;
            if (owed == 0) {
                deadline.owes(false);
            }
            resumeSoon();
        }
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        end();
        writeGathered();
        flush();
        context.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
        drop();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
        drop();
    }

    private void drop() {
        ByteBuf bytes = gathered;
        if (bytes != null) {
            gathered = null;
            bytes.release();
        }
    }

    /** A view of the request that is being looked at; used again for the next one. */
    private static final class Head implements RequestHead {
        private final InetAddress peer;
        private @Nullable DefaultHttpRequest request;

        Head(InetAddress peer) {
            this.peer = peer;
        }

        private DefaultHttpRequest request() {
            if (request == null) {
                throw new IllegalStateException("request: answered already (expected: one that is being looked at)");
            }
            return request;
        }

        @Override
        public String method() {
            return request().method().name();
        }

        @Override
        public String uri() {
            return request().uri();
        }

        @Override
        public boolean http11() {
            return true;
        }

        @Override
        public @Nullable String header(CharSequence name) {
            return request().headers().get(name);
        }

        @Override
        public List<String> headers(CharSequence name) {
            return request().headers().getAll(name);
        }

        @Override
        public InetAddress remoteAddress() {
            return peer;
        }
    }
}
