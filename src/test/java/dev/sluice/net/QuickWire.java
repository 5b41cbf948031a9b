package dev.sluice.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A client that says any bytes it likes and reads answers one by one. */
final class QuickWire implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    QuickWire(int port) throws IOException {
        this(port, 0);
    }

    /** With a receive buffer of so many bytes; 0 leaves it to the system. */
    QuickWire(int port, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        in = new BufferedInputStream(socket.getInputStream());
    }

    static String get(String target) {
        return request("GET", target);
    }

    static String head(String target) {
        return request("HEAD", target);
    }

    static String post(String target, String body) {
        return request("POST", target, "Content-Length: " + body.length()) + body;
    }

    static String request(String method, String target, String... headers) {
        StringBuilder text = new StringBuilder(method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        return text.append("\r\n").toString();
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1), 0, text.length());
    }

    void send(byte[] bytes, int from, int count) throws IOException {
        socket.getOutputStream().write(bytes, from, count);
    }

    Answer answer() throws IOException {
        return answer(true);
    }

    /** The next answer; without a body where it answers HEAD. Fails with {@link EOFException} when there is none. */
    Answer answer(boolean body) throws IOException {
        String[] status = line().split(" ", 3);
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        StringBuilder text = new StringBuilder();
        if (body && "chunked".equals(headers.get("transfer-encoding"))) {
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                text.append(exactly(size));
                line();
            }
            line();
        } else if (body) {
            text.append(exactly(Integer.parseInt(headers.getOrDefault("content-length", "0"))));
        }
        return new Answer(Integer.parseInt(status[1]), headers, text.toString());
    }

    /** Whether the server closed the connection and nothing came before that. */
    boolean closed() throws IOException {
        return in.read() < 0;
    }

    /** The next bytes, whatever they are. */
    String exactly(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new IOException("body: " + bytes.length + " bytes (expected: " + size + ")");
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                if (line.size() > 0) {
                    throw new IOException("line: " + line + " (expected: an end)");
                }
                throw new EOFException();
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** What came; names of headers in lower case. */
    record Answer(int status, Map<String, String> headers, String body) {}
}
