package dev.sluice.check;

import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A port that decides for each connection, by its number and first bytes, what to do with it. */
final class ScriptedPort {
    /** What to do with a connection. */
    sealed interface Act {}

    /** Give it to a proxy behind. */
    record Pass(LoopbackProxy to) implements Act {}

    /** Answer and close. */
    record Say(String answer) implements Act {}

    /** Do it once something has come about. */
    record When(Future<Void> so, Act act) implements Act {}

    /** Answer nothing. */
    record Stall() implements Act {}

    /** Close. */
    record Drop() implements Act {}

    /** What is played. */
    interface Script {
        /**
         * Decides.
         *
         * @param number 1 for the first connection
         * @param first the bytes that came first, ISO 8859-1
         */
        Act act(int number, String first);
    }

    private final NetServer server;
    private final NetClient client;
    private final Script script;
    private final String address;
    private final List<String> firsts = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    private ScriptedPort(Vertx vertx, String address, Script script) {
        this.server = vertx.createNetServer(new NetServerOptions().setAcceptBacklog(4_096));
        this.client = vertx.createNetClient();
        this.script = script;
        this.address = address;
    }

    static ScriptedPort start(Vertx vertx, String address, Script script) {
        ScriptedPort port = new ScriptedPort(vertx, address, script);
        port.server.connectHandler(port::accept).listen(0, address).await();
        return port;
    }

    ProxyKey key(Scheme scheme) {
        return ProxyKey.of(scheme, address, server.actualPort());
    }

    int accepted() {
        return accepted.get();
    }

    /** What each connection was opened for, in order of arrival. */
    List<String> asked() {
        return firsts.stream().map(ScriptedPort::meaning).toList();
    }

    static String meaning(String first) {
        return switch (first.charAt(0)) {
            case 5 -> "socks5";
            case 4 -> "socks4";
            case 'C' -> "connect";
            default -> first.contains("/page/") ? "page" : "echo";
        };
    }

    private void accept(NetSocket socket) {
        int number = accepted.incrementAndGet();
        socket.exceptionHandler(failure -> {});
        socket.handler(bytes -> {
            socket.handler(more -> {});
            String first = bytes.toString(StandardCharsets.ISO_8859_1);
            firsts.add(first);
            play(socket, bytes, script.act(number, first));
        });
    }

    private void play(NetSocket socket, Buffer first, Act act) {
        if (act instanceof Pass pass) {
            pass(socket, first, pass.to);
        } else if (act instanceof Say say) {
            socket.end(Buffer.buffer(say.answer));
        } else if (act instanceof Drop) {
            socket.close();
        } else if (act instanceof When when) {
            when.so.onSuccess(so -> play(socket, first, when.act));
        }
    }

    private void pass(NetSocket socket, Buffer first, LoopbackProxy to) {
        ProxyKey behind = to.key(Scheme.HTTP);
        socket.pause();
        client.connect(behind.port(), behind.host())
                .onFailure(failure -> socket.close())
                .onSuccess(upstream -> {
                    upstream.exceptionHandler(failure -> {});
                    upstream.handler(socket::write);
                    upstream.endHandler(end -> socket.end());
                    socket.handler(upstream::write);
                    socket.endHandler(end -> upstream.end());
                    upstream.write(first);
                    socket.resume();
                });
    }
}
