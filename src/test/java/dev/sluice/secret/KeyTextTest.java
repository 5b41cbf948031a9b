package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTextTest {
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void whatIsWrittenIsRead(long seed) {
        Random random = new Random(seed);
        Set<String> seen = new HashSet<>();
        for (int round = 0; round < 500; round++) {
            KeyText key = KeyText.random(random);
            assertThat(key.text())
                    .as("seed %d", seed)
                    .matches("sluice_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")
                    .hasSize(KeyText.LENGTH);
            assertThat(KeyText.parse(key.text())).as("seed %d", seed).isEqualTo(key);
            assertThat(seen.add(key.text())).as("seed %d: twice %s", seed, key).isTrue();
        }
    }

    /** CRC-32 finds every error within 32 bits, and so every single character. */
    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void noCharacterCanBeMistyped(long seed) {
        Random random = new Random(seed);
        String text = KeyText.random(random).text();
        for (int at = 0; at < text.length(); at++) {
            char wrong;
            do {
                wrong = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
            } while (wrong == text.charAt(at));
            String typo = text.substring(0, at) + wrong + text.substring(at + 1);
            assertThat(KeyText.parse(typo)).as("seed %d: %s", seed, typo).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void anyTextIsReadOrRefused(long seed) {
        Random random = new Random(seed);
        String whole = KeyText.random(random).text();
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder(whole);
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(text.length() + 1);
                switch (random.nextInt(5)) {
                    case 0 -> text.insert(at, (char) random.nextInt(0x300));
                    case 1 -> text.setLength(at);
                    case 2 -> text.append(text);
                    case 3 -> text.insert(at, '_');
                    default -> {
                        if (at < text.length()) {
                            text.setCharAt(at, (char) random.nextInt(0x10000));
                        }
                    }
                }
            }
            KeyText read = KeyText.parse(text.toString());
            if (read != null) {
                assertThat(read.text()).as("seed %d", seed).isEqualTo(text.toString());
            }
        }
    }

    @Test
    void aKeyDoesNotPrintItsSecret() {
        KeyText key = KeyText.random(new Random(1));

        assertThat(key.toString()).contains(key.id()).doesNotContain(key.secret());
    }
}
