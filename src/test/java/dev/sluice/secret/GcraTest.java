package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GcraTest {
    private static final long SECOND = 1_000_000_000;

    /** A bucket of tokens as one would draw it: counted in parts of a token, filled as time goes by. */
    private static final class Bucket {
        private final long capacity;
        private final long interval;
        private long parts;
        private long filledAt;

        Bucket(int quota, long interval, long now) {
            this.capacity = quota * interval;
            this.interval = interval;
            this.parts = capacity;
            this.filledAt = now;
        }

        boolean take(long now) {
            parts = Math.min(capacity, parts + Math.min(capacity, now - filledAt));
            filledAt = now;
            if (parts < interval) {
                return false;
            }
            parts -= interval;
            return true;
        }

        long left() {
            return parts / interval;
        }

        long waitNanos() {
            return interval - parts;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "42, -4611686018427387904",
        "20260101, 9223372036854775000",
        "7, -9223372036854775808",
        "99, 123456789",
    })
    void itAllowsWhatABucketOfTokensAllows(long seed, long origin) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int quota = 1 + random.nextInt(random.nextBoolean() ? 5 : 2_000);
            Duration window = Duration.ofSeconds(1 + random.nextInt(120));
            Gcra limit = Gcra.of(quota, window);
            long interval = window.toNanos() / quota;
            long now = origin + random.nextInt(1_000);
            Bucket model = new Bucket(quota, interval, now);
            AtomicLong state = new AtomicLong(Gcra.fresh(now));
            for (int step = 0; step < 300; step++) {
                now += switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> random.nextLong(interval);
                    case 2 -> interval;
                    default -> random.nextLong(2 * window.toNanos());
                };
                long taken = limit.take(state, now);
                boolean allowed = model.take(now);
                assertThat(taken >= 0)
                        .as("seed %d, round %d, step %d: %d in %s", seed, round, step, quota, window)
                        .isEqualTo(allowed);
                if (allowed) {
                    assertThat(taken).as("seed %d: left", seed).isEqualTo(model.left());
                } else {
                    assertThat(~taken).as("seed %d: wait", seed).isEqualTo(model.waitNanos());
                    assertThat(limit.waitNanos(state.get(), now + ~taken)).isZero();
                    assertThat(limit.waitNanos(state.get(), now + ~taken - 1)).isPositive();
                }
            }
        }
    }

    @Test
    void aClockThatGoesBackLocksNobodyOutForLong() {
        Gcra limit = Gcra.of(10, Duration.ofSeconds(1));

        assertThat(limit.waitNanos(Long.MAX_VALUE - 1, 0)).isPositive().isLessThanOrEqualTo(7_200 * SECOND);
        assertThat(limit.left(Long.MAX_VALUE - 1, 0)).isZero();
    }

    @Test
    void theFieldsAreStructuredFields() {
        Gcra limit = Gcra.of(100, Duration.ofMinutes(1));
        AtomicLong state = new AtomicLong(Gcra.fresh(5));

        assertThat(limit.policy()).isEqualTo("\"default\";q=100;w=60");
        assertThat(limit.field(limit.take(state, 5))).isEqualTo("\"default\";r=99;t=1");
        for (int i = 1; i < 100; i++) {
            limit.take(state, 5);
        }
        assertThat(limit.field(limit.take(state, 5))).isEqualTo("\"default\";r=0;t=1");
        assertThat(limit.field(0)).isEqualTo("\"default\";r=0;t=60");
    }

    @Test
    void secondsAreRoundedUp() {
        assertThat(Gcra.seconds(0)).isZero();
        assertThat(Gcra.seconds(1)).isEqualTo(1);
        assertThat(Gcra.seconds(SECOND)).isEqualTo(1);
        assertThat(Gcra.seconds(SECOND + 1)).isEqualTo(2);
        assertThat(Gcra.seconds(Long.MAX_VALUE)).isPositive();
    }

    @Test
    void threadsTogetherGetTheQuotaAndNoMore() throws Exception {
        int quota = 1_000;
        Gcra limit = Gcra.of(quota, Duration.ofSeconds(1));
        AtomicLong state = new AtomicLong(Gcra.fresh(0));
        AtomicInteger allowed = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                for (int asked = 0; asked < quota; asked++) {
                    if (limit.take(state, 0) >= 0) {
                        allowed.incrementAndGet();
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(60));
        }

        assertThat(allowed).hasValue(quota);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1_000_001})
    void aQuotaHasBounds(int quota) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gcra.of(quota, Duration.ofSeconds(1)))
                .withMessageContaining("quota: " + quota);
    }
}
