package dev.sluice.net.scenario;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Plays a script on a loopback socket for the one client that connects. Confined to one thread, which it blocks. */
final class Counterpart implements AutoCloseable {
    /** How long anything may take that has to come; the client's own deadlines are far shorter. */
    private static final int PATIENCE_MILLIS = 20_000;

    private static final String ADDRESS = "127.0.0.2";
    /** Where nobody listens: ports of the other address are taken again at once. */
    private static final String DESERTED = "127.0.0.3";

    private final List<Step> steps;
    private final ServerSocket server;
    private final boolean refuses;
    private final int port;
    private final byte[] chunk = new byte[8_192];
    private byte[] inbox = {};
    private String head = "";
    private boolean gone;
    private @Nullable Socket raw;
    private @Nullable Socket socket;

    Counterpart(List<Step> steps) throws IOException {
        this.steps = steps;
        this.refuses = steps.get(0) instanceof Step.End end && end.manner() == Step.Manner.REFUSE;
        this.server = new ServerSocket(0, 1, InetAddress.getByName(refuses ? DESERTED : ADDRESS));
        server.setSoTimeout(PATIENCE_MILLIS);
        port = server.getLocalPort();
        if (refuses) {
            server.close();
        }
    }

    String address() {
        return refuses ? DESERTED : ADDRESS;
    }

    int port() {
        return port;
    }

    /**
     * Plays all of it and waits for the client's close.
     *
     * @throws AssertionError when the client does something else than the script says
     */
    void play() throws IOException {
        if (refuses) {
            return;
        }
        Socket accepted = server.accept();
        accepted.setTcpNoDelay(true);
        raw = accepted;
        socket = accepted;
        for (Step step : steps) {
            try {
                play(step, accepted);
            } catch (AssertionError e) {
                throw new AssertionError("line " + step.line() + ": " + e.getMessage(), e);
            }
            if (accepted.isClosed()) {
                return;
            }
        }
        awaitClose(false);
    }

    private void play(Step step, Socket plain) throws IOException {
        if (step instanceof Step.ExpectBytes expected) {
            byte[] bytes = take(expected.bytes().length);
            check(hex(expected.bytes()), hex(bytes));
        } else if (step instanceof Step.ExpectLine expected) {
            check(expected.text() + "\r\n", through("\r\n"));
        } else if (step instanceof Step.ExpectHead) {
            head = through("\r\n\r\n");
        } else if (step instanceof Step.ExpectHeader expected) {
            header(expected);
        } else if (step instanceof Step.ExpectRecord) {
            byte[] start = take(5);
            take((start[3] & 0xff) << 8 | start[4] & 0xff);
        } else if (step instanceof Step.ExpectClose) {
            awaitClose(true);
        } else if (step instanceof Step.Send send) {
            send(send);
        } else if (step instanceof Step.Pause pause) {
            pause(pause.millis());
        } else if (step instanceof Step.StartTls tls) {
            startTls(tls);
        } else if (step instanceof Step.End end) {
            end(end.manner(), plain);
        }
    }

    private static void check(String expected, String actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("the client sent <" + actual + "> (expected: <" + expected + ">)");
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    private void header(Step.ExpectHeader expected) {
        String lines = "\r\n" + head;
        boolean found = expected.present()
                ? lines.contains("\r\n" + expected.text() + "\r\n")
                : lines.toLowerCase(Locale.ROOT)
                        .contains("\r\n" + expected.text().toLowerCase(Locale.ROOT) + ":");
        if (found != expected.present()) {
            throw new AssertionError("\"" + expected.text() + "\" is " + (found ? "" : "not ") + "in " + head);
        }
    }

    // --- reading

    private byte[] take(int length) throws IOException {
        while (inbox.length < length) {
            await("only " + hex(inbox));
        }
        byte[] taken = Arrays.copyOf(inbox, length);
        inbox = Arrays.copyOfRange(inbox, length, inbox.length);
        return taken;
    }

    private String through(String end) throws IOException {
        while (true) {
            String text = new String(inbox, StandardCharsets.ISO_8859_1);
            int at = text.indexOf(end);
            if (at >= 0) {
                return new String(take(at + end.length()), StandardCharsets.ISO_8859_1);
            }
            await("only <" + text + ">");
        }
    }

    private void await(String sofar) throws IOException {
        if (!receive(PATIENCE_MILLIS)) {
            throw new AssertionError((gone ? "the client left" : "nothing came") + ", it sent " + sofar);
        }
    }

    /** Reads what comes within {@code millis}; false when nothing did, {@link #gone} tells why. */
    private boolean receive(int millis) throws IOException {
        Socket from = socket;
        if (gone || from == null) {
            return false;
        }
        from.setSoTimeout(millis);
        try {
            int length = from.getInputStream().read(chunk);
            if (length < 0) {
                gone = true;
                return false;
            }
            int before = inbox.length;
            inbox = Arrays.copyOf(inbox, before + length);
            System.arraycopy(chunk, 0, inbox, before, length);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            gone = true;
            return false;
        }
    }

    private void awaitClose(boolean silent) throws IOException {
        while (!gone) {
            if (silent && inbox.length > 0) {
                throw new AssertionError("the client sent " + hex(inbox) + " (expected: nothing)");
            }
            inbox = new byte[0];
            if (!receive(PATIENCE_MILLIS) && !gone) {
                throw new AssertionError("the client did not close");
            }
        }
    }

    // --- doing

    private void pause(int millis) throws IOException {
        long end = System.nanoTime() + millis * 1_000_000L;
        while (!gone) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            receive((int) left);
        }
    }

    private void send(Step.Send send) throws IOException {
        Socket to = socket;
        for (int i = 0; to != null && !gone && (send.times() == 0 || i < send.times()); i++) {
            for (int at = 0; !gone && at < send.bytes().length; at += send.piece()) {
                try {
                    to.getOutputStream().write(send.bytes(), at, send.piece());
                    to.getOutputStream().flush();
                } catch (IOException e) {
                    gone = true;
                }
                if (send.pauseMillis() > 0) {
                    pause(send.pauseMillis());
                }
            }
        }
    }

    /** A stranger's handshake may fail: whether it goes on is for the client to say. */
    private void startTls(Step.StartTls tls) throws IOException {
        Socket below = socket;
        if (below == null || gone) {
            throw new AssertionError("the client left before TLS");
        }
        below.setSoTimeout(PATIENCE_MILLIS);
        SSLSocket secured = (SSLSocket)
                tls.identity().context().getSocketFactory().createSocket(below, new ByteArrayInputStream(inbox), true);
        inbox = new byte[0];
        secured.setUseClientMode(false);
        if (!tls.version().isEmpty()) {
            secured.setEnabledProtocols(new String[] {tls.version()});
        }
        try {
            secured.startHandshake();
            socket = secured;
        } catch (IOException e) {
            gone = true;
            if (tls.identity() == Identity.JUDGE) {
                throw new AssertionError("TLS handshake failed: " + e.getMessage(), e);
            }
        }
    }

    private void end(Step.Manner manner, Socket plain) throws IOException {
        switch (manner) {
            case CLOSE -> {
                Socket top = socket;
                if (top != null) {
                    top.close();
                }
                plain.close();
            }
            case HALF_CLOSE -> {
                if (!gone) {
                    plain.shutdownOutput();
                }
            }
            case CUT -> plain.close();
            case RESET -> {
                plain.setSoLinger(true, 0);
                plain.close();
            }
            case HANG -> awaitClose(false);
            case REFUSE -> throw new AssertionError("refuse is a first step");
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (raw != null) {
            raw.close();
        }
    }
}
