package dev.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
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
import java.util.ArrayList;
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
    private final List<HttpContent> parts = new ArrayList<>(2);

    private int owed;
    private boolean swallowing;
    private boolean ending;
    private boolean unflushed;
    private boolean resuming;
    private boolean stoppedReading;
    private @Nullable ByteBuf gathered;
    /** A request whose body is waited for, until the bytes at hand are read; what is there of it stands in the parts. */
    private @Nullable DefaultHttpRequest awaiting;

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
            if (owed == 0 && !ending && isSmallPost(request) && wantsBody(request)) {
                awaiting = request;
                return;
            }
            passing(request);
        } else if (awaiting != null && message instanceof HttpContent content) {
            await(context, awaiting, content);
            return;
        } else if (swallowing && (message == LastHttpContent.EMPTY_LAST_CONTENT || message instanceof HttpContent)) {
            ReferenceCountUtil.release(message);
            return;
        }
        context.fireChannelRead(message);
    }

    /** Notes that Vert.x gets a request. */
    private void passing(DefaultHttpRequest request) {
        writeGathered();
        if (++owed >= MOST_OWED) {
            deadline.hold();
        }
        deadline.owes(true);
        ending |= !HttpUtil.isKeepAlive(request) || request.decoderResult().isFailure();
    }

    /** Takes a part of the body that is waited for; with the last one the handler is asked. */
    private void await(ChannelHandlerContext context, DefaultHttpRequest request, HttpContent part) {
        parts.add(part);
        if (part.decoderResult().isFailure()) {
            giveUp(context);
        } else if (part instanceof LastHttpContent) {
            if (answered(request, bytesOfParts())) {
                awaiting = null;
                releaseParts();
            } else {
                giveUp(context);
            }
        }
    }

    private byte[] bytesOfParts() {
        if (parts.size() == 1) {
            return ByteBufUtil.getBytes(parts.get(0).content());
        }
        int length = 0;
        for (HttpContent part : parts) {
            length += part.content().readableBytes();
        }
        byte[] bytes = new byte[length];
        int at = 0;
        for (HttpContent part : parts) {
            int here = part.content().readableBytes();
            part.content().getBytes(part.content().readerIndex(), bytes, at, here);
            at += here;
        }
        return bytes;
    }

    /** Lets Vert.x have what was waited for. */
    private void giveUp(ChannelHandlerContext context) {
        DefaultHttpRequest request = awaiting;
        if (request == null) {
            return;
        }
        awaiting = null;
        passing(request);
        List<HttpContent> held = List.copyOf(parts);
        parts.clear();
        context.fireChannelRead(request);
        held.forEach(context::fireChannelRead);
    }

    private void releaseParts() {
        parts.forEach(ReferenceCountUtil::release);
        parts.clear();
    }

    private boolean wantsBody(DefaultHttpRequest request) {
        head.request = request;
        try {
            return handler.wantsBody(head);
        } finally {
            head.request = null;
        }
    }

    /** Whether it is a valid POST whose short body is on its way, and leaves the connection as it is. */
    private static boolean isSmallPost(DefaultHttpRequest request) {
        if (!HttpMethod.POST.equals(request.method()) || !isOrdinary(request)) {
            return false;
        }
        List<String> lengths = request.headers().getAll(HttpHeaderNames.CONTENT_LENGTH);
        String length = lengths.size() == 1 ? lengths.get(0) : "";
        int bytes = 0;
        for (int i = 0; i < length.length() && bytes <= QuickHandler.MOST_BODY; i++) {
            int digit = length.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            bytes = bytes * 10 + digit;
        }
        return bytes > 0 && bytes <= QuickHandler.MOST_BODY;
    }

    /** Whether it is a valid request that ends with its head and leaves the connection as it is. */
    private static boolean isPlain(DefaultHttpRequest request) {
        HttpMethod method = request.method();
        if (!(HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method)) || !isOrdinary(request)) {
            return false;
        }
        String length = request.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return length == null || length.equals("0");
    }

    private static boolean isOrdinary(DefaultHttpRequest request) {
        HttpHeaders headers = request.headers();
        return HttpVersion.HTTP_1_1.equals(request.protocolVersion())
                && request.decoderResult().isSuccess()
                && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                && !headers.contains(HttpHeaderNames.EXPECT)
                && !headers.contains(HttpHeaderNames.UPGRADE)
                && staysOpen(headers);
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
        return answered(request, null);
    }

    private boolean answered(DefaultHttpRequest request, byte @Nullable [] body) {
        answer.clear();
        head.request = request;
        try {
            if (!(body == null ? handler.answer(head, answer) : handler.answer(head, body, answer))) {
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
        // The rest of its body comes later, if ever: Vert.x waits for it, with the deadlines that hold there.
        giveUp(context);
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
        awaiting = null;
        releaseParts();
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
