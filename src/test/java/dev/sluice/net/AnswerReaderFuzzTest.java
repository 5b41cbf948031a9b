package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.fuzz.Pieces;
import dev.sluice.judge.HeaderField;
import dev.sluice.proxy.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Answers of any bytes: they are read, refused, or waited for, and where they are cut does not matter. The first byte of
 * an input says how the rest is cut.
 */
class AnswerReaderFuzzTest {
    private static final int MAX_BODY = 200;

    @FuzzTest(maxDuration = "90s")
    void answer(byte[] data) {
        int pattern = data.length == 0 ? 0 : data[0] & 0xff;
        byte[] bytes = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);

        String whole = read(List.of(bytes));
        String cut = read(Pieces.of(bytes, pattern));

        assertThat(cut).isEqualTo(whole);
    }

    private static String read(List<byte[]> pieces) {
        Reading reading = new Reading();
        EmbeddedChannel channel = new EmbeddedChannel(AnswerReader.decoder(), new AnswerReader(MAX_BODY, reading));
        List<ByteBuf> given = new ArrayList<>();
        for (byte[] piece : pieces) {
            ByteBuf bytes = Unpooled.buffer(piece.length).writeBytes(piece);
            given.add(bytes);
            channel.writeInbound(bytes);
            channel.checkException();
        }
        channel.finishAndReleaseAll();
        assertThat(reading.calls).isLessThanOrEqualTo(1);
        assertThat(given.stream().filter(bytes -> bytes.refCnt() > 0)).isEmpty();
        return reading.end;
    }

    private static final class Reading implements AnswerReader.Listener {
        private String end = "waits";
        private int calls;

        @Override
        public void answered(int status, List<HeaderField> headers, byte[] body) {
            calls++;
            assertThat(status).isBetween(200, 999);
            assertThat(body.length).isLessThanOrEqualTo(MAX_BODY);
            end = status + " " + headers + " " + new String(body, StandardCharsets.ISO_8859_1);
        }

        @Override
        public void failed(FailureReason reason, String detail) {
            calls++;
            end = reason.name();
        }
    }
}
