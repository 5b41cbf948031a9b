package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class PathMeterTest {
    private final PathMeter meter = new PathMeter();

    @Test
    void aReadingEmptiesTheMeter() {
        meter.answered(1_000_000);
        meter.unanswered();
        meter.unanswered();
        meter.lacked("descriptors");

        PathMeter.Reading reading = meter.read(0, nanos -> {});

        assertThat(reading.answered()).isEqualTo(1);
        assertThat(reading.unanswered()).isEqualTo(2);
        assertThat(reading.lacked()).isEqualTo("descriptors");
        assertThat(meter.read(0, nanos -> {})).isEqualTo(new PathMeter.Reading(0, 0, 0, null));
    }

    @Test
    void whatConnectsBeyondTheStartsDoesNotCount() {
        for (int i = 0; i < 5; i++) {
            meter.begun();
            meter.answered(1_000_000);
        }

        assertThat(meter.read(3, nanos -> {}).answered()).isEqualTo(3);
        assertThat(meter.read(3, nanos -> {}).answered()).isZero();
    }

    @Test
    void theFastDecileIsTheTruePercentileWithinAnEighth() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long[] nanos = new long[1_000];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = (long) Math.exp(10 + random.nextDouble() * 12);
            meter.answered(nanos[i]);
        }
        Arrays.sort(nanos);

        assertThat((double) meter.read(0, each -> {}).fastNanos())
                .as("seed %d", seed)
                .isCloseTo(nanos[99], Percentage.withPercentage(13));
    }

    @Test
    void anyTimeHasAClassThatHoldsIt() {
        for (long nanos : new long[] {0, 1, 2, 3, 7, 8, 9, 1_000, 123_456_789, 60_000_000_000L, Long.MAX_VALUE}) {
            int index = PathMeter.classOf(nanos);
            assertThat(index).isBetween(0, 319);
            if (nanos < 1L << 39) {
                assertThat(PathMeter.upperNanos(index)).isGreaterThanOrEqualTo(nanos);
            }
        }
    }

    @Test
    void whatIsLackedIsKnownAtOnce() {
        long before = System.nanoTime();
        assertThat(meter.lackedSince(before)).isFalse();

        meter.lacked("ports");

        assertThat(meter.lackedSince(before)).isTrue();
        assertThat(meter.lackedSince(System.nanoTime() + 1)).isFalse();
    }
}
