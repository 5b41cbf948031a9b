package dev.sluice.net;

import dev.sluice.judge.HeaderField;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DefaultHeaders.NameValidator;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Collects one HTTP/1.1 response within bounds; stands behind {@link #decoder()}. */
final class AnswerReader extends SimpleChannelInboundHandler<HttpObject> {
    private static final int MAX_LINE = 4_096;
    private static final int MAX_HEADERS = 16_384;
    private static final int MAX_FIELDS = 128;
    private static final int MAX_INFORMATIONAL = 4;

    private final int maxBody;
    private final Listener listener;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(1_024);
    private final List<HeaderField> headers = new ArrayList<>();
    private int status;
    private int informational;
    private boolean skipping;
    private boolean over;

    AnswerReader(int maxBody, Listener listener) {
        this.maxBody = maxBody;
        this.listener = listener;
    }

    /** A decoder with the bounds of this class. */
    static HttpResponseDecoder decoder() {
        return new HttpResponseDecoder(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setMaxChunkSize(8_192)
                .setHeadersFactory(counted(DefaultHttpHeadersFactory.headersFactory()))
                .setTrailersFactory(counted(DefaultHttpHeadersFactory.trailersFactory())));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline().addFirst(new WireLimit());
    }

    /** Headers of a few bytes each would cost a hundred times their size. */
    private static HttpHeadersFactory counted(DefaultHttpHeadersFactory factory) {
        NameValidator<CharSequence> valid = factory.getNameValidator();
        int[] fields = {0};
        return factory.withNameValidator(name -> {
            if (++fields[0] > MAX_FIELDS) {
                throw new TooLongHttpHeaderException("more than " + MAX_FIELDS + " header fields");
            }
            valid.validateName(name);
        });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (over) {
            return;
        }
        if (part.decoderResult().isFailure()) {
            boolean cut = part.decoderResult().cause() instanceof PrematureChannelClosureException;
            fail(
                    cut ? FailureReason.RESET : FailureReason.PROTOCOL,
                    cut ? "closed in the head" : "malformed HTTP response");
            return;
        }
        if (part instanceof HttpResponse response) {
            head(response);
        }
        if (!over && part instanceof HttpContent content) {
            content(content);
        }
    }

    private void head(HttpResponse response) {
        int code = response.status().code();
        if (!response.protocolVersion().protocolName().equals("HTTP")
                || response.protocolVersion().majorVersion() != 1) {
            fail("answer of version " + response.protocolVersion());
        } else if (code < 100 || code > 999 || code == 101) {
            fail("status " + code);
        } else if (code < 200) {
            skipping = true;
            if (++informational > MAX_INFORMATIONAL) {
                fail("more than " + MAX_INFORMATIONAL + " informational answers");
            }
        } else if (HttpUtil.getContentLength(response, 0L) > maxBody) {
            fail("body longer than " + maxBody + " bytes");
        } else {
            status = code;
            for (Map.Entry<String, String> header : response.headers()) {
                headers.add(new HeaderField(header.getKey(), header.getValue()));
            }
        }
    }

    private void content(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (skipping) {
            skipping = !last;
            return;
        }
        ByteBuf bytes = content.content();
        if (body.size() + bytes.readableBytes() > maxBody) {
            fail("body longer than " + maxBody + " bytes");
            return;
        }
        try {
            bytes.readBytes(body, bytes.readableBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("a byte array does not fail", e);
        }
        if (last) {
            over = true;
            listener.answered(status, headers, body.toByteArray());
        }
    }

    private void fail(String detail) {
        fail(FailureReason.PROTOCOL, detail);
    }

    private void fail(FailureReason reason, String detail) {
        over = true;
        listener.failed(reason, detail);
    }

    /**
     * Counts what the socket brings: chunks of a byte, long extensions of chunks, or TLS records that say nothing make a
     * short answer long on the wire.
     */
    private final class WireLimit extends ChannelInboundHandlerAdapter {
        private final long limit = 2L * (MAX_HEADERS + maxBody);
        private long read;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof ByteBuf bytes) {
                read += bytes.readableBytes();
                if (read > limit) {
                    bytes.release();
                    if (!over) {
                        fail("answer longer than " + limit + " bytes on the wire");
                    }
                    return;
                }
            }
            context.fireChannelRead(message);
        }
    }

    /** Who waits for the answer. */
    interface Listener {
        void answered(int status, List<HeaderField> headers, byte[] body);

        void failed(FailureReason reason, String detail);
    }
}
