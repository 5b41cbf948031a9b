package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorChainTest {
    @Test
    void causesAreToldOutermostFirst() {
        assertThat(ErrorChain.of(new IllegalStateException("no list", new IOException("reset\r\nby peer"))))
                .isEqualTo("IllegalStateException: no list <- IOException: reset by peer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET https://user:hush@example.com/list: 403",
                "redis://:hush@localhost:6379/0 refused",
                "password=hush",
                "Authorization: Bearer hush",
                "{\"token\":\"hush\"}",
                "https://example.com/?api_key=hush&page=2"
            })
    void secretsAreNotKept(String message) {
        assertThat(ErrorChain.of(new IOException(message))).doesNotContain("hush").contains("***");
    }

    @Test
    void circlesAndLongTextsEnd() {
        IOException first = new IOException("x".repeat(10_000));
        first.initCause(new IllegalStateException("second", first));

        assertThat(ErrorChain.of(first)).hasSize(ErrorChain.LONGEST).endsWith("…");
    }
}
