package dev.sluice.net.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000;

    @ParameterizedTest
    @CsvSource({"1, 1", "10, 2", "50, 3", "1500, 4", "20000, 5"})
    void whoAlwaysTakesGetsTheRateAndNoMoreThanTheBucketAbove(int perSecond, long seed) {
        Random random = new Random(seed);
        TokenBucket bucket = new TokenBucket(perSecond, 0);
        long taken = 0;
        long now = 0;
        while (now < 20 * SECOND) {
            now += bucket.untilTokenNanos(now) + random.nextInt(100_000);
            if (bucket.untilTokenNanos(now) == 0) {
                bucket.take(now);
                taken++;
            }
            assertThat((double) taken)
                    .as("seed %d, %d ns", seed, now)
                    .isLessThanOrEqualTo(perSecond * (double) now / SECOND + bucket.depth() + 0.01);
        }
        assertThat(taken).isGreaterThan(15L * perSecond);
    }

    @Test
    void aPauseSavesNoMoreThanTheBucketHolds() {
        TokenBucket bucket = new TokenBucket(1000, 0);
        long now = 100 * SECOND;
        int taken = 0;
        while (bucket.untilTokenNanos(now) == 0) {
            bucket.take(now);
            taken++;
        }
        assertThat(taken).isEqualTo(20);
    }

    @Test
    void whatWasTakenOnCreditIsWaitedFor() {
        TokenBucket bucket = new TokenBucket(10, 0);
        for (int i = 0; i < 5; i++) {
            bucket.take(0);
        }
        assertThat(bucket.untilTokenNanos(0)).isBetween(4 * SECOND / 10, 5 * SECOND / 10 + 1);
    }

    @Test
    void anotherRateHoldsFromThenOn() {
        TokenBucket bucket = new TokenBucket(1000, 0);
        bucket.setPerSecond(10, 0);
        bucket.take(0);
        assertThat(bucket.untilTokenNanos(0)).isBetween(SECOND / 11, SECOND / 10);
        assertThat(bucket.perSecond()).isEqualTo(10);
    }
}
