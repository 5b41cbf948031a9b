package dev.sluice.net.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
    private static final long SECOND = 1_000_000_000;

    private final Arrivals arrivals = new Arrivals(-5 * SECOND);

    private void count(int times, double atSeconds) {
        for (int i = 0; i < times; i++) {
            arrivals.count((long) ((atSeconds - 5) * SECOND));
        }
    }

    private Accepted at(double seconds) {
        return arrivals.sum((long) ((seconds - 5) * SECOND));
    }

    @Test
    void wholeSecondsAreListedTheOneUnderWayIsNot() {
        count(3, 0.1);
        count(2, 0.9);
        count(7, 2.5);

        assertThat(at(2.6)).isEqualTo(new Accepted(12, List.of(5, 0), 7));
        assertThat(at(3)).isEqualTo(new Accepted(12, List.of(5, 0, 7), 7));
    }

    @Test
    void aMinuteIsKeptAndThePeakForGood() {
        count(9, 0);
        for (int second = 1; second <= 200; second++) {
            count(second % 4, second);
        }

        Accepted late = at(201);
        assertThat(late.total()).isEqualTo(9 + 300);
        assertThat(late.peak()).isEqualTo(9);
        assertThat(late.perSecond()).hasSize(60).startsWith(141 % 4).endsWith(200 % 4);
    }

    @Test
    void afterALongSilenceNothingOldIsLeft() {
        count(9, 0);
        count(4, 30);

        assertThat(at(1000).perSecond()).hasSize(60).containsOnly(0);
        assertThat(at(1000).total()).isEqualTo(13);
    }
}
