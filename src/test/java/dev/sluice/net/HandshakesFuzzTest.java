package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.fuzz.Pieces;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Answers of any bytes, cut anywhere: a handshake ends once or waits, throws nothing, and lets no buffer go astray. The
 * first byte of an input says how the rest is cut.
 */
class HandshakesFuzzTest {
    private static final Credentials ANNA = Credentials.of("anna", "s3cret");

    @FuzzTest(maxDuration = "90s")
    void socks4(byte[] data) {
        Answer answer = new Answer(data);
        Played whole = play(listener -> new Socks4Handshake("judge.sluice", 80, null, listener), answer.whole());

        assertThat(whole.end).isEqualTo(naiveSocks4(answer.bytes));
        Played cut = play(listener -> new Socks4Handshake("judge.sluice", 80, ANNA, listener), answer.cut());
        assertSame(whole, cut);
    }

    @FuzzTest(maxDuration = "90s")
    void socks5(byte[] data) {
        Answer answer = new Answer(data);
        for (List<byte[]> pieces : List.of(answer.whole(), answer.cut())) {
            Played open = play(listener -> new Socks5Handshake("judge.sluice", 80, null, listener), pieces);
            Played closed = play(listener -> new Socks5Handshake("203.0.113.9", 80, ANNA, listener), pieces);
            if (open.end.equals("ok")) {
                assertThat(answer.bytes).startsWith(5, 0, 5, 0, 0);
                assertThat(answer.bytes.length).isGreaterThanOrEqualTo(9);
            }
            if (closed.end.equals("ok")) {
                assertThat(answer.bytes[0]).isEqualTo((byte) 5);
                assertThat(answer.bytes[1]).isIn((byte) 0, (byte) 2);
            }
        }
        if (answer.bytes.length > 1 && answer.bytes[0] == 5 && answer.bytes[1] == 0) {
            byte[] reply = Arrays.copyOfRange(answer.bytes, 2, answer.bytes.length);
            Played staged =
                    play(listener -> new Socks5Handshake("::1", 80, null, listener), List.of(new byte[] {5, 0}, reply));
            assertThat(staged.end).isEqualTo(naiveSocks5Reply(reply));
        }
    }

    @FuzzTest(maxDuration = "90s")
    void connect(byte[] data) {
        Answer answer = new Answer(data);
        Played whole = play(listener -> new HttpConnectHandshake("judge.sluice:443", null, listener), answer.whole());
        Played cut = play(listener -> new HttpConnectHandshake("judge.sluice:443", ANNA, listener), answer.cut());

        assertSame(whole, cut);
        if (cut.end.equals("ok")) {
            assertThat(new String(answer.bytes, StandardCharsets.ISO_8859_1))
                    .matches("(?s)HTTP/1\\.[01] 2[0-9][0-9]([ \\r\\n].*)?");
            assertThat(cut.taken).isLessThanOrEqualTo(HttpConnectHandshake.MAX_HEAD);
        }
        if (whole.end.isEmpty()) {
            assertThat(answer.bytes.length).isLessThan(HttpConnectHandshake.MAX_HEAD);
        }
    }

    private static String naiveSocks4(byte[] answer) {
        if (answer.length > 0 && answer[0] != 0) {
            return "PROTOCOL";
        }
        if (answer.length < 8) {
            return "";
        }
        return switch (answer[1]) {
            case 90 -> answer.length == 8 ? "ok" : "PROTOCOL";
            case 91 -> "TARGET";
            case 92, 93 -> "AUTH";
            default -> "PROTOCOL";
        };
    }

    private static String naiveSocks5Reply(byte[] reply) {
        if (reply.length > 0 && reply[0] != 5) {
            return "PROTOCOL";
        }
        if (reply.length < 2) {
            return "";
        }
        if (reply[1] != 0) {
            return reply[1] > 0 && reply[1] < 9 ? "TARGET" : "PROTOCOL";
        }
        if (reply.length < 5) {
            return "";
        }
        int length = reply[3] == 1 ? 10 : reply[3] == 4 ? 22 : 7 + (reply[4] & 0xff);
        if (reply[2] != 0 || reply[3] != 1 && reply[3] != 3 && reply[3] != 4) {
            return "PROTOCOL";
        }
        return reply.length < length ? "" : reply.length == length ? "ok" : "PROTOCOL";
    }

    /** Cut or not, the end is the same; but what comes a piece later is for the next phase to refuse. */
    private static void assertSame(Played whole, Played cut) {
        if (whole.end.equals("PROTOCOL")) {
            assertThat(cut.end).isIn("PROTOCOL", "ok");
        } else {
            assertThat(cut.end).isEqualTo(whole.end);
        }
    }

    private static Played play(Function<Handshake.Listener, Handshake> handshake, List<byte[]> pieces) {
        Played played = new Played();
        EmbeddedChannel channel = new EmbeddedChannel(handshake.apply(played));
        List<ByteBuf> given = new ArrayList<>();
        for (byte[] piece : pieces) {
            if (played.calls == 0) {
                played.taken += piece.length;
            }
            ByteBuf bytes = Unpooled.buffer(piece.length).writeBytes(piece);
            given.add(bytes);
            channel.writeInbound(bytes);
        }
        channel.checkException();
        assertThat(played.calls).isLessThanOrEqualTo(1);
        assertThat(channel.pipeline().get(Handshake.class) == null).isEqualTo(played.end.equals("ok"));
        channel.finishAndReleaseAll();
        assertThat(played.calls).isLessThanOrEqualTo(1);
        assertThat(given.stream().filter(bytes -> bytes.refCnt() > 0)).isEmpty();
        return played;
    }

    private static final class Answer {
        private final byte[] bytes;
        private final int pattern;

        Answer(byte[] data) {
            pattern = data.length == 0 ? 0 : data[0] & 0xff;
            bytes = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
        }

        List<byte[]> whole() {
            return List.of(bytes);
        }

        List<byte[]> cut() {
            return Pieces.of(bytes, pattern);
        }
    }

    private static final class Played implements Handshake.Listener {
        private String end = "";
        private int calls;
        private int taken;

        @Override
        public void succeeded() {
            calls++;
            end = "ok";
        }

        @Override
        public void failed(FailureReason reason, String detail) {
            calls++;
            end = reason.name();
        }
    }
}
