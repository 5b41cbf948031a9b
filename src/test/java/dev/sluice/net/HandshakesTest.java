package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Byte-level scripts for the three handshakes, whole and a byte at a time. */
class HandshakesTest {
    private static final Credentials ANNA = Credentials.of("anna", "s3cret");

    // --- CONNECT

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 Connection established\\r\\n\\r\\n | ok",
                "HTTP/1.0 200\\r\\n\\r\\n | ok",
                "HTTP/1.1 200 OK\\n\\n | ok",
                "HTTP/1.1 204 Fine\\r\\nVia: 1.1 x\\r\\nContent-Length: 0\\r\\n\\r\\n | ok",
                "HTTP/1.1 407 Proxy Authentication Required\\r\\nProxy-Authenticate: Basic\\r\\n\\r\\n | AUTH",
                "HTTP/1.1 403 Forbidden\\r\\n\\r\\n<html>no</html> | TARGET",
                "HTTP/1.1 502 Bad Gateway\\r\\n\\r\\n | TARGET",
                "HTTP/1.1 301 Moved\\r\\nLocation: http://x/\\r\\n\\r\\n | TARGET",
                "HTTP/1.1 100 Continue\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1 20 OK\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1 2000 OK\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1 999 OK\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1 2x0 OK\\r\\n\\r\\n | PROTOCOL",
                "HTTP/2.0 200 OK\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1 200 OK\\r\\nno colon\\r\\n\\r\\n | PROTOCOL",
                "HTTP/1.1 200 OK\\r\\n\\r\\n<html>welcome</html> | PROTOCOL",
                "SSH-2.0-OpenSSH_9.2\\r\\n | PROTOCOL",
                "<html> | PROTOCOL",
                "\\0x05\\0x00 | PROTOCOL"
            })
    void answersToConnect(String answer, String expected) {
        byte[] bytes = answer.trim()
                .replace("\\0x05\\0x00", "\u0005\u0000")
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .getBytes(StandardCharsets.ISO_8859_1);

        assertThat(run(listener -> new HttpConnectHandshake("judge.example:443", null, listener), bytes).result)
                .isEqualTo(expected.trim());
    }

    @Test
    void connectNamesTheTargetAndTheCredentials() {
        Script script = open(listener -> new HttpConnectHandshake("[2001:db8::1]:443", ANNA, listener));

        assertThat(script.sentText())
                .isEqualTo("CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
                        + "Proxy-Authorization: Basic YW5uYTpzM2NyZXQ=\r\n\r\n");
        script.close();
    }

    @Test
    void anEndlessHeadEndsAtItsBound() {
        Script script = open(listener -> new HttpConnectHandshake("j:1", null, listener));
        script.receive("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] line = ("X-More: " + "y".repeat(90) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        int lines = 0;
        while (script.result.isEmpty() && lines < 1_000) {
            script.receive(line);
            lines++;
        }

        assertThat(script.result).isEqualTo("PROTOCOL");
        assertThat(lines * line.length).isLessThan(HttpConnectHandshake.MAX_HEAD + 200);
        script.close();
    }

    // --- SOCKS4

    @ParameterizedTest
    @CsvSource({
        "005a000000000000, ok",
        "005a1f90cb007105, ok",
        "005b000000000000, TARGET",
        "005c000000000000, AUTH",
        "005d000000000000, AUTH",
        "005e000000000000, PROTOCOL",
        "0000000000000000, PROTOCOL",
        "045a000000000000, PROTOCOL",
        "05ff, PROTOCOL",
        "48545450, PROTOCOL",
        "005a000000000000ff, PROTOCOL",
        "005a0000000000, ''"
    })
    void answersToSocks4(String hex, String expected) {
        assertThat(run(listener -> new Socks4Handshake("203.0.113.9", 80, null, listener), hex(hex)).result)
                .isEqualTo(expected);
    }

    @Test
    void socks4SendsAnAddressAndSocks4aAName() {
        Script byAddress = open(listener -> new Socks4Handshake("203.0.113.9", 8080, ANNA, listener));
        Script byName = open(listener -> new Socks4Handshake("judge.example", 8080, null, listener));

        assertThat(byAddress.sentHex()).isEqualTo("04011f90cb007109" + "616e6e61" + "00");
        assertThat(byName.sentHex()).isEqualTo("04011f9000000001" + "00" + "6a756467652e6578616d706c65" + "00");
        byAddress.close();
        byName.close();
    }

    // --- SOCKS5

    @ParameterizedTest
    @CsvSource({
        "0500 05000001000000000000, ok",
        "0500 050000040000000000000000000000000000000000 00, ok",
        "0500 0500000304616263640000, ok",
        "0500 05000003000000, ok",
        "05ff, AUTH",
        "0502, AUTH",
        "0501, PROTOCOL",
        "0400, PROTOCOL",
        "48545450, PROTOCOL",
        "050005000001000000000000, PROTOCOL",
        "0500 05010001000000000000, TARGET",
        "0500 05020001000000000000, TARGET",
        "0500 0505, TARGET",
        "0500 0508, TARGET",
        "0500 0509, PROTOCOL",
        "0500 0400, PROTOCOL",
        "0500 05000101000000000000, PROTOCOL",
        "0500 05000002000000000000, PROTOCOL",
        "0500 05000001000000000000ff, PROTOCOL",
        "0500 0500000100000000, ''",
        "05, ''"
    })
    void answersToSocks5(String hex, String expected) {
        Script script = open(listener -> new Socks5Handshake("203.0.113.9", 443, null, listener));
        for (String message : hex.split(" ")) {
            script.receive(hex(message));
        }

        assertThat(script.result).isEqualTo(expected);
        script.close();
    }

    @ParameterizedTest
    @CsvSource({
        "0502 0100 05000001000000000000, ok",
        "0500 05000001000000000000, ok",
        "0502 0101, AUTH",
        "0502 01ff, AUTH",
        "0502 0500, PROTOCOL",
        "0502 010000, PROTOCOL",
        "05ff, AUTH",
        "0503, PROTOCOL",
        "0502 01, ''"
    })
    void answersToSocks5WithPassword(String hex, String expected) {
        Script script = open(listener -> new Socks5Handshake("203.0.113.9", 443, ANNA, listener));
        for (String message : hex.split(" ")) {
            script.receive(hex(message));
        }

        assertThat(script.result).isEqualTo(expected);
        script.close();
    }

    @Test
    void socks5SpeaksInTurn() {
        Script script = open(listener -> new Socks5Handshake("judge.example", 443, ANNA, listener));

        assertThat(script.sentHex()).isEqualTo("05020002");
        script.receive(hex("0502"));
        assertThat(script.sentHex()).isEqualTo("0104616e6e6106733363726574");
        script.receive(hex("0100"));
        assertThat(script.sentHex()).isEqualTo("050100030d6a756467652e6578616d706c6501bb");
        script.receive(hex("05000001000000000000"));
        assertThat(script.result).isEqualTo("ok");
        assertThat(script.channel.pipeline().get(Socks5Handshake.class)).isNull();
        script.close();
    }

    @Test
    void socks5NamesIpv6ByAddress() {
        Script script = open(listener -> new Socks5Handshake("2001:db8::1", 80, null, listener));
        script.sentHex();
        script.receive(hex("0500"));

        assertThat(script.sentHex()).isEqualTo("0501000420010db80000000000000000000000010050");
        script.close();
    }

    @Test
    void credentialsThatDoNotFitAreTold() {
        assertThat(Socks5Handshake.fit(ANNA)).isTrue();
        assertThat(Socks5Handshake.fit(Credentials.of("\u00e4".repeat(128), "")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void garbageNeverBreaksAHandshake(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] garbage = new byte[1 + random.nextInt(400)];
            random.nextBytes(garbage);
            garbage[0] = (byte) (random.nextBoolean() ? 5 : 0);
            int kind = i % 3;
            Script script = open(listener -> kind == 0
                    ? new HttpConnectHandshake("j:1", null, listener)
                    : kind == 1
                            ? new Socks4Handshake("j", 1, null, listener)
                            : new Socks5Handshake("j", 1, ANNA, listener));
            script.receive(garbage);
            script.channel.checkException();
            assertThat(script.calls).as("seed %d round %d", seed, i).isLessThanOrEqualTo(1);
            script.close();
        }
    }

    /** The same script whole and byte by byte must come to the same end. */
    private static Script run(Function<Handshake.Listener, Handshake> handshake, byte[] answer) {
        Script whole = open(handshake);
        whole.receive(answer);
        Script dripping = open(handshake);
        for (byte one : answer) {
            dripping.receive(new byte[] {one});
        }
        // A byte that comes after the end is the next phase's to refuse.
        assertThat(dripping.result).isIn(whole.result, whole.result.equals("PROTOCOL") ? "ok" : whole.result);
        dripping.close();
        whole.close();
        return whole;
    }

    private static Script open(Function<Handshake.Listener, Handshake> handshake) {
        return new Script(handshake);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static final class Script implements Handshake.Listener {
        private final EmbeddedChannel channel;
        private String result = "";
        private int calls;

        Script(Function<Handshake.Listener, Handshake> handshake) {
            channel = new EmbeddedChannel(handshake.apply(this));
        }

        void receive(byte[] bytes) {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        }

        private byte[] sent() {
            ByteBuf all = Unpooled.buffer();
            @Nullable ByteBuf next;
            while ((next = channel.readOutbound()) != null) {
                all.writeBytes(next);
                next.release();
            }
            byte[] bytes = new byte[all.readableBytes()];
            all.readBytes(bytes).release();
            return bytes;
        }

        String sentHex() {
            return HexFormat.of().formatHex(sent());
        }

        String sentText() {
            return new String(sent(), StandardCharsets.US_ASCII);
        }

        void close() {
            channel.finishAndReleaseAll();
        }

        @Override
        public void succeeded() {
            calls++;
            result = "ok";
        }

        @Override
        public void failed(FailureReason reason, String detail) {
            calls++;
            result = reason.name();
        }
    }
}
