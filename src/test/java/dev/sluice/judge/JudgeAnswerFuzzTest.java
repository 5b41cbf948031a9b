package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What comes back in place of a judge's answer: any bytes, and answers with something altered. */
class JudgeAnswerFuzzTest {
    private static final byte[] KEY = "a key of enough bytes".getBytes(StandardCharsets.US_ASCII);
    private static final JudgeSigner SIGNER = new JudgeSigner(KEY);
    private static final String NONCE = "abc-123";
    private static final JudgeAnswer ANSWER = new JudgeAnswer(
            NONCE,
            "203.0.113.9",
            1_763_700_000_000L,
            "GET /judge?nonce=abc-123 HTTP/1.1",
            List.of(new HeaderField("Host", "judge.example:8080"), new HeaderField("Via", "1.1 squid")));

    @FuzzTest(maxDuration = "90s")
    void foreign(byte[] data) {
        check(data);
    }

    /** Three bytes say where and how much is taken away, the rest is put there. */
    @FuzzTest(maxDuration = "90s")
    void altered(byte[] data) {
        byte[] genuine = ANSWER.write(SIGNER);
        if (data.length < 3) {
            return;
        }
        int from = ((data[0] & 0xff) << 8 | data[1] & 0xff) % (genuine.length + 1);
        int to = Math.min(genuine.length, from + (data[2] & 0xff));
        byte[] body = new byte[genuine.length - (to - from) + data.length - 3];
        System.arraycopy(genuine, 0, body, 0, from);
        System.arraycopy(data, 3, body, from, data.length - 3);
        System.arraycopy(genuine, to, body, from + data.length - 3, genuine.length - to);

        check(body);

        JudgeAnswer.Reading reading = JudgeAnswer.read(body, SIGNER, NONCE);
        if (reading instanceof JudgeAnswer.Genuine) {
            assertThat(body).isEqualTo(genuine);
        }
        if (reading instanceof JudgeAnswer.Surrounded surrounded) {
            assertThat(surrounded.answer()).isEqualTo(ANSWER);
        }
    }

    /** The rest of an answer as a judge would sign it, whatever it says. */
    @FuzzTest(maxDuration = "90s")
    void signed(byte[] data) {
        byte[] content = concat("sluice-judge/1\n".getBytes(StandardCharsets.US_ASCII), data, new byte[] {'\n'});
        byte[] body = concat(content, ("signature: " + hmac(content) + '\n').getBytes(StandardCharsets.US_ASCII));

        check(body);
    }

    /** A request as a judge saw it, line by line: what is written is read back. */
    @FuzzTest(maxDuration = "90s")
    void written(byte[] data) {
        String[] lines = new String(data, StandardCharsets.ISO_8859_1).split("\n", -1);
        List<HeaderField> headers = Arrays.stream(lines)
                .skip(2)
                .limit(50)
                .map(line -> line.split(": ", 2))
                .map(field -> new HeaderField(field[0], field.length > 1 ? field[1] : ""))
                .toList();
        JudgeAnswer answer = new JudgeAnswer(NONCE, lines[0], data.length, lines.length > 1 ? lines[1] : "", headers);

        byte[] body = answer.write(SIGNER);

        if (body.length <= JudgeAnswer.MAX_BYTES) {
            assertThat(JudgeAnswer.read(body, SIGNER, NONCE))
                    .isInstanceOfSatisfying(JudgeAnswer.Genuine.class, genuine -> {
                        assertThat(genuine.answer().write(SIGNER)).isEqualTo(body);
                        assertThat(genuine.answer().headers()).hasSameSizeAs(headers);
                    });
        }
    }

    @FuzzTest(maxDuration = "90s")
    void nonces(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);

        assertThat(Nonce.isNonce(text)).as(text).isEqualTo(text.matches("[-!#$%&'*+.^_`|~0-9A-Za-z]{1,128}"));
    }

    private static void check(byte[] body) {
        JudgeAnswer.Reading reading = JudgeAnswer.read(body, SIGNER, NONCE);
        if (reading instanceof JudgeAnswer.Foreign foreign) {
            assertThat(foreign.detail()).hasSizeLessThan(100);
            return;
        }
        String text = new String(body, StandardCharsets.ISO_8859_1);
        int start = text.indexOf("sluice-judge/1\n");
        int mark = text.indexOf("\nsignature: ", start);
        String given = text.substring(mark + 12, mark + 76);
        assertThat(given).isEqualTo(hmac(Arrays.copyOfRange(body, start, mark + 1)));
        JudgeAnswer answer = reading instanceof JudgeAnswer.Genuine genuine
                ? genuine.answer()
                : ((JudgeAnswer.Surrounded) reading).answer();
        assertThat(answer.nonce()).isEqualTo(NONCE);
        assertThat(reading instanceof JudgeAnswer.Genuine).isEqualTo(start == 0 && mark + 77 == body.length);
    }

    private static String hmac(byte[] content) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
            mac.update("answer\0".getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(mac.doFinal(content));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] concat(byte[]... parts) {
        byte[] all = new byte[0];
        for (byte[] part : parts) {
            int at = all.length;
            all = Arrays.copyOf(all, at + part.length);
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }
}
