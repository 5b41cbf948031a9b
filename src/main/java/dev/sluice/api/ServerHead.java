package dev.sluice.api;

import dev.sluice.net.RequestHead;
import dev.sluice.parse.IpAddress;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of a request that Vert.x has read. */
record ServerHead(HttpServerRequest request) implements RequestHead {
    @Override
    public String method() {
        return request.method().name();
    }

    @Override
    public String uri() {
        String uri = request.uri();
        return uri == null ? "" : uri;
    }

    @Override
    public boolean http11() {
        return request.version() == HttpVersion.HTTP_1_1;
    }

    @Override
    public @Nullable String header(CharSequence name) {
        return request.getHeader(name);
    }

    @Override
    public List<String> headers(CharSequence name) {
        return request.headers().getAll(name);
    }

    /** Loopback where the other side has no address any more: its answer reaches nobody. */
    @Override
    public InetAddress remoteAddress() {
        SocketAddress remote = request.remoteAddress();
        String text = remote == null ? null : remote.hostAddress();
        if (text == null) {
            return InetAddress.getLoopbackAddress();
        }
        int zone = text.indexOf('%');
        byte[] address = IpAddress.parse(zone < 0 ? text : text.substring(0, zone));
        try {
            return address == null ? InetAddress.getLoopbackAddress() : InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(text + " has a length that no address has", e);
        }
    }
}
