package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatencyCountsTest {
    @Test
    void percentilesOfASumAreThoseOfAllThatWentIntoIt() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 50; round++) {
            double[] all = new double[random.nextInt(1, 500)];
            LatencyCounts sum = new LatencyCounts();
            LatencyCounts part = new LatencyCounts();
            for (int i = 0; i < all.length; i++) {
                all[i] = Math.exp(random.nextDouble(0.1, 11));
                part.add(all[i]);
                if (random.nextInt(20) == 0) {
                    sum.add(part);
                    part = new LatencyCounts();
                }
            }
            sum.add(part);
            Arrays.sort(all);
            assertThat(sum.count()).isEqualTo(all.length);
            for (int percent : new int[] {1, 50, 90, 99, 100}) {
                double exact = all[(all.length * percent + 99) / 100 - 1];
                assertThat(sum.percentile(percent)).isCloseTo(exact, Percentage.withPercentage(9.1));
            }
        }
    }

    @Test
    void extremesGoIntoTheOuterBuckets() {
        LatencyCounts counts = new LatencyCounts();
        assertThat(counts.percentile(50)).isNaN();
        counts.add(0);
        counts.add(1e9);

        assertThat(counts.count(0)).isEqualTo(1);
        assertThat(counts.count(LatencyCounts.BUCKETS - 1)).isEqualTo(1);
        assertThatThrownBy(() -> counts.add(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> counts.add(-1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> counts.percentile(0)).hasMessageContaining("percentile: 0");
    }
}
