package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceFollowsTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aLowerRateHoldsAtOnceAndAnotherLimitWithIt() {
        Pace pace = new Pace(new PaceSettings(false, 5_000, 100, 0), 0);
        pace.follow(new PaceSettings(false, 50, 10, 0));

        assertThat(pace.state().rate()).isEqualTo(50);
        assertThat(pace.take(1_000, 0, SECOND)).isLessThanOrEqualTo(10);
        assertThat(pace.take(1_000, 10, 2 * SECOND)).as("as many run as may").isZero();
    }

    @Test
    void aHigherRateHoldsAtOnceWhereNothingAdapts() {
        Pace pace = new Pace(new PaceSettings(false, 50, 100, 0), 0);
        pace.follow(new PaceSettings(false, 5_000, 100, 0));
        assertThat(pace.state().rate()).isEqualTo(5_000);
    }

    @Test
    void whatBeginsToAdaptBeginsWhereItStandsAndWhatStopsIsFixed() {
        Pace pace = new Pace(new PaceSettings(false, 500, 100, 0), 0);
        pace.follow(new PaceSettings(true, 9_000, 100, 0));
        assertThat(pace.state().rate()).isEqualTo(500);
        assertThat(pace.state().phase()).isEqualTo(PaceState.Phase.GROWING);

        pace.follow(new PaceSettings(false, 9_000, 100, 0));
        assertThat(pace.state().rate()).isEqualTo(9_000);
        assertThat(pace.state().phase()).isEqualTo(PaceState.Phase.FIXED);
    }

    @Test
    void whatIsSuspendedStaysSo() {
        Pace pace = new Pace(new PaceSettings(true, 500, 100, 0), 0);
        pace.suspend(SECOND);
        pace.follow(new PaceSettings(false, 900, 100, 0));
        assertThat(pace.state().phase()).isEqualTo(PaceState.Phase.SUSPENDED);
        assertThat(pace.take(10, 0, 2 * SECOND)).isZero();
    }
}
