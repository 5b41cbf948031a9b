package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AcceptTest {
    private static boolean wantsJson(String header) {
        return Accept.prefers(header, "application/json", "text/plain");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json                        | true",
                "APPLICATION/JSON                        | true",
                "application/*                           | true",
                "application/json, text/plain, */*       | true",
                "application/json, */*                   | true",
                "*/*                                     | false",
                "text/plain                              | false",
                "text/plain, application/json            | false",
                "text/*, application/json                | true",
                "text/plain;q=0.5, application/json      | true",
                "application/json;q=0.5, text/plain      | false",
                "application/json;q=0.5, */*;q=0.4       | true",
                "application/json;q=0.4, */*;q=0.5       | false",
                "text/plain;q=0.1, */*                   | true",
                "application/*;q=0.9, application/json;q=0, text/plain;q=0.1 | false",
                "application/json;q=0                    | false",
                "application/json;q=0, text/plain;q=0    | false",
                "application/json;charset=utf-8;q=0.9    | true",
                "application/json; Q=1.000, text/plain;q=0.999 | true",
                "image/png                               | false",
                "nonsense                                | false",
                "application/json;q=NaN                  | false",
                "application/json;q=0x1p3                | false",
                "application/json;q=-1                   | false",
                "application/json;q=2                    | false",
                ",;,=;q                                  | false",
            })
    void qualityThenNameThenOrderDecide(String header, boolean json) {
        assertThat(wantsJson(header)).isEqualTo(json);
    }

    @Test
    void noHeaderAsksForTheUsualForm() {
        assertThat(Accept.prefers(null, "application/json", "text/plain")).isFalse();
    }
}
