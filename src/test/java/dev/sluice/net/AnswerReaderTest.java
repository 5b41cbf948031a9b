package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.judge.HeaderField;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerReaderTest {
    private static final int MAX_BODY = 1_000;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK~Content-Length: 5~~hello | 200 hello",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~~ | 200 hello",
                "HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 2~~ok | 200 ok",
                "HTTP/1.1 204 No Content~~ | 204 ",
                "HTTP/1.1 407 Auth~Content-Length: 0~~ | 407 ",
                "HTTP/1.1 101 Switching~~ | PROTOCOL",
                "HTTP/1.1 200 OK~Content-Length: 1001~~ | PROTOCOL",
                "HTTP/1.1 200 OK~Content-Length: x~~ | PROTOCOL",
                "HTTP/1.1 200 OK~Content-Length: 5~Content-Length: 6~~hello | PROTOCOL",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~hello | PROTOCOL",
                "HTTP/1.1 200 OK~Content-Length: 5~~hel | nothing",
                "ICY 200 OK~~ | PROTOCOL",
                "SSH-2.0-OpenSSH~~ | PROTOCOL",
                "RTSP/1.0 200 OK~~ | PROTOCOL",
                "HTTP/2.0 200 OK~~ | PROTOCOL"
            })
    void answers(String wire, String expected) {
        Reading reading = new Reading();
        reading.receive(wire.trim().replace("~", "\r\n"));

        assertThat(reading.result.trim()).isEqualTo(expected.trim());
        reading.channel.finishAndReleaseAll();
    }

    @Test
    void aBodyWithoutLengthEndsWithTheConnection() {
        Reading reading = new Reading();
        reading.receive("HTTP/1.0 200 OK\r\n\r\nsome ");
        reading.receive("text");
        assertThat(reading.result).isEqualTo("nothing");

        reading.channel.finishAndReleaseAll();

        assertThat(reading.result).isEqualTo("200 some text");
    }

    @Test
    void aBodyCutShortIsNoAnswer() {
        Reading reading = new Reading();
        reading.receive("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome");

        reading.channel.finishAndReleaseAll();

        assertThat(reading.result).isEqualTo("nothing");
    }

    @Test
    void endlessHeadersEndAtTheirBound() {
        Reading reading = new Reading();
        reading.receive("HTTP/1.1 200 OK\r\n");
        int received = 0;
        while (reading.result.equals("nothing") && received < 1_000_000) {
            reading.receive("X-More: " + "y".repeat(90) + "\r\n");
            received += 100;
        }

        assertThat(reading.result).isEqualTo("PROTOCOL");
        assertThat(received).isLessThan(20_000);
        reading.channel.finishAndReleaseAll();
    }

    @Test
    void tinyFieldsEndBeforeTheyCostAHundredTimesTheirSize() {
        Reading few = new Reading();
        few.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + "a:\r\n".repeat(127) + "\r\n");
        Reading many = new Reading();
        many.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + "a:\r\n".repeat(128) + "\r\n");
        Reading trailing = new Reading();
        trailing.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + "a:\r\n".repeat(129) + "\r\n");

        assertThat(few.result).isEqualTo("200 ");
        assertThat(many.result).isEqualTo("PROTOCOL");
        assertThat(trailing.result).isEqualTo("PROTOCOL");
        few.channel.finishAndReleaseAll();
        many.channel.finishAndReleaseAll();
        trailing.channel.finishAndReleaseAll();
    }

    @Test
    void anEndlessBodyEndsAtItsBound() {
        Reading reading = new Reading();
        reading.receive("HTTP/1.1 200 OK\r\n\r\n");
        int received = 0;
        while (reading.result.equals("nothing") && received < 100_000) {
            reading.receive("z".repeat(100));
            received += 100;
        }

        assertThat(reading.result).isEqualTo("PROTOCOL");
        assertThat(received).isLessThanOrEqualTo(MAX_BODY + 100);
        reading.channel.finishAndReleaseAll();
    }

    @Test
    void aShortBodyThatIsLongOnTheWireEndsAtItsBound() {
        Reading reading = new Reading();
        reading.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        int received = 0;
        while (reading.result.equals("nothing") && received < 1_000_000) {
            reading.receive("1;" + "x".repeat(990) + "\r\nz\r\n");
            received += 998;
        }

        assertThat(reading.result).isEqualTo("PROTOCOL");
        assertThat(received).isLessThan(40_000);
        reading.channel.finishAndReleaseAll();
    }

    @Test
    void endlessInformationalAnswersEnd() {
        Reading reading = new Reading();
        for (int i = 0; i < 5; i++) {
            reading.receive("HTTP/1.1 100 Continue\r\n\r\n");
        }

        assertThat(reading.result).isEqualTo("PROTOCOL");
        reading.channel.finishAndReleaseAll();
    }

    private static final class Reading implements AnswerReader.Listener {
        private final EmbeddedChannel channel =
                new EmbeddedChannel(AnswerReader.decoder(), new AnswerReader(MAX_BODY, this));
        private String result = "nothing";

        void receive(String text) {
            channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
        }

        @Override
        public void answered(int status, List<HeaderField> headers, byte[] body) {
            result = status + " " + new String(body, StandardCharsets.ISO_8859_1);
        }

        @Override
        public void failed(FailureReason reason, String detail) {
            result = reason.name();
        }
    }
}
