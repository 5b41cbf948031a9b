package dev.sluice.api;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One connection, over which request after request is sent. */
final class KeptAlive implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;
    private String head = "";

    KeptAlive(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** A request without a body; to {@code localhost} unless a header says otherwise. */
    static String request(String method, String path, String... headers) {
        StringBuilder request =
                new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\n");
        boolean host = false;
        for (String header : headers) {
            request.append(header).append("\r\n");
            host |= header.startsWith("Host:");
        }
        return request.append(host ? "\r\n" : "Host: localhost\r\n\r\n").toString();
    }

    /** Sends a request without a body and reads its answer, whose length must be told. */
    Wire.Answer ask(String method, String path, String... headers) throws IOException {
        send(request(method, path, headers));
        return next(method.equals("HEAD"));
    }

    /** Sends characters, each as a byte. */
    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * The next answer, whose length must be told.
     *
     * @param bare whether it answers HEAD, so that no body follows
     */
    Wire.Answer next(boolean bare) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed after: " + bytes);
            }
            bytes.write(next);
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
        head = bytes.toString(StandardCharsets.ISO_8859_1);
        Wire.Answer answer = Wire.Answer.of(head);
        int length = bare ? 0 : Integer.parseInt(answer.headers().getOrDefault("content-length", "0"));
        return new Wire.Answer(
                answer.status(), answer.headers(), new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    /** The head of the last answer, as it came. */
    String head() {
        return head;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
