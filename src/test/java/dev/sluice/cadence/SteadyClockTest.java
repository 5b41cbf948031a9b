package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SteadyClockTest {
    private static final long NOW = 1_000_000_000_000L;
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final Duration HOLD = Duration.ofSeconds(90);
    private static final Duration CATCH_UP = Duration.ofMinutes(10);

    private long wall = NOW;
    private long nanos = -17;
    private final SteadyClock clock = new SteadyClock(() -> Instant.ofEpochMilli(wall), () -> nanos, HOLD, CATCH_UP);

    @Test
    void itIsTheWallClockWhileThatBehaves() {
        pass(5 * HOUR);

        assertThat(clock.millis()).isEqualTo(wall);
        assertThat(clock.urgentMillis()).isEqualTo(wall);
        assertThat(clock.regularMillis()).isEqualTo(wall);
        assertThat(clock.jumps()).isZero();
    }

    @Test
    void aSmallCorrectionIsNoJump() {
        wall += 59_000;
        assertThat(clock.regularMillis()).isEqualTo(wall);
        wall -= 1_000;
        assertThat(clock.jumps()).isZero();
    }

    @Test
    void putBackAnHourItGoesOnAtHalfTheSpeedUntilThatHasCaughtUp() {
        wall -= HOUR;

        assertThat(clock.millis()).isEqualTo(NOW);
        assertThat(clock.jumps()).isEqualTo(1);
        assertThat(clock.lastJumpMillis()).isEqualTo(-HOUR);
        pass(30 * MINUTE);
        assertThat(clock.millis()).isBetween(NOW + 15 * MINUTE - 2, NOW + 15 * MINUTE);
        assertThat(clock.regularMillis()).isBetween(NOW + 15 * MINUTE - 2, NOW + 15 * MINUTE);
        pass(2 * HOUR);
        assertThat(clock.millis()).isEqualTo(wall);
    }

    @Test
    void putBackByDaysItGivesWay() {
        wall -= 30 * 24 * HOUR;

        assertThat(clock.millis()).isEqualTo(wall);
        pass(HOUR);
        assertThat(clock.regularMillis()).isEqualTo(wall);
    }

    @Test
    void aLeapAheadIsHeldForALeaseAndThenCaughtUpWithBitByBit() {
        wall += 8 * HOUR;

        assertThat(clock.millis()).isEqualTo(wall);
        assertThat(clock.urgentMillis()).isEqualTo(NOW);
        assertThat(clock.regularMillis()).isEqualTo(NOW);
        assertThat(clock.lastJumpMillis()).isEqualTo(8 * HOUR);
        pass(80_000);
        assertThat(clock.urgentMillis()).as("leases end as they would have").isBetween(NOW + 79_990, NOW + 80_000);
        pass(11_000);
        assertThat(clock.urgentMillis()).as("newcomers wait no longer").isEqualTo(wall);
        pass(5 * MINUTE);
        assertThat(wall - clock.regularMillis()).as("half is caught up").isBetween(3 * HOUR, 5 * HOUR);
        pass(5 * MINUTE);
        assertThat(clock.regularMillis()).isEqualTo(wall);
    }

    @Test
    void aSleepThatTheMonotonicClockSawIsALeapToo() {
        pass(MINUTE);
        wall += 8 * HOUR;
        nanos += 8 * HOUR * 1_000_000;

        assertThat(clock.jumps()).as("the clocks agree").isZero();
        assertThat(clock.millis()).isEqualTo(wall);
        assertThat(wall - clock.regularMillis()).isBetween(8 * HOUR - 2 * MINUTE, 8 * HOUR);
        pass(12 * MINUTE);
        assertThat(clock.regularMillis()).isEqualTo(wall);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whateverTheClocksDoItNeverGoesBackByLittleNorStops(long seed) {
        Random random = new Random(seed);
        long last = clock.millis();
        long lastRegular = clock.regularMillis();
        for (int i = 0; i < 50_000; i++) {
            long step = random.nextLong(2_000);
            wall += step;
            nanos += step * 1_000_000;
            long behind = wall - clock.millis();
            switch (random.nextInt(3_000)) {
                case 0 -> wall -= random.nextLong(HOUR);
                case 1 -> wall += random.nextLong(HOUR);
                case 2 -> nanos += random.nextLong(HOUR) * 1_000_000;
                default -> {}
            }
            long now = clock.millis();
            long regular = clock.regularMillis();
            assertThat(now).as("after a difference of %d", behind).isGreaterThanOrEqualTo(last);
            assertThat(regular).isBetween(lastRegular, now);
            assertThat(clock.urgentMillis()).isBetween(regular, now);
            last = now;
            lastRegular = regular;
        }
        pass(40 * HOUR);
        assertThat(clock.regularMillis()).as("in the end it is the wall clock").isEqualTo(wall);
    }

    /** Both clocks go on, and it is read every second. */
    private void pass(long millis) {
        for (long left = millis; left > 0; left -= 1_000) {
            long step = Math.min(1_000, left);
            wall += step;
            nanos += step * 1_000_000;
            clock.millis();
        }
    }
}
