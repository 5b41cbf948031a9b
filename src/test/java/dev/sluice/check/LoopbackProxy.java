package dev.sluice.check;

import dev.sluice.net.SelfSigned;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A small proxy on a loopback address of its own, from which it also dials: judges see that address. */
final class LoopbackProxy {
    /** What it does. */
    enum Trait {
        HTTP,
        CONNECT,
        SOCKS4,
        SOCKS5,
        /** Asks for anna with password s3cret. */
        AUTH,
        /** Adds {@code Via}. */
        VIA,
        /** Adds {@code X-Forwarded-For} with the client's address. */
        LEAK,
        /** Adds a script to HTML. */
        INJECT,
        /** Adds a line to every plain text. */
        APPEND,
        /** Tunnels to another TLS server than it was told. */
        SWAP_CERTIFICATE,
        /** Answers 200 with a page of its own to whatever comes. */
        WELCOME,
        /** Answers every plain request with the first answer it ever saw. */
        REPLAY,
        SILENT,
        /** A byte of a head now and then, for ever. */
        DRIP,
        GARBAGE,
        /** Closes after the request. */
        HANG_UP,
        /** Hangs up on the first connection only. */
        HANG_UP_ONCE,
        /** Redirects plain requests. */
        REDIRECT,
        /** Speaks TLS itself. */
        TLS
    }

    private static final String BASIC =
            "Basic " + Base64.getEncoder().encodeToString("anna:s3cret".getBytes(StandardCharsets.US_ASCII));

    private final Vertx vertx;
    private final String address;
    private final Set<Trait> traits;
    private final int otherTlsPort;
    private final NetClient client;
    private final NetServer server;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile Buffer replay = Buffer.buffer();

    private LoopbackProxy(Vertx vertx, String address, int otherTlsPort, Set<Trait> traits) {
        this.vertx = vertx;
        this.address = address;
        this.traits = traits;
        this.otherTlsPort = otherTlsPort;
        this.client = vertx.createNetClient(new NetClientOptions().setLocalAddress(address));
        NetServerOptions options = new NetServerOptions().setAcceptBacklog(4_096);
        if (traits.contains(Trait.TLS)) {
            SelfSigned identity = identity();
            options.setSsl(true)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .addCertValue(Buffer.buffer(identity.certificatePem()))
                            .addKeyValue(Buffer.buffer(identity.privateKeyPem())));
        }
        this.server = vertx.createNetServer(options);
    }

    private static SelfSigned identity() {
        try {
            Instant now = Instant.now();
            return SelfSigned.create(
                    "proxy.sluice", InetAddress.getLoopbackAddress(), now.minusSeconds(60), now.plusSeconds(3_600));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static LoopbackProxy start(Vertx vertx, String address, Trait... traits) {
        return start(vertx, address, 0, traits);
    }

    static LoopbackProxy start(Vertx vertx, String address, int otherTlsPort, Trait... traits) {
        LoopbackProxy proxy = new LoopbackProxy(vertx, address, otherTlsPort, Set.copyOf(Arrays.asList(traits)));
        proxy.server.connectHandler(proxy::accept).listen(0, address).await();
        return proxy;
    }

    ProxyKey key(Scheme scheme) {
        return ProxyKey.of(scheme, address, server.actualPort());
    }

    int open() {
        return open.get();
    }

    int mostOpen() {
        return mostOpen.get();
    }

    int accepted() {
        return accepted.get();
    }

    Future<Void> stop() {
        return server.close();
    }

    private boolean is(Trait trait) {
        return traits.contains(trait);
    }

    private void accept(NetSocket socket) {
        int number = accepted.incrementAndGet();
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        socket.closeHandler(closed -> open.decrementAndGet());
        socket.exceptionHandler(failure -> {});
        if (is(Trait.GARBAGE)) {
            socket.write("SSH-2.0-OpenSSH_9.2\r\n");
            return;
        }
        if (is(Trait.DRIP)) {
            socket.handler(request -> {
                if (accepted.get() == number) {
                    socket.write("HTTP/1.1 200 OK\r\nX: ");
                    long timer = vertx.setPeriodic(20, id -> socket.write("x"));
                    socket.closeHandler(closed -> {
                        open.decrementAndGet();
                        vertx.cancelTimer(timer);
                    });
                }
            });
            return;
        }
        if (is(Trait.HANG_UP) || is(Trait.HANG_UP_ONCE) && number == 1) {
            socket.handler(request -> socket.close());
            return;
        }
        Buffer head = Buffer.buffer();
        socket.handler(bytes -> {
            if (!is(Trait.SILENT)) {
                read(socket, head.appendBuffer(bytes));
            }
        });
    }

    private void read(NetSocket socket, Buffer head) {
        int first = head.getByte(0);
        if (first == 5) {
            if (is(Trait.SOCKS5)) {
                socks5(socket, head);
            } else {
                socket.close();
            }
        } else if (first == 4) {
            if (is(Trait.SOCKS4)) {
                socks4(socket, head);
            } else {
                socket.close();
            }
        } else if (head.toString(StandardCharsets.ISO_8859_1).contains("\r\n\r\n")) {
            http(socket, head.toString(StandardCharsets.ISO_8859_1));
        }
    }

    private void http(NetSocket socket, String head) {
        if (is(Trait.WELCOME)) {
            finish(socket, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nwelcome");
            return;
        }
        if (!is(Trait.HTTP) && !is(Trait.CONNECT)) {
            socket.close();
            return;
        }
        if (is(Trait.AUTH) && !head.contains("Proxy-Authorization: " + BASIC + "\r\n")) {
            finish(socket, "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        String[] line = head.substring(0, head.indexOf("\r\n")).split(" ", -1);
        if (line[0].equals("CONNECT")) {
            if (!is(Trait.CONNECT)) {
                finish(socket, "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            String[] authority = line[1].split(":", -1);
            tunnel(socket, authority[0], Integer.parseInt(authority[1]), Buffer.buffer("HTTP/1.1 200 Up\r\n\r\n"));
        } else if (!is(Trait.HTTP)) {
            finish(socket, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        } else if (is(Trait.REDIRECT)) {
            finish(socket, "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n");
        } else {
            forward(socket, head, line[1]);
        }
    }

    private static void finish(NetSocket socket, String answer) {
        socket.end(Buffer.buffer(answer));
    }

    private void forward(NetSocket socket, String head, String url) {
        String rest = url.substring("http://".length());
        String[] authority = rest.substring(0, rest.indexOf('/')).split(":", -1);
        StringBuilder out = new StringBuilder("GET ")
                .append(rest.substring(rest.indexOf('/')))
                .append(" HTTP/1.1\r\n");
        for (String header : head.substring(head.indexOf("\r\n") + 2).split("\r\n")) {
            if (!header.startsWith("Proxy-Authorization") && !header.startsWith("Connection")) {
                out.append(header).append("\r\n");
            }
        }
        out.append("Connection: close\r\n");
        if (is(Trait.VIA)) {
            out.append("Via: 1.1 loopback\r\n");
        }
        if (is(Trait.LEAK)) {
            out.append("X-Forwarded-For: ")
                    .append(socket.remoteAddress().hostAddress())
                    .append("\r\n");
        }
        out.append("\r\n");
        if (is(Trait.REPLAY) && replay.length() > 0) {
            socket.end(replay);
            return;
        }
        client.connect(Integer.parseInt(authority[1]), authority[0])
                .onFailure(failure -> finish(socket, "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n"))
                .onSuccess(upstream -> {
                    Buffer answer = Buffer.buffer();
                    upstream.handler(answer::appendBuffer);
                    upstream.endHandler(end -> {
                        replay = answer.copy();
                        socket.end(Buffer.buffer(altered(answer.toString(StandardCharsets.ISO_8859_1)), "ISO-8859-1"));
                    });
                    upstream.write(out.toString());
                });
    }

    private String altered(String answer) {
        int end = answer.indexOf("\r\n\r\n") + 4;
        String body = answer.substring(end);
        if (is(Trait.INJECT)) {
            body = body.replace("</body>", "<script>mine()</script></body>");
        }
        if (is(Trait.APPEND) && answer.contains("text/plain")) {
            body += "this way was paved by our sponsors\n";
        }
        return answer.substring(0, end).replaceAll("(?i)content-length: [0-9]+", "content-length: " + body.length())
                + body;
    }

    private void tunnel(NetSocket socket, String host, int port, Buffer granted) {
        socket.pause();
        int to = is(Trait.SWAP_CERTIFICATE) ? otherTlsPort : port;
        client.connect(to, host).onFailure(failure -> socket.close()).onSuccess(upstream -> {
            upstream.exceptionHandler(failure -> {});
            socket.write(granted);
            socket.handler(upstream::write);
            socket.endHandler(end -> upstream.close());
            socket.resume();
            upstream.handler(socket::write);
            upstream.endHandler(end -> socket.close());
        });
    }

    private void socks4(NetSocket socket, Buffer head) {
        if (head.length() < 9) {
            return;
        }
        String host = (head.getByte(4) & 0xff) + "." + (head.getByte(5) & 0xff) + "." + (head.getByte(6) & 0xff) + "."
                + (head.getByte(7) & 0xff);
        String user = head.getString(8, head.length() - 1);
        if (is(Trait.AUTH) && !user.equals("anna")) {
            socket.end(Buffer.buffer(new byte[] {0, 93, 0, 0, 0, 0, 0, 0}));
            return;
        }
        tunnel(socket, host, head.getUnsignedShort(2), Buffer.buffer(new byte[] {0, 90, 0, 0, 0, 0, 0, 0}));
    }

    private void socks5(NetSocket socket, Buffer greeting) {
        boolean offersPassword = greeting.length() > 3 && greeting.getByte(3) == 2;
        if (is(Trait.AUTH) && !offersPassword) {
            socket.end(Buffer.buffer(new byte[] {5, (byte) 0xff}));
        } else if (is(Trait.AUTH)) {
            socket.handler(login -> {
                boolean known = login.toString(StandardCharsets.ISO_8859_1).equals("\u0001\u0004anna\u0006s3cret");
                if (known) {
                    socket.handler(request -> socks5Request(socket, request));
                    socket.write(Buffer.buffer(new byte[] {1, 0}));
                } else {
                    socket.end(Buffer.buffer(new byte[] {1, 1}));
                }
            });
            socket.write(Buffer.buffer(new byte[] {5, 2}));
        } else {
            socket.handler(request -> socks5Request(socket, request));
            socket.write(Buffer.buffer(new byte[] {5, 0}));
        }
    }

    private void socks5Request(NetSocket socket, Buffer request) {
        String host = (request.getByte(4) & 0xff) + "." + (request.getByte(5) & 0xff) + "."
                + (request.getByte(6) & 0xff) + "." + (request.getByte(7) & 0xff);
        tunnel(socket, host, request.getUnsignedShort(8), Buffer.buffer(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
    }
}
