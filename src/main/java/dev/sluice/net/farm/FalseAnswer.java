package dev.sluice.net.farm;

import static dev.sluice.net.farm.Misbehaviour.ascii;
import static dev.sluice.net.farm.Misbehaviour.join;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** The same false answer to every HTTP request. */
final class FalseAnswer extends RequestHeads {
    private static final int TOLD_BYTES = 5000;
    private static final int TOLD_TOO_FEW_BYTES = 10;
    private static final byte[] REDIRECT =
            ascii("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8080/\r\nContent-Length: 0\r\n\r\n");
    private static final byte[] TOO_LONG = page("Content-Length: " + TOLD_BYTES, Misbehaviour.PAGE);
    private static final byte[] TOO_SHORT = page("Content-Length: " + TOLD_TOO_FEW_BYTES, Misbehaviour.PAGE);
    private static final byte[] PASSWORD_WANTED =
            ascii("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"never\"\r\n"
                    + "Content-Length: 0\r\n\r\n");
    private static final byte[] BAD_GATEWAY = ascii("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    private static final byte[] ZIPPED = zipped(Misbehaviour.PAGE);
    private static final byte[] GZIP = page("Content-Encoding: gzip\r\nContent-Length: " + ZIPPED.length, ZIPPED);

    private final byte[] answer;
    private final boolean closes;

    private FalseAnswer(byte[] answer, boolean closes) {
        this.answer = answer;
        this.closes = closes;
    }

    static FalseAnswer redirect() {
        return new FalseAnswer(REDIRECT, false);
    }

    static FalseAnswer tooLong() {
        return new FalseAnswer(TOO_LONG, true);
    }

    static FalseAnswer tooShort() {
        return new FalseAnswer(TOO_SHORT, false);
    }

    static FalseAnswer passwordWanted() {
        return new FalseAnswer(PASSWORD_WANTED, false);
    }

    static FalseAnswer badGateway() {
        return new FalseAnswer(BAD_GATEWAY, false);
    }

    static FalseAnswer nothing() {
        return new FalseAnswer(new byte[0], true);
    }

    static FalseAnswer gzip() {
        return new FalseAnswer(GZIP, false);
    }

    @Override
    void asked(ChannelHandlerContext ctx, String request) {
        ChannelFuture written = ctx.writeAndFlush(Unpooled.wrappedBuffer(answer));
        if (closes) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** A client that asks and does not read is not read from. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }

    private static byte[] page(String headers, byte[] body) {
        return join(ascii("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + headers + "\r\n\r\n"), body);
    }

    private static byte[] zipped(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("a byte array does not fail", e);
        }
        return bytes.toByteArray();
    }
}
