package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TracesTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SAMPLED = "00-" + TRACE + "-b7ad6b7169203331-01";

    @Test
    void aSpanArrivesWithItsFactsAndItsParent() throws Exception {
        try (Collector collector = new Collector()) {
            Traces traces = Traces.to(collector.endpoint(), 1, "basin");
            long now = System.nanoTime();
            traces.ended("fetch", SAMPLED, now - 5_000_000, now, Map.of("source.name", "alpha"), "timed out");
            traces.close();

            String trace = new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1);
            assertThat(collector.text()).contains("basin", "fetch", "source.name", "alpha", "timed out", trace);
        }
    }

    @Test
    void aMalformedParentCountsAsNone() throws Exception {
        try (Collector collector = new Collector()) {
            Traces traces = Traces.to(collector.endpoint(), 0, "basin");
            for (String broken : new String[] {
                "",
                "00",
                SAMPLED.toUpperCase(java.util.Locale.ROOT),
                SAMPLED + "x",
                "ff" + SAMPLED.substring(2),
                "00-" + "0".repeat(32) + "-b7ad6b7169203331-01",
                SAMPLED + '-' + "x".repeat(10_000)
            }) {
                assertThat(traces.wantedBy(broken)).as(broken).isFalse();
                traces.ended("orphan", broken, 0, 1, Map.of(), null);
            }
            traces.close();
            assertThat(collector.count("orphan")).isEqualTo(7);
        }
    }

    @Test
    void aClientThatTracesIsFollowedWhateverTheRatio() throws Exception {
        try (Collector collector = new Collector();
                Traces traces = Traces.to(collector.endpoint(), 0, "basin")) {
            assertThat(traces.wantedBy(SAMPLED)).isTrue();
            assertThat(traces.wantedBy(SAMPLED.substring(0, SAMPLED.length() - 1) + '0'))
                    .isFalse();
            assertThat(traces.wantedBy(null)).isFalse();
            assertThat(traces.draw()).isFalse();
        }
    }

    @Test
    void theRatioIsTheShareThatIsDrawn() throws Exception {
        try (Collector collector = new Collector();
                Traces traces = Traces.to(collector.endpoint(), 0.25, "basin")) {
            int drawn = 0;
            for (int i = 0; i < 40_000; i++) {
                drawn += traces.draw() ? 1 : 0;
            }
            // Ten standard deviations to each side.
            assertThat(drawn).isBetween(9_130, 10_870);
        }
    }

    @Test
    void withoutAnEndpointNothingIsTraced() {
        Traces none = Traces.none();
        none.ended("nothing", SAMPLED, 0, 1, Map.of(), null);
        assertThat(none.on()).isFalse();
        assertThat(none.draw()).isFalse();
        assertThat(none.wantedBy(SAMPLED)).isFalse();
        none.close();
    }

    @Test
    void aCollectorThatIsAwayHoldsNobodyUp() {
        Traces traces = Traces.to("http://127.0.0.1:9/v1/traces", 1, "basin");
        for (int i = 0; i < 50_000; i++) {
            traces.ended("lost", null, 0, 1, Map.of("number", i), null);
        }
        assertThat(traces.on()).isTrue();
        traces.close();
    }
}
