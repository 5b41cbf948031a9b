package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JudgeAnswerTest {
    private static final JudgeSigner SIGNER = new JudgeSigner("a key of enough bytes".getBytes(StandardCharsets.UTF_8));
    private static final JudgeAnswer ANSWER = new JudgeAnswer(
            "abc-123",
            "203.0.113.9",
            1_763_700_000_000L,
            "GET /judge?nonce=abc-123 HTTP/1.1",
            List.of(
                    new HeaderField("Host", "judge.example:8080"),
                    new HeaderField("X-Empty", ""),
                    new HeaderField("Via", "1.1 squid: \u00e9"),
                    new HeaderField("via", "second")));

    @Test
    void whatIsWrittenIsReadBackInOrder() {
        var reading = JudgeAnswer.read(ANSWER.write(SIGNER), SIGNER, "abc-123");

        assertThat(reading).isEqualTo(new JudgeAnswer.Genuine(ANSWER));
    }

    @Test
    void everyFlippedByteIsNoticed() {
        byte[] body = ANSWER.write(SIGNER);
        for (int i = 0; i < body.length; i++) {
            byte[] altered = body.clone();
            altered[i] ^= 1;
            assertThat(JudgeAnswer.read(altered, SIGNER, "abc-123"))
                    .as("byte %d", i)
                    .isInstanceOf(JudgeAnswer.Foreign.class);
        }
    }

    @Test
    void everyCutIsNoticed() {
        byte[] body = ANSWER.write(SIGNER);
        for (int length = 0; length < body.length; length++) {
            assertThat(JudgeAnswer.read(java.util.Arrays.copyOf(body, length), SIGNER, "abc-123"))
                    .as("length %d", length)
                    .isInstanceOf(JudgeAnswer.Foreign.class);
        }
    }

    @Test
    void contentAroundTheAnswerIsTold() {
        String text = new String(ANSWER.write(SIGNER), StandardCharsets.ISO_8859_1);

        assertThat(read("<script>mine()</script>" + text)).isEqualTo(new JudgeAnswer.Surrounded(ANSWER));
        assertThat(read(text + "\n")).isEqualTo(new JudgeAnswer.Surrounded(ANSWER));
    }

    private static JudgeAnswer.Reading read(String text) {
        return JudgeAnswer.read(text.getBytes(StandardCharsets.ISO_8859_1), SIGNER, "abc-123");
    }

    @Test
    void aReplayedAnswerIsForeign() {
        assertThat(JudgeAnswer.read(ANSWER.write(SIGNER), SIGNER, "another"))
                .isEqualTo(new JudgeAnswer.Foreign("answer to another question"));
    }

    @Test
    void anotherKeyIsForeign() {
        JudgeSigner other = JudgeSigner.random(new Random(7));

        assertThat(JudgeAnswer.read(ANSWER.write(other), SIGNER, "abc-123"))
                .isEqualTo(new JudgeAnswer.Foreign("signature does not fit"));
    }

    @Test
    void lineBreaksInHeadersDoNotMakeLines() {
        JudgeAnswer sly = new JudgeAnswer(
                "n", "203.0.113.9", 0, "GET / HTTP/1.1", List.of(new HeaderField("X", "a\npeer: 198.51.100.1")));

        assertThat(JudgeAnswer.read(sly.write(SIGNER), SIGNER, "n"))
                .isInstanceOfSatisfying(
                        JudgeAnswer.Genuine.class,
                        genuine -> assertThat(genuine.answer().headers())
                                .containsExactly(new HeaderField("X", "a?peer: 198.51.100.1")));
    }

    @Test
    void longBodiesAreNotLookedAt() {
        assertThat(JudgeAnswer.read(new byte[JudgeAnswer.MAX_BYTES + 1], SIGNER, "n"))
                .isInstanceOf(JudgeAnswer.Foreign.class);
    }

    @Test
    void garbageIsForeign() {
        long seed = 42;
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            byte[] garbage = new byte[random.nextInt(300)];
            random.nextBytes(garbage);
            assertThat(JudgeAnswer.read(garbage, SIGNER, "n"))
                    .as("seed %d", seed)
                    .isInstanceOf(JudgeAnswer.Foreign.class);
        }
    }

    @Test
    void aShortKeyIsRefused() {
        assertThatThrownBy(() -> new JudgeSigner(new byte[7])).hasMessage("key: 7 bytes (expected: 8 or more)");
    }

    @Test
    void noncesAreBoundedTokens() {
        assertThat(Nonce.isNonce(Nonce.fresh(new Random(1)))).isTrue();
        assertThat(Nonce.isNonce("")).isFalse();
        assertThat(Nonce.isNonce("a".repeat(128))).isTrue();
        assertThat(Nonce.isNonce("a".repeat(129))).isFalse();
        assertThat(Nonce.isNonce("a b")).isFalse();
        assertThat(Nonce.isNonce("a\nb")).isFalse();
        assertThat(Nonce.isNonce("\u00e4")).isFalse();
    }

    @Test
    void theSignerHidesItsKey() {
        assertThat(SIGNER.toString()).doesNotContain("enough");
    }
}
