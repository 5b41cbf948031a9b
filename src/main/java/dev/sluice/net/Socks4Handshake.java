package dev.sluice.net;

import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** SOCKS4 (Ying-Da Lee, 1992) to an IPv4 address, 4a to a name. The user of the credentials is the user id. */
final class Socks4Handshake extends Handshake {
    private static final int REPLY_BYTES = 8;

    private final String host;
    private final int port;
    private final @Nullable Credentials credentials;

    Socks4Handshake(String host, int port, @Nullable Credentials credentials, Listener listener) {
        super(listener);
        this.host = host;
        this.port = port;
        this.credentials = credentials;
    }

    @Override
    ByteBuf greeting(ChannelHandlerContext context) {
        byte[] address = IpAddress.parse(host);
        boolean literal = address != null && address.length == 4;
        ByteBuf out = context.alloc().buffer(64);
        out.writeByte(4).writeByte(1).writeShort(port);
        out.writeBytes(literal && address != null ? address : new byte[] {0, 0, 0, 1});
        if (credentials != null) {
            out.writeCharSequence(credentials.user().replace("\0", ""), StandardCharsets.UTF_8);
        }
        out.writeByte(0);
        if (!literal) {
            out.writeCharSequence(host, StandardCharsets.US_ASCII);
            out.writeByte(0);
        }
        return out;
    }

    @Override
    void read(ChannelHandlerContext context, ByteBuf in) {
        if (in.isReadable() && in.getByte(in.readerIndex()) != 0) {
            fail(in, FailureReason.PROTOCOL, "SOCKS4 reply of version " + in.getUnsignedByte(in.readerIndex()));
            return;
        }
        if (in.readableBytes() < REPLY_BYTES) {
            return;
        }
        int code = in.getUnsignedByte(in.readerIndex() + 1);
        in.skipBytes(REPLY_BYTES);
        switch (code) {
            case 90 -> succeed(context, in);
            case 91 -> fail(in, FailureReason.TARGET, "SOCKS4 request rejected");
            case 92, 93 -> fail(in, FailureReason.AUTH, "SOCKS4 asks for identification");
            default -> fail(in, FailureReason.PROTOCOL, "SOCKS4 reply code " + code);
        }
    }
}
