package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatenciesTest {
    private static final int[] PERCENTS = {1, 50, 95, 99, 100};
    private static final double WIDTH = 1.4853;

    @Test
    void nothingObservedHasNoPercentiles() {
        assertThat(Latencies.EMPTY.count()).isZero();
        assertThat(Latencies.EMPTY.percentile(50)).isNaN();
        assertThat(Latencies.EMPTY).hasToString("none");
    }

    @Test
    void oneObservationIsEveryPercentile() {
        Latencies one = Latencies.EMPTY.with(120);

        assertThat(one.count()).isEqualTo(1);
        assertThat(one.percentile(50)).isEqualTo(one.percentile(99)).isBetween(120 / WIDTH, 120 * WIDTH);
        assertThat(Latencies.EMPTY.count()).as("what it was made from").isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void aPercentileIsWithinABucketOfTheExactOne(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            double median = 20 + random.nextInt(5_000);
            double sigma = random.nextDouble() * 1.5;
            double[] exact = random.doubles(1 + random.nextInt(255))
                    .map(any -> random.nextInt(10) == 0
                            ? 5 + random.nextInt(29_995)
                            : Math.min(30_000, Math.max(5, median * Math.exp(sigma * random.nextGaussian()))))
                    .toArray();
            Latencies latencies = all(exact);
            Arrays.sort(exact);

            assertThat(latencies.count()).isEqualTo(exact.length);
            for (int percent : PERCENTS) {
                assertThat(latencies.percentile(percent))
                        .as("seed %d, round %d: P%d of %d", seed, round, percent, exact.length)
                        .isBetween(nearestRank(exact, percent) / WIDTH, nearestRank(exact, percent) * WIDTH);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void onASmoothSpreadThePercentilesAreClose(long seed) {
        Random random = new Random(seed);
        double squares = 0;
        int compared = 0;
        for (int round = 0; round < 200; round++) {
            double median = 50 + random.nextInt(2_000);
            double sigma = 0.3 + random.nextDouble() * 0.7;
            double[] exact = random.doubles(400)
                    .map(any -> median * Math.exp(sigma * random.nextGaussian()))
                    .toArray();
            Latencies latencies = all(exact);
            Arrays.sort(exact);
            for (int percent : new int[] {50, 95, 99}) {
                double error = Math.log(latencies.percentile(percent) / nearestRank(exact, percent));
                squares += error * error;
                compared++;
            }
        }

        assertThat(Math.sqrt(squares / compared))
                .as("seed %d: relative error, root of the mean of squares", seed)
                .isLessThan(0.07);
    }

    @Test
    void recentObservationsOutweighOldOnes() {
        Latencies latencies = Latencies.EMPTY;
        for (int i = 0; i < 10_000; i++) {
            latencies = latencies.with(100);
        }
        assertThat(latencies.count()).isLessThan(256);
        assertThat(latencies.percentile(99)).isCloseTo(100, Percentage.withPercentage(25));

        for (int i = 0; i < 600; i++) {
            latencies = latencies.with(1_000);
        }

        assertThat(latencies.percentile(50)).isCloseTo(1_000, Percentage.withPercentage(25));
    }

    @Test
    void halvingHalvesTheWholeAndKeepsTheRare() {
        Latencies latencies = Latencies.EMPTY.with(20_000);
        for (int i = 0; i < 256; i++) {
            latencies = latencies.with(100);
        }

        assertThat(latencies.count()).as("half of 256, and one").isEqualTo(129);
        assertThat(latencies.percentile(100)).isCloseTo(20_000, Percentage.withPercentage(50));
    }

    /** One in fifty is slow for ever: were odd counts lost at each halving, the slow would seem fewer and fewer. */
    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void halvingDoesNotShiftTheBalance(long seed) {
        Random random = new Random(seed);
        Latencies latencies = Latencies.EMPTY;
        double shares = 0;
        int rounds = 100_000;
        for (int i = 0; i < rounds; i++) {
            latencies = latencies.with(random.nextInt(50) == 0 ? 100 + random.nextInt(10_000) : 20);
            shares += 1 - (double) Byte.toUnsignedInt(latencies.bytes()[4]) / latencies.count();
        }

        assertThat(shares / rounds).as("seed %d: share of the slow", seed).isCloseTo(0.02, Offset.offset(0.004));
    }

    @Test
    void whatIsBeyondTheEndsIsCountedAtTheEnds() {
        Latencies ends = Latencies.EMPTY.with(0).with(1e12).with(Double.POSITIVE_INFINITY);

        assertThat(ends.count()).isEqualTo(3);
        assertThat(ends.percentile(1)).isBetween(3.3, 5.0);
        assertThat(ends.percentile(100)).isBetween(30_000.0, 45_000.0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void bytesComeBackAsTheyWere(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            Latencies latencies = all(random.doubles(random.nextInt(2_000), 1, 60_000)
                    .map(Math::sqrt)
                    .map(root -> root * root)
                    .toArray());

            Latencies back = Latencies.of(latencies.bytes());

            assertThat(back).as("seed %d", seed).isEqualTo(latencies).hasSameHashCodeAs(latencies);
            assertThat(back.count()).as("seed %d", seed).isEqualTo(latencies.count());
        }
        byte[] full = new byte[Latencies.BUCKETS];
        Arrays.fill(full, (byte) 255);
        assertThat(Latencies.of(full).count()).isEqualTo(255 * Latencies.BUCKETS);
        assertThat(Latencies.of(full).bytes()).isEqualTo(full);
        assertThat(Latencies.of(new byte[Latencies.BUCKETS])).isEqualTo(Latencies.EMPTY);
    }

    @Test
    void whatIsNoLatencyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latencies.EMPTY.with(Double.NaN))
                .withMessage("latency: NaN ms (expected: 0 or more)");
        assertThatIllegalArgumentException().isThrownBy(() -> Latencies.EMPTY.with(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latencies.of(new byte[3]))
                .withMessage("latencies: 3 bytes (expected: 24)");
        assertThatIllegalArgumentException().isThrownBy(() -> Latencies.EMPTY.percentile(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Latencies.EMPTY.percentile(101));
    }

    private static Latencies all(double[] millis) {
        Latencies latencies = Latencies.EMPTY;
        for (double each : millis) {
            latencies = latencies.with(each);
        }
        return latencies;
    }

    private static double nearestRank(double[] sorted, int percent) {
        return sorted[(sorted.length * percent + 99) / 100 - 1];
    }
}
