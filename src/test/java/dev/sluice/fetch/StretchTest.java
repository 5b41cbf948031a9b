package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.SourceFigures;
import dev.sluice.port.SourceFigures.Counted;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StretchTest {
    private static final Duration PERIOD = Duration.ofMinutes(30);
    private static final long HOUR = 3_600_000;
    /** Alive, and all of it listed elsewhere, and earlier. */
    private static final Counted POOR = counted(of(1_200, 30, 0, 0, 1_200));

    private static final Counted WORTHY = counted(of(1_200, 30, 2, 0, 1_200));

    private final Stretch stretch = new Stretch();
    private long now;

    private static SourceFigures.Of of(long listed, long alive, long aliveAlone, long aliveFirst, long checked) {
        return new SourceFigures.Of(listed, alive, aliveAlone, aliveAlone, checked, alive, aliveFirst, checked, alive);
    }

    private static Counted counted(SourceFigures.Of of) {
        return new Counted(1, 100, Map.of("a", of));
    }

    private int fetch(Counted counted, int times, long everyMillis) {
        int changes = 0;
        for (int i = 0; i < times; i++) {
            now += everyMillis;
            changes += stretch.fetched(counted, "a", PERIOD, now) ? 1 : 0;
        }
        return changes;
    }

    @Test
    void aSourceThatBringsNothingOfItsOwnIsFetchedHalfAsOften() {
        assertThat(fetch(POOR, 6, HOUR)).isZero();
        assertThat(fetch(POOR, 1, HOUR)).isEqualTo(1);

        assertThat(stretch.factor()).isEqualTo(2);
        assertThat(stretch.stretched(PERIOD)).isEqualTo(Duration.ofHours(1));
        assertThat(stretch.why())
                .isEqualTo("of 1200 entries it lists 30 are alive, 0 of them listed here alone, 0 listed here first"
                        + " (expected: 2 or more of either); fetched every 1h instead of every 30m");
    }

    @Test
    void manyFetchesInAShortTimeAreNotEnough() {
        assertThat(fetch(POOR, 300, 60_000)).isZero();
        assertThat(fetch(POOR, 100, 60_000)).isEqualTo(1);
    }

    @Test
    void norIsALongTimeWithFewFetches() {
        assertThat(fetch(POOR, 4, 24 * HOUR)).isZero();
        assertThat(fetch(POOR, 1, 24 * HOUR)).isEqualTo(1);
    }

    @Test
    void itIsStretchedFurtherUpToADay() {
        fetch(POOR, 1_000, HOUR);

        assertThat(stretch.factor()).isEqualTo(64);
        assertThat(stretch.stretched(PERIOD)).isEqualTo(Duration.ofDays(1));
        assertThat(stretch.stretched(Duration.ofDays(3)))
                .as("a longer one stays")
                .isEqualTo(Duration.ofDays(3));
    }

    @Test
    void aLongIntervalIsNotStretched() {
        for (int i = 0; i < 100; i++) {
            assertThat(stretch.fetched(POOR, "a", Duration.ofDays(1), i * 24 * HOUR))
                    .isFalse();
        }
        assertThat(stretch.why()).isNull();
    }

    @Test
    void whatItBringsGivesItsIntervalBackAtOnce() {
        fetch(POOR, 100, HOUR);

        assertThat(stretch.looked(POOR, "a")).isFalse();
        assertThat(stretch.looked(WORTHY, "a")).isTrue();

        assertThat(stretch.factor()).isEqualTo(1);
        assertThat(stretch.why()).isNull();
        assertThat(stretch.looked(WORTHY, "a")).as("only once").isFalse();
        assertThat(fetch(POOR, 4, HOUR)).as("counting begins anew").isZero();
    }

    @Test
    void oneGoodFetchBeginsTheCountAnew() {
        fetch(POOR, 6, HOUR);
        fetch(WORTHY, 1, HOUR);

        assertThat(fetch(POOR, 6, HOUR)).isZero();
    }

    @Test
    void toHaveListedSomethingFirstIsWorthAsMuch() {
        assertThat(fetch(counted(of(1_200, 30, 0, 2, 1_200)), 100, HOUR)).isZero();
        assertThat(fetch(counted(of(1_200, 30, 1, 1, 1_200)), 7, HOUR)).isEqualTo(1);
    }

    @Test
    void aListThatIsNotCheckedYetIsNotJudged() {
        assertThat(fetch(counted(of(1_200, 0, 0, 0, 599)), 100, HOUR)).isZero();
        assertThat(fetch(counted(of(1_200, 0, 0, 0, 600)), 100, HOUR)).isPositive();
    }

    @Test
    void nobodyIsBlamedWhileNothingIsAliveOrNobodyHasCounted() {
        assertThat(fetch(Counted.NEVER, 100, HOUR)).isZero();
        assertThat(fetch(new Counted(1, 0, POOR.bySource()), 100, HOUR)).isZero();
    }

    @Test
    void aSourceThatListsNothingIsPoor() {
        assertThat(fetch(new Counted(1, 5, Map.of()), 7, HOUR)).isEqualTo(1);
    }
}
