package dev.sluice.store.postgres;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and a server on loopback, and can hold back or cut what passes. */
final class Relay {
    private final NetServer server;
    private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean frozen;

    private Relay(Vertx vertx, int target) {
        NetClient client = vertx.createNetClient();
        server = vertx.createNetServer().connectHandler(near -> {
            near.pause();
            client.connect(target, "127.0.0.1")
                    .onSuccess(far -> join(near, far))
                    .onFailure(gone -> near.close());
        });
    }

    /** Listens in front of the server that {@code uri} names. */
    static Relay before(Vertx vertx, String uri) {
        Relay relay = new Relay(vertx, URI.create(uri).getPort());
        relay.server.listen(0, "127.0.0.1").await();
        return relay;
    }

    /** {@code uri} by way of the relay. */
    String uri(String uri) {
        return uri.replace(":" + URI.create(uri).getPort() + "/", ":" + server.actualPort() + "/");
    }

    private void join(NetSocket near, NetSocket far) {
        far.pause();
        pass(near, far);
        pass(far, near);
        if (!frozen) {
            near.resume();
            far.resume();
        }
    }

    private void pass(NetSocket from, NetSocket to) {
        sockets.add(from);
        from.handler(to::write);
        from.closeHandler(closed -> {
            sockets.remove(from);
            to.close();
        });
        from.exceptionHandler(broken -> {});
    }

    /** From now on nothing passes; connections stay and are accepted, as those of a frozen process are. */
    void freeze() {
        frozen = true;
        sockets.forEach(NetSocket::pause);
    }

    /** What was held back passes. */
    void thaw() {
        frozen = false;
        sockets.forEach(NetSocket::resume);
    }

    /** Cuts every connection. */
    void cut() {
        sockets.forEach(NetSocket::close);
    }
}
