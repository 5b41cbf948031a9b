package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.keep.ThirtyDays.Fault;
import dev.sluice.keep.ThirtyDays.Report;
import dev.sluice.port.JobState;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ThirtyDaysTest {
    private static final int MANY = 10_000;
    private static final int FEW = 1_000;

    /** Twenty seeds, or the one that is asked for. */
    static LongStream seeds() {
        Long one = Long.getLong("sluice.thirtydays.seed");
        return one == null ? LongStream.rangeClosed(1, 20) : LongStream.of(one);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatMustHoldHoldsThroughAMonthOfFaults(long seed) {
        // One seed in ten plays as many proxies as it should; the others, fewer, so that the build does not wait for
        // them.
        int proxies = Integer.getInteger("sluice.thirtydays.proxies", seed % 10 == 1 ? MANY : FEW);

        Report month = ThirtyDays.run(seed, proxies, 30);

        assertThat(month.faults()).as("seed %d", seed).containsOnlyKeys(Fault.values());
        assertThat(month.checks()).as("seed %d", seed).isGreaterThan(10L * proxies);
        assertThat(month.late()).as("seed %d", seed).isPositive();
        assertThat(month.unfit()).as("seed %d", seed).isPositive();
        assertThat(month.jobs())
                .as("seed %d", seed)
                .containsOnlyKeys(JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED);
    }

    @Test
    void theSameSeedPlaysTheSame() {
        assertThat(ThirtyDays.run(7, 500, 10)).isEqualTo(ThirtyDays.run(7, 500, 10));
    }
}
