package dev.sluice.net;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** CONNECT (RFC 9110, section 9.3.6), with Basic credentials (RFC 7617). */
final class HttpConnectHandshake extends Handshake {
    /** Longest head of an answer. */
    static final int MAX_HEAD = 8_192;

    private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

    private final String authority;
    private final @Nullable Credentials credentials;
    private int searched;

    HttpConnectHandshake(String authority, @Nullable Credentials credentials, Listener listener) {
        super(listener);
        this.authority = authority;
        this.credentials = credentials;
    }

    @Override
    ByteBuf greeting(ChannelHandlerContext context) {
        StringBuilder head = new StringBuilder("CONNECT ")
                .append(authority)
                .append(" HTTP/1.1\r\nHost: ")
                .append(authority)
                .append("\r\n");
        if (credentials != null) {
            head.append("Proxy-Authorization: ").append(basic(credentials)).append("\r\n");
        }
        return ByteBufUtil.writeAscii(context.alloc(), head.append("\r\n"));
    }

    /** The value of an authorization header. */
    static String basic(Credentials credentials) {
        String pair = credentials.user() + ':' + credentials.password().reveal();
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    void read(ChannelHandlerContext context, ByteBuf in) {
        for (int i = 0; i < VERSION.length && i < in.readableBytes(); i++) {
            if (in.getByte(in.readerIndex() + i) != VERSION[i]) {
                fail(in, FailureReason.PROTOCOL, "the answer to CONNECT is not HTTP/1");
                return;
            }
        }
        int length = headLength(in);
        if (length < 0) {
            if (in.readableBytes() >= MAX_HEAD) {
                fail(in, FailureReason.PROTOCOL, "head of the answer to CONNECT longer than " + MAX_HEAD + " bytes");
            }
            return;
        }
        if (length > MAX_HEAD) {
            fail(in, FailureReason.PROTOCOL, "head of the answer to CONNECT longer than " + MAX_HEAD + " bytes");
            return;
        }
        String head = in.readCharSequence(length, StandardCharsets.ISO_8859_1).toString();
        int status = status(head);
        if (status >= 200 && status < 300) {
            succeed(context, in);
        } else if (status == 407) {
            fail(in, FailureReason.AUTH, "CONNECT answered 407");
        } else if (status >= 300) {
            fail(in, FailureReason.TARGET, "CONNECT answered " + status);
        } else {
            fail(in, FailureReason.PROTOCOL, "malformed answer to CONNECT");
        }
    }

    /**
     * Bytes up to and with the empty line, -1 while it has not come. A line may end in LF alone (RFC 9112, section 2.2).
     * What was searched is not searched again: a head may come a byte at a time.
     */
    private int headLength(ByteBuf in) {
        int from = in.readerIndex();
        int end = in.writerIndex();
        int begin = from + Math.max(0, searched - 2);
        searched = end - from;
        for (int i = begin; i < end; i++) {
            if (in.getByte(i) != '\n') {
                continue;
            }
            if (i + 1 < end && in.getByte(i + 1) == '\n') {
                return i + 2 - from;
            }
            if (i + 2 < end && in.getByte(i + 1) == '\r' && in.getByte(i + 2) == '\n') {
                return i + 3 - from;
            }
        }
        return -1;
    }

    /** The status of a well-formed head, otherwise -1. */
    private static int status(String head) {
        String[] lines = head.split("\r?\n", 0);
        for (int i = 1; i < lines.length; i++) {
            if (lines[i].indexOf(':') < 1) {
                return -1;
            }
        }
        String line = lines[0];
        boolean shaped = line.length() >= 12
                && (line.charAt(7) == '0' || line.charAt(7) == '1')
                && line.charAt(8) == ' '
                && (line.length() == 12 || line.charAt(12) == ' ');
        if (!shaped) {
            return -1;
        }
        int status = 0;
        for (int i = 9; i < 12; i++) {
            char digit = line.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            status = status * 10 + digit - '0';
        }
        return status < 600 ? status : -1;
    }
}
