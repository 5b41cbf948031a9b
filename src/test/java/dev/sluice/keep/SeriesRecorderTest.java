package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.DueProxy;
import dev.sluice.pool.Survey;
import dev.sluice.port.Census;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.port.SeriesHistory.Width;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.LatencyCounts;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SeriesRecorderTest {
    private static final long START = 1_577_836_800_000L;
    private static final long FIVE_MINUTES = 300_000;
    private static final DueProxy DUE =
            Outcomes.due(7, ProxyKey.of(Scheme.SOCKS5, "127.0.0.1", 1080), Health.fresh(START));

    private final SeriesRecorder recorder = new SeriesRecorder("me", id -> null);

    private static Map<String, Tally> tallies(List<Bucket> buckets, Dimension dimension, Width width) {
        return buckets.stream()
                .filter(bucket -> bucket.dimension() == dimension && bucket.width() == width)
                .reduce((first, second) -> second)
                .orElseThrow()
                .tallies();
    }

    private static Tally total(List<Bucket> buckets, Width width) {
        return Objects.requireNonNull(tallies(buckets, Dimension.TOTAL, width).get("total"));
    }

    private static Survey survey(Map<String, Long> byCountry) {
        long all = byCountry.values().stream().mapToLong(count -> count).sum();
        return new Survey(
                all, Map.of("socks5", all), byCountry, Map.of(), Map.of(), Map.of(), new long[10], new LatencyCounts());
    }

    @Test
    void everyWidthHoldsWhatNarrowerOnesHeld() {
        for (int i = 0; i < 30; i++) {
            long now = START + i * FIVE_MINUTES;
            recorder.checked(Outcomes.good(DUE, now), now);
            recorder.checked(Outcomes.bad(DUE, now, FailureReason.REFUSED), now);
        }
        List<Bucket> buckets = recorder.unwritten(START + 29 * FIVE_MINUTES);

        assertThat(total(buckets, Width.FIVE_MINUTES).checks()).isEqualTo(2);
        assertThat(total(buckets, Width.HOUR).checks())
                .as("the third hour is half over")
                .isEqualTo(12);
        assertThat(total(buckets, Width.DAY).checks()).isEqualTo(60);
        assertThat(total(buckets, Width.DAY).successes()).isEqualTo(30);
        assertThat(total(buckets, Width.DAY).latencies().count()).isEqualTo(30);
        assertThat(tallies(buckets, Dimension.PROTOCOL, Width.DAY)).containsOnlyKeys("socks5");
        assertThat(tallies(buckets, Dimension.COUNTRY, Width.DAY)).containsOnlyKeys("unknown");
    }

    @Test
    void closedBucketsAreWrittenUntilTheyAreWritten() {
        recorder.checked(Outcomes.good(DUE, START), START);
        long later = START + FIVE_MINUTES;
        List<Bucket> first = recorder.unwritten(later);
        assertThat(first).anyMatch(bucket -> bucket.startMillis() == START && bucket.width() == Width.FIVE_MINUTES);
        assertThat(recorder.unwritten(later))
                .anyMatch(bucket -> bucket.startMillis() == START && bucket.width() == Width.FIVE_MINUTES);

        recorder.written(first);

        assertThat(recorder.unwritten(later))
                .noneMatch(bucket -> bucket.startMillis() == START && bucket.width() == Width.FIVE_MINUTES)
                .anyMatch(bucket -> bucket.width() == Width.DAY);
    }

    @Test
    void aClockThatGoesBackGoesOnInTheSameBucket() {
        recorder.checked(Outcomes.good(DUE, START), START + FIVE_MINUTES);
        recorder.checked(Outcomes.good(DUE, START), START);

        List<Bucket> buckets = recorder.unwritten(START);

        assertThat(total(buckets, Width.FIVE_MINUTES).checks()).isEqualTo(2);
    }

    @Test
    void whatIsThereIsAMeanOverTheSamples() {
        Census.Figures figures =
                new Census.Figures(100, 10, 0, 0, Map.of("socks5", 100L), Map.of(), Map.of(), Map.of(), 0);
        recorder.sampled(survey(Map.of("DE", 10L)), figures, START);
        recorder.sampled(survey(Map.of("CH", 4L)), figures, START + 60_000);

        Map<String, Tally> countries =
                tallies(recorder.unwritten(START + 60_000), Dimension.COUNTRY, Width.FIVE_MINUTES);

        assertThat(Objects.requireNonNull(countries.get("DE")).servedSum()).isEqualTo(10);
        assertThat(Objects.requireNonNull(countries.get("DE")).samples())
                .as("none were there the second time")
                .isEqualTo(2);
        Tally total = total(recorder.unwritten(START + 60_000), Width.FIVE_MINUTES);
        assertThat(total.servedSum()).isEqualTo(14);
        assertThat(total.storedSum()).isEqualTo(200);
    }

    @Test
    void theBusiestNamesStandAloneAndTheOthersTogether() {
        Map<String, Long> many = new HashMap<>();
        for (int i = 0; i < 900; i++) {
            many.put("c" + i, i < 10 ? 1_000L : 1L);
        }
        recorder.sampled(survey(many), Census.Figures.NONE, START);
        recorder.sampled(survey(many), Census.Figures.NONE, START + 60_000);

        Map<String, Tally> countries =
                tallies(recorder.unwritten(START + 60_000), Dimension.COUNTRY, Width.FIVE_MINUTES);

        assertThat(countries).hasSize(SeriesRecorder.MOST_NAMES).containsKeys("c0", "c9", SeriesRecorder.OTHERS);
        assertThat(countries.values().stream().mapToLong(Tally::servedSum).sum())
                .isEqualTo(2 * (10_000 + 890));
        assertThat(Objects.requireNonNull(countries.get(SeriesRecorder.OTHERS)).samples())
                .isEqualTo(2);
    }
}
