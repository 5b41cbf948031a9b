package dev.sluice.net.farm;

import static dev.sluice.net.farm.Misbehaviour.ascii;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * Answers absolute-form requests with what their target once answered to another request, headers and all. That other request
 * was the farm's own: the first one to a target is sent once with its last character changed, so that a token in it is another
 * token.
 */
final class Replay extends RequestHeads {
    private static final String HTTP = "http://";
    private static final byte[] REFUSED = ascii("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");

    private final InetAddress exit;
    private final Surroundings around;

    Replay(InetAddress exit, Surroundings around) {
        this.exit = exit;
        this.around = around;
    }

    @Override
    void asked(ChannelHandlerContext ctx, String request) {
        String[] line = request.substring(0, request.indexOf('\r')).split(" ", -1);
        String uri = line.length == 3 ? line[1] : "";
        boolean absolute = uri.toLowerCase(Locale.ROOT).startsWith(HTTP);
        int slash = absolute ? uri.indexOf('/', HTTP.length()) : -1;
        String name = slash < 0 ? "" : uri.substring(HTTP.length(), slash);
        Authority authority = Authority.parse(name, 80);
        InetSocketAddress target =
                authority == null ? null : around.targets().resolve(authority.host(), authority.port());
        if (target == null) {
            end(ctx, REFUSED);
            return;
        }
        byte[] other = ascii("GET " + changed(uri.substring(slash)) + " HTTP/1.1\r\nHost: " + name
                + "\r\nConnection: close\r\n\r\n");
        around.recordings()
                .of(target, () -> around.exits().dial(ctx.channel().eventLoop(), exit, target), other)
                .whenComplete((recorded, failure) ->
                        ctx.executor().execute(() -> end(ctx, failure == null ? recorded : REFUSED)));
    }

    private static String changed(String path) {
        int last = path.length() - 1;
        return path.substring(0, last) + (path.charAt(last) == 'A' ? 'B' : 'A');
    }

    private static void end(ChannelHandlerContext ctx, byte[] answer) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(ChannelFutureListener.CLOSE);
    }
}
