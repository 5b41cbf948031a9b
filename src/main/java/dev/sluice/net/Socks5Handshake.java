package dev.sluice.net;

import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** SOCKS5 CONNECT (RFC 1928), without authentication or by user and password (RFC 1929). */
final class Socks5Handshake extends Handshake {
    private static final int VERSION = 5;
    private static final int BY_PASSWORD = 2;
    private static final int REFUSED = 0xff;

    private final String host;
    private final int port;
    private final @Nullable Credentials credentials;
    private Stage stage = Stage.METHOD;

    /** Credentials must fit: {@link #fit}. */
    Socks5Handshake(String host, int port, @Nullable Credentials credentials, Listener listener) {
        super(listener);
        this.host = host;
        this.port = port;
        this.credentials = credentials;
    }

    /** Whether user and password have at most 255 bytes each. */
    static boolean fit(Credentials credentials) {
        return credentials.user().getBytes(StandardCharsets.UTF_8).length <= 255
                && credentials.password().reveal().getBytes(StandardCharsets.UTF_8).length <= 255;
    }

    @Override
    ByteBuf greeting(ChannelHandlerContext context) {
        ByteBuf out = context.alloc().buffer(4);
        return credentials == null
                ? out.writeByte(VERSION).writeByte(1).writeByte(0)
                : out.writeByte(VERSION).writeByte(2).writeByte(0).writeByte(BY_PASSWORD);
    }

    @Override
    void read(ChannelHandlerContext context, ByteBuf in) {
        switch (stage) {
            case METHOD -> method(context, in);
            case PASSWORD -> password(context, in);
            case REPLY -> reply(context, in);
        }
    }

    private boolean startsWith(ByteBuf in, int version) {
        if (in.isReadable() && in.getUnsignedByte(in.readerIndex()) != version) {
            fail(
                    in,
                    FailureReason.PROTOCOL,
                    "SOCKS5 reply of version " + in.getUnsignedByte(in.readerIndex()) + " to " + stage);
            return false;
        }
        return true;
    }

    private void method(ChannelHandlerContext context, ByteBuf in) {
        if (!startsWith(in, VERSION) || in.readableBytes() < 2) {
            return;
        }
        int method = in.skipBytes(1).readUnsignedByte();
        if (in.isReadable()) {
            fail(in, FailureReason.PROTOCOL, "bytes after the SOCKS5 method");
        } else if (method == 0) {
            request(context);
        } else if (method == BY_PASSWORD && credentials != null) {
            login(context, credentials);
        } else if (method == REFUSED || method == BY_PASSWORD) {
            fail(in, FailureReason.AUTH, "SOCKS5 accepts none of our methods");
        } else {
            fail(in, FailureReason.PROTOCOL, "SOCKS5 method " + method + " was not offered");
        }
    }

    private void login(ChannelHandlerContext context, Credentials given) {
        byte[] user = given.user().getBytes(StandardCharsets.UTF_8);
        byte[] password = given.password().reveal().getBytes(StandardCharsets.UTF_8);
        ByteBuf out = context.alloc().buffer(3 + user.length + password.length);
        out.writeByte(1).writeByte(user.length).writeBytes(user);
        out.writeByte(password.length).writeBytes(password);
        stage = Stage.PASSWORD;
        context.writeAndFlush(out, context.voidPromise());
    }

    private void password(ChannelHandlerContext context, ByteBuf in) {
        if (!startsWith(in, 1) || in.readableBytes() < 2) {
            return;
        }
        int status = in.skipBytes(1).readUnsignedByte();
        if (in.isReadable()) {
            fail(in, FailureReason.PROTOCOL, "bytes after the SOCKS5 authentication");
        } else if (status == 0) {
            request(context);
        } else {
            fail(in, FailureReason.AUTH, "SOCKS5 refuses user or password");
        }
    }

    private void request(ChannelHandlerContext context) {
        byte[] address = IpAddress.parse(host);
        ByteBuf out = context.alloc().buffer(32);
        out.writeByte(VERSION).writeByte(1).writeByte(0);
        if (address == null) {
            byte[] name = host.getBytes(StandardCharsets.US_ASCII);
            out.writeByte(3).writeByte(name.length).writeBytes(name);
        } else {
            out.writeByte(address.length == 4 ? 1 : 4).writeBytes(address);
        }
        out.writeShort(port);
        stage = Stage.REPLY;
        context.writeAndFlush(out, context.voidPromise());
    }

    private void reply(ChannelHandlerContext context, ByteBuf in) {
        if (!startsWith(in, VERSION) || in.readableBytes() < 2) {
            return;
        }
        int code = in.getUnsignedByte(in.readerIndex() + 1);
        if (code > 8) {
            fail(in, FailureReason.PROTOCOL, "SOCKS5 reply code " + code);
            return;
        }
        if (code > 0) {
            fail(in, FailureReason.TARGET, "SOCKS5 reply code " + code);
            return;
        }
        if (in.readableBytes() < 5) {
            return;
        }
        int addressBytes = switch (in.getUnsignedByte(in.readerIndex() + 3)) {
            case 1 -> 4;
            case 3 -> 1 + in.getUnsignedByte(in.readerIndex() + 4);
            case 4 -> 16;
            default -> -1;
        };
        if (addressBytes < 0 || in.getByte(in.readerIndex() + 2) != 0) {
            fail(in, FailureReason.PROTOCOL, "malformed SOCKS5 reply");
            return;
        }
        int length = 4 + addressBytes + 2;
        if (in.readableBytes() >= length) {
            in.skipBytes(length);
            succeed(context, in);
        }
    }

    private enum Stage {
        METHOD,
        PASSWORD,
        REPLY
    }
}
