package dev.sluice.cadence.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Tier;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScoreTest {
    private static final Offset<Double> EXACT = Offset.offset(1e-12);
    private static final byte DEAD = 0;
    private static final byte ALIVE = 1;

    private final Score score = new Score(hour(0), hour(48));
    private final Course belief = new Course();

    private static long hour(double hours) {
        return World.START_MILLIS + Math.round(hours * TimeUnit.HOURS.toMillis(1));
    }

    private static Lifeline works(double... hours) {
        long[] flips = new long[hours.length];
        for (int i = 0; i < hours.length; i++) {
            flips[i] = hour(hours[i]);
        }
        return new Lifeline(0, flips[0], flips);
    }

    @Test
    void hoursBelievedAreHeldAgainstHoursWorked() {
        belief.becomes(ALIVE, hour(2));
        belief.becomes(DEAD, hour(12));
        belief.becomes(ALIVE, hour(20));
        belief.becomes(DEAD, hour(30));
        score.proxy();
        // 10 h and 10 h believed; 6 h and 16 h worked; 6 h and 8 h of them at the same time.
        score.belief(belief, works(2, 8, 22, 38));
        assertThat(score.precision()).isCloseTo(14.0 / 20, EXACT);
        assertThat(score.recall()).isCloseTo(14.0 / 22, EXACT);
        assertThat(score.wrongHoursPerDay()).isCloseTo((6 + 8) / 2.0, EXACT);
    }

    @Test
    void whatIsOutsideTheSpanDoesNotCount() {
        belief.becomes(ALIVE, hour(-10));
        score.proxy();
        score.belief(belief, works(-20, 24));
        score.check(CheckKind.LIGHT, hour(-1));
        score.check(CheckKind.LIGHT, hour(0));
        score.check(CheckKind.CONNECT, hour(47));
        score.check(CheckKind.LIGHT, hour(48));
        assertThat(score.precision()).isCloseTo(0.5, EXACT);
        assertThat(score.recall()).isCloseTo(1, EXACT);
        assertThat(score.checksPerProxyDay()).isCloseTo(1, EXACT);
        assertThat(score.checks(CheckKind.CONNECT)).isEqualTo(1);
    }

    @Test
    void aDeathIsNoticedWhenTheBeliefEndsAndMissedWhenTheProxyIsBackFirst() {
        belief.becomes(ALIVE, hour(1));
        belief.becomes(DEAD, hour(15));
        score.belief(belief, works(1, 5, 8, 12));
        assertThat(score.deaths().events()).isEqualTo(2);
        assertThat(score.deaths().noticed()).isCloseTo(0.5, EXACT);
        assertThat(score.deaths().hours(0.5)).isCloseTo(3, EXACT);
        assertThat(score.revivals().events()).isZero();
    }

    @Test
    void aReturnIsNoticedWhenTheBeliefBeginsAndMissedWhenItIsOverFirst() {
        belief.becomes(ALIVE, hour(1));
        belief.becomes(DEAD, hour(3));
        belief.becomes(ALIVE, hour(22));
        score.belief(belief, works(1, 2, 5, 6, 20, 40));
        assertThat(score.revivals().events()).isEqualTo(2);
        assertThat(score.revivals().noticed()).isCloseTo(0.5, EXACT);
        assertThat(score.revivals().hours(0.95)).isCloseTo(2, EXACT);
        // Believed dead when it died the second time; the third death was noticed by nobody before the end.
        assertThat(score.deaths().events()).isEqualTo(1);
    }

    @Test
    void tiersAreComparedHourByHour() {
        Course mine = new Course();
        mine.becomes((byte) Tier.ACTIVE.ordinal(), hour(0));
        mine.becomes((byte) Tier.INACTIVE.ordinal(), hour(12));
        Course oracle = new Course();
        oracle.becomes((byte) Tier.ACTIVE.ordinal(), hour(0));
        oracle.becomes((byte) Tier.AT_RISK.ordinal(), hour(8));
        oracle.becomes((byte) Tier.INACTIVE.ordinal(), hour(16));
        score.tiers(mine, oracle);
        assertThat(score.tierAccuracy()).isCloseTo((8 + 32) / 48.0, EXACT);
        assertThat(score.balancedTierAccuracy()).isCloseTo((1 + 0 + 1) / 3.0, EXACT);
        assertThat(score.tierShare(Tier.AT_RISK)).isCloseTo(8 / 48.0, EXACT);
    }
}
