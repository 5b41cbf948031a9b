package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectTimeoutTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final long FLOOR = 2 * SECOND;
    private static final long CEILING = 5 * SECOND;

    private final ConnectTimeout timeout = new ConnectTimeout(FLOOR, CEILING, 0);

    private void connect(int times, long tookNanos, long nowNanos) {
        for (int i = 0; i < times; i++) {
            timeout.connected(tookNanos, nowNanos);
        }
    }

    @Test
    void untilTwoHundredWereSeenItIsTheCeiling() {
        assertThat(timeout.nanos()).isEqualTo(CEILING);
        connect(199, 50 * MILLI, 0);
        assertThat(timeout.nanos()).isEqualTo(CEILING);
        connect(1, 50 * MILLI, 0);
        assertThat(timeout.nanos()).isEqualTo(FLOOR);
    }

    @Test
    void itIsHalfAsLongAgainAsNearlyAllTook() {
        connect(1_000, 2 * SECOND, 0);

        assertThat(timeout.nanos()).isCloseTo(3 * SECOND, within(10 * MILLI));
    }

    @Test
    void oneInTwoHundredMayTakeLonger() {
        connect(1_990, 50 * MILLI, 0);
        connect(10, 4 * SECOND, 0);
        connect(190, 50 * MILLI, 0);
        assertThat(timeout.nanos()).isEqualTo(FLOOR);

        connect(200, 4 * SECOND, 0);
        assertThat(timeout.nanos()).isEqualTo(CEILING);
    }

    @Test
    void tenMinutesLaterItIsForgotten() {
        connect(1_000, 3 * SECOND, 0);
        assertThat(timeout.nanos()).isGreaterThan(4 * SECOND);

        connect(1_000, 50 * MILLI, 601 * SECOND);
        assertThat(timeout.nanos()).isEqualTo(FLOOR);
    }

    @Test
    void tooFewOfLateAreAsGoodAsNone() {
        connect(1_000, 50 * MILLI, 0);
        assertThat(timeout.nanos()).isEqualTo(FLOOR);

        connect(1, 50 * MILLI, 3_600 * SECOND);
        assertThat(timeout.nanos()).isEqualTo(CEILING);
    }

    @Test
    void equalBoundsAreATimeoutThatNeverChanges() {
        ConnectTimeout fixed = new ConnectTimeout(SECOND, SECOND, 0);
        for (int i = 0; i < 1_000; i++) {
            fixed.connected(i * MILLI, 0);
        }

        assertThat(fixed.nanos()).isEqualTo(SECOND);
    }

    @Test
    void boundsThatAreNoneAreRefused() {
        assertThatThrownBy(() -> new ConnectTimeout(2, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timeouts: 2..1 (expected: 0 < floor <= ceiling)");
        assertThatThrownBy(() -> new ConnectTimeout(0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void itIsWhatSortingAllWouldGive(long seed) {
        Random random = new Random(seed);
        Deque<long[]> seen = new ArrayDeque<>();
        long now = 0;
        for (int round = 0; round < 300; round++) {
            // Windows are of a minute: what lies between nine and ten minutes back may count or not, so none does.
            now += random.nextInt(8) == 0 ? 60 * SECOND : 0;
            double typical = 50 + random.nextInt(1_500);
            for (int i = 0; i < 64; i++) {
                long took = (long) (typical * Math.exp(0.7 * random.nextGaussian()) * MILLI);
                timeout.connected(took, now);
                seen.add(new long[] {now, took});
            }
            long oldest = now - 540 * SECOND;
            seen.removeIf(one -> one[0] < oldest);
            assertThat((double) timeout.nanos())
                    .as("seed %d, round %d", seed, round)
                    .isCloseTo(naive(seen), within(10.0 * MILLI));
        }
    }

    private static double naive(Deque<long[]> seen) {
        if (seen.size() < 200) {
            return CEILING;
        }
        long[] sorted = seen.stream().mapToLong(one -> one[1]).sorted().toArray();
        double wanted = 1.5 * sorted[sorted.length - 1 - sorted.length / 200];
        return Math.max(FLOOR, Math.min(CEILING, wanted));
    }
}
