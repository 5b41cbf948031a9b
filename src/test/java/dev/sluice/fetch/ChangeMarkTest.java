package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeMarkTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"timestamp\": \"2025-12-12T21:52:00Z\"}",
                "{\"timestamp\": 1765576320}",
                "{\"meta\": {\"last_updated\": 1765576320000}}",
                "{\"updatedAt\": \"2025-12-12T22:52:00+01:00\", \"total\": 5}",
                "{\"date\": \"2025-12-12 21:52:00\"}",
                "{\"updated\": \"Fri, 12 Dec 2025 21:52:00 GMT\"}",
                "# Lists\n\nThe latest update (**Dec 12, 2025, 09:52 PM UTC**) found 1,234 proxies.",
                "last updated: 2025-12-12T21:52:00Z\n",
            })
    void aTimeIsFoundInJsonAndInText(String metadata) {
        assertThat(mark(metadata).changedAtMillis())
                .isEqualTo(Instant.parse("2025-12-12T21:52:00Z").toEpochMilli());
    }

    @Test
    void onlyTheTimeCounts() {
        ChangeMark first = mark("{\"timestamp\": 1765576320, \"requests\": 1}");

        assertThat(mark("{\"requests\": 2, \"timestamp\": 1765576320}")).isEqualTo(first);
        assertThat(mark("{\"timestamp\": 1765576380, \"requests\": 1}")).isNotEqualTo(first);
    }

    @Test
    void aTimeThatCanNotBeReadStillTellsChanges() {
        ChangeMark first = mark("{\"updated\": \"yesterday\"}");

        assertThat(first.changedAtMillis()).isZero();
        assertThat(mark("{\"updated\": \"today\"}")).isNotEqualTo(first);
    }

    @Test
    void withoutATimeTheContentCounts() {
        assertThat(mark("version 1")).isEqualTo(mark("version 1")).isNotEqualTo(mark("version 2"));
        assertThat(mark("{broken")).isNotEqualTo(mark("{broken too"));
        assertThat(mark("")).isEqualTo(mark(""));
    }

    private static ChangeMark mark(String metadata) {
        return ChangeMark.of(metadata.getBytes(StandardCharsets.UTF_8));
    }
}
