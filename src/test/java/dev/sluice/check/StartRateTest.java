package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StartRateTest {
    private static final long MILLI = 1_000_000;

    @Test
    void startsAreSpreadOverTheSecond() {
        StartRate rate = new StartRate(1_000, 0);
        int started = rate.take(1_000_000, 0);
        for (long now = 10; now <= 1_000; now += 10) {
            started += rate.take(1_000_000, now * MILLI);
        }

        assertThat(started).isBetween(1_000, 1_020);
    }

    @Test
    void aPauseIsNotCaughtUp() {
        StartRate rate = new StartRate(1_000, 0);
        rate.take(1_000_000, 0);

        assertThat(rate.take(1_000_000, 3_600_000 * MILLI)).isEqualTo(20);
    }

    @Test
    void aRateBelowOneBurstStillStarts() {
        StartRate rate = new StartRate(1, 0);

        assertThat(rate.take(10, 0)).isEqualTo(1);
        assertThat(rate.take(10, 999 * MILLI)).isZero();
        assertThat(rate.take(10, 1_001 * MILLI)).isEqualTo(1);
    }

    @Test
    void onlyWhatIsWantedIsTaken() {
        StartRate rate = new StartRate(1_000, 0);

        assertThat(rate.take(3, 0)).isEqualTo(3);
        assertThat(rate.take(100, 0)).isEqualTo(17);
    }
}
