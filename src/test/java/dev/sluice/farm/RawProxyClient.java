package dev.sluice.farm;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** A blocking client that does a proxy's handshake byte by byte, so that the farm is judged by other code than its own. */
final class RawProxyClient implements Closeable {
    static final int TIMEOUT_MILLIS = 5000;
    private static final int MAX_CHUNKED_BYTES = 256 * 1024;

    private final ProxyKey proxy;
    private Socket socket;

    RawProxyClient(ProxyKey proxy, int timeoutMillis) throws IOException {
        this.proxy = proxy;
        socket = new Socket();
        InetAddress address = InetAddress.getByName(proxy.host());
        if (!address.isLoopbackAddress()) {
            throw new IllegalArgumentException(proxy.host() + " (expected: 127.0.0.0/8)");
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(timeoutMillis);
        socket.connect(new InetSocketAddress(address, proxy.port()), timeoutMillis);
    }

    RawProxyClient(ProxyKey proxy) throws IOException {
        this(proxy, TIMEOUT_MILLIS);
    }

    void send(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** How long a read waits from now on. */
    void setTimeoutMillis(int timeoutMillis) throws IOException {
        socket.setSoTimeout(timeoutMillis);
    }

    /** A byte; throws at the end of the stream. */
    int read() throws IOException {
        int b = socket.getInputStream().read();
        if (b < 0) {
            throw new EOFException();
        }
        return b;
    }

    byte[] read(int length) throws IOException {
        byte[] bytes = socket.getInputStream().readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return bytes;
    }

    byte[] readAll() throws IOException {
        return socket.getInputStream().readAllBytes();
    }

    /** The protocol's way to a tunnel; null when it stands, otherwise what the proxy said. */
    @Nullable
    String tunnel(String host, int port) throws IOException {
        return switch (proxy.scheme()) {
            case SOCKS5 -> socks5(host, port);
            case SOCKS4 -> socks4(host, port);
            default -> connect(host, port);
        };
    }

    private @Nullable String connect(String host, int port) throws IOException {
        send("CONNECT " + host + ':' + port + " HTTP/1.1\r\nHost: " + host + ':' + port + "\r\n" + authorization()
                + "\r\n");
        Answer answer = readHead();
        return answer.status == 200 ? null : "status " + answer.status;
    }

    String authorization() {
        Credentials credentials = proxy.credentials();
        return credentials == null
                ? ""
                : "Proxy-Authorization: Basic "
                        + Base64.getEncoder()
                                .encodeToString((credentials.user()
                                                + ':'
                                                + credentials.password().reveal())
                                        .getBytes(StandardCharsets.UTF_8))
                        + "\r\n";
    }

    private @Nullable String socks5(String host, int port) throws IOException {
        Credentials credentials = proxy.credentials();
        send(credentials == null ? new byte[] {5, 1, 0} : new byte[] {5, 2, 0, 2});
        int version = read();
        int method = read();
        if (version != 5 || method == 0xff) {
            return "method " + version + ' ' + method;
        }
        if (method == 2 && credentials != null) {
            ByteArrayOutputStream login = new ByteArrayOutputStream();
            byte[] user = credentials.user().getBytes(StandardCharsets.UTF_8);
            byte[] password = credentials.password().reveal().getBytes(StandardCharsets.UTF_8);
            login.write(1);
            login.write(user.length);
            login.writeBytes(user);
            login.write(password.length);
            login.writeBytes(password);
            send(login.toByteArray());
            byte[] verdict = read(2);
            if (verdict[1] != 0) {
                return "login " + verdict[1];
            }
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(new byte[] {5, 1, 0, 3, (byte) host.length()});
        request.writeBytes(host.getBytes(StandardCharsets.US_ASCII));
        request.write(port >> 8);
        request.write(port);
        send(request.toByteArray());
        byte[] reply = read(10);
        return reply[0] == 5 && reply[1] == 0 ? null : "reply " + reply[1];
    }

    private @Nullable String socks4(String host, int port) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        boolean numeric = Character.isDigit(host.charAt(0));
        request.writeBytes(new byte[] {4, 1, (byte) (port >> 8), (byte) port});
        request.writeBytes(numeric ? InetAddress.getByName(host).getAddress() : new byte[] {0, 0, 0, 1});
        request.writeBytes("me\0".getBytes(StandardCharsets.US_ASCII));
        if (!numeric) {
            request.writeBytes((host + '\0').getBytes(StandardCharsets.US_ASCII));
        }
        send(request.toByteArray());
        byte[] reply = read(8);
        return reply[0] == 0 && reply[1] == 90 ? null : "reply " + reply[1];
    }

    /** TLS over what stands; trusts everybody and returns who it was. */
    X509Certificate secure() throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustEverybody()}, null);
        SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, "127.0.0.1", proxy.port(), true);
        secure.startHandshake();
        socket = secure;
        return (X509Certificate) secure.getSession().getPeerCertificates()[0];
    }

    /** GET in origin-form, inside a tunnel. */
    Answer get(URI uri) throws IOException {
        String query = uri.getQuery() == null ? "" : '?' + uri.getQuery();
        send("GET " + uri.getPath() + query + " HTTP/1.1\r\nHost: " + uri.getAuthority()
                + "\r\nUser-Agent: raw\r\n\r\n");
        return readAnswer();
    }

    /** GET in absolute-form. */
    Answer getAbsolute(String uri) throws IOException {
        send("GET " + uri + " HTTP/1.1\r\nHost: " + URI.create(uri).getAuthority() + "\r\nUser-Agent: raw\r\n"
                + authorization() + "\r\n");
        return readAnswer();
    }

    Answer readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int b = read();
            head.write(b);
            matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
            if (head.size() > 65536) {
                throw new IOException("a head without an end");
            }
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        if (!text.startsWith("HTTP/1.1 ")) {
            throw new IOException("no HTTP");
        }
        return new Answer(Integer.parseInt(text.substring(9, 12)), text, "");
    }

    /** An answer with Content-Length, chunked, or until the end. */
    Answer readAnswer() throws IOException {
        Answer head = readHead();
        String length = head.header("content-length");
        byte[] body;
        if (length != null) {
            body = read(Integer.parseInt(length));
        } else if ("chunked".equals(head.header("transfer-encoding"))) {
            body = chunked();
        } else {
            body = readAll();
        }
        return new Answer(head.status, head.head, new String(body, StandardCharsets.UTF_8));
    }

    private byte[] chunked() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            StringBuilder line = new StringBuilder();
            for (int b = read(); b != '\n'; b = read()) {
                line.append((char) b);
            }
            int length = Integer.parseInt(line.toString().trim(), 16);
            body.writeBytes(read(length));
            read(2);
            if (length == 0) {
                return body.toByteArray();
            }
            if (body.size() > MAX_CHUNKED_BYTES) {
                throw new IOException("a body without an end");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    static X509Certificate certificate(String pem) throws GeneralSecurityException {
        InputStream in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }

    record Answer(int status, String head, String body) {
        @Nullable
        String header(String name) {
            for (String line : head.split("\r\n")) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name + ':')) {
                    return line.substring(name.length() + 1).trim();
                }
            }
            return null;
        }
    }

    private static final class TrustEverybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
