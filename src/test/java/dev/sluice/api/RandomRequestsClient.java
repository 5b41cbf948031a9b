package dev.sluice.api;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Sends {@link RandomRequests} over one connection after the other, several ahead of their answers, and reads every answer to
 * its end. An answer that is wrong whatever was asked ends it with {@link IllegalStateException}. Not thread-safe.
 */
public final class RandomRequestsClient {
    private static final int AHEAD = 16;
    private static final int TIMEOUT_MILLIS = 30_000;

    private final int port;
    private final RandomGenerator random;
    private final RandomRequests requests;
    private final Map<Integer, Long> statuses = new TreeMap<>();
    private long sent;
    private long connections;

    /** A client of the API at {@code port} on loopback. */
    public RandomRequestsClient(int port, RandomGenerator random) {
        this.port = port;
        this.random = random;
        this.requests = new RandomRequests(random);
    }

    /** Answers by status; 0 for wild bytes that were answered by the end of the connection alone. */
    public Map<Integer, Long> statuses() {
        return statuses;
    }

    /** Connections that were opened. */
    public long connections() {
        return connections;
    }

    /** Sends {@code count} requests, one in a hundred of them wild, each of those on a connection of its own. */
    public void run(long count) throws IOException {
        long end = sent + count;
        while (sent < end) {
            if (random.nextInt(100) < AHEAD) {
                wild();
            } else {
                framed(end);
            }
        }
    }

    private Socket connect() throws IOException {
        connections++;
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Sends batches until the server ends the connection, or a hundred of them are through. */
    private void framed(long end) throws IOException {
        try (Socket socket = connect()) {
            InputStream in = new BufferedInputStream(socket.getInputStream(), 32_768);
            OutputStream out = socket.getOutputStream();
            for (int i = 0; i < 100 && sent < end; i++) {
                List<RandomRequests.Request> batch = new ArrayList<>();
                int size = (int) Math.min(AHEAD, end - sent);
                for (int j = 0; j < size; j++) {
                    batch.add(requests.framed());
                }
                if (!exchange(batch, in, out)) {
                    return;
                }
            }
        }
    }

    private boolean exchange(List<RandomRequests.Request> batch, InputStream in, OutputStream out) throws IOException {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            batch.forEach(request -> bytes.writeBytes(request.bytes()));
            out.write(bytes.toByteArray());
            for (RandomRequests.Request request : batch) {
                Answer answer = Answer.read(in, request.head());
                check(answer, request.bytes());
                sent++;
                if (answer.closes()) {
                    // What followed on this connection is not answered any more.
                    return false;
                }
            }
            return true;
        } catch (EOFException | SocketException e) {
            // The server ends a connection without a word only after an answer that said so.
            throw new IllegalStateException(
                    "the connection ended before its answer: "
                            + batch.stream()
                                    .map(request -> new String(request.bytes(), StandardCharsets.ISO_8859_1))
                                    .toList(),
                    e);
        }
    }

    /** Sends bytes, ends its side, and waits until the server has ended the other. */
    private void wild() throws IOException {
        byte[] bytes = requests.wild();
        sent++;
        try (Socket socket = connect()) {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            byte[] answer = socket.getInputStream().readAllBytes();
            if (answer.length == 0) {
                statuses.merge(0, 1L, Long::sum);
                return;
            }
            check(Answer.status(answer), bytes);
        } catch (SocketException e) {
            // It ended the connection while bytes were still on their way.
            statuses.merge(0, 1L, Long::sum);
        }
    }

    private void check(Answer answer, byte[] request) {
        // A version of HTTP that is none is refused by the server's library, in that version and without a body.
        boolean refused = answer.status >= 400 && answer.status != 501;
        boolean told = "application/problem+json".equals(answer.headers.get("content-type"));
        if (answer.status == 500 || refused != told) {
            throw new IllegalStateException("answered " + answer.status + " " + answer.headers + " to "
                    + new String(request, StandardCharsets.ISO_8859_1));
        }
        statuses.merge(answer.status, 1L, Long::sum);
    }

    private record Answer(int status, Map<String, String> headers) {
        boolean closes() {
            return "close".equalsIgnoreCase(headers.get("connection"));
        }

        /** The first answer among bytes. */
        static Answer status(byte[] bytes) throws IOException {
            return head(new ByteArrayInputStream(bytes));
        }

        static Answer read(InputStream in, boolean head) throws IOException {
            Answer answer = head(in);
            while (answer.status == 100) {
                answer = head(in);
            }
            if (head || answer.status == 304 || answer.status == 204) {
                return answer;
            }
            String length = answer.headers.get("content-length");
            if (length != null) {
                in.skipNBytes(Long.parseLong(length));
            } else if ("chunked".equals(answer.headers.get("transfer-encoding"))) {
                for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                    in.skipNBytes(size + 2L);
                }
                fields(in, answer.headers);
            } else {
                throw new IllegalStateException("headers: " + answer.headers + " (expected: a length)");
            }
            return answer;
        }

        private static Answer head(InputStream in) throws IOException {
            String first = line(in);
            if (!first.matches("[^ ]+ [0-9]{3} .*")) {
                throw new IllegalStateException("status line: " + first + " (expected: a version and a status)");
            }
            Map<String, String> headers = new TreeMap<>();
            fields(in, headers);
            return new Answer(Integer.parseInt(first.split(" ", -1)[1]), headers);
        }

        /** Headers, or the trailers behind the last chunk, up to the empty line. */
        private static void fields(InputStream in, Map<String, String> fields) throws IOException {
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                int colon = line.indexOf(':');
                fields.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }

        private static String line(InputStream in) throws IOException {
            byte[] line = new byte[256];
            int length = 0;
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException();
                }
                if (length == line.length) {
                    line = Arrays.copyOf(line, 2 * length);
                }
                line[length++] = (byte) next;
            }
            return new String(
                    line, 0, length > 0 && line[length - 1] == '\r' ? length - 1 : length, StandardCharsets.ISO_8859_1);
        }
    }
}
