package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnchorReadingsTest {
    private static final long MILLI = 1_000_000;

    private final AnchorReadings readings = new AnchorReadings(3, 0);
    private long now;

    private void answered(int index, long tookMillis) {
        now += 333 * MILLI;
        readings.probed(index, true, now - tookMillis * MILLI, now);
    }

    private void failed(int index) {
        now += 333 * MILLI;
        readings.probed(index, false, now - 1_000 * MILLI, now);
    }

    @Test
    void distancesAreNoDelay() {
        for (int i = 0; i < 10; i++) {
            answered(0, 2);
            answered(1, 40);
            answered(2, 200);
        }

        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(30, 0, 0));
    }

    @Test
    void whatComesOnTopOfTheDistanceIs() {
        answered(0, 2);
        answered(1, 40);
        readings.take();
        answered(0, 102);
        answered(1, 80);

        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(2, 0, 70 * MILLI));
        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(0, 0, 0));
    }

    @Test
    void aRepeatedPacketIsALostOne() {
        answered(0, 30);
        readings.take();
        answered(0, 1_035);

        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(1, 1, 0));
    }

    @Test
    void anAnchorThatIsDownByItselfNoLongerCounts() {
        for (int i = 0; i < 10; i++) {
            failed(0);
            answered(1, 40);
            answered(2, 40);
        }

        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(24, 4, 0));

        answered(0, 5);
        failed(0);
        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(2, 1, 0));
    }

    @Test
    void whenAllAreDownAllCount() {
        answered(0, 5);
        answered(1, 5);
        answered(2, 5);
        readings.take();
        for (int i = 0; i < 30; i++) {
            failed(i % 3);
        }

        assertThat(readings.take()).isEqualTo(new AnchorReadings.Reading(30, 30, 0));
    }
}
