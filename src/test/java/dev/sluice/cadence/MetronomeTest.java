package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class MetronomeTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int DAY = 86_400;

    @Test
    void theFirstTickIsTheAnchor() {
        Metronome metronome = new Metronome(5 * SECOND, SECOND);

        assertThat(metronome.tick(4 * SECOND)).isNull();
        assertThat(metronome.nextTickNanos()).isEqualTo(5 * SECOND);
        assertThat(metronome.tick(5 * SECOND)).isEqualTo(new Metronome.Run(5 * SECOND, 0));
    }

    @Test
    void aTickDuringARunStartsWhenItEndsAndFurtherOnesAreMergedIntoIt() {
        Metronome metronome = new Metronome(0, SECOND);
        assertThat(metronome.tick(0)).isNotNull();

        assertThat(metronome.tick(SECOND)).isNull();
        assertThat(metronome.tick(2 * SECOND)).isNull();
        assertThat(metronome.tick(3 * SECOND)).isNull();

        assertThat(metronome.ended()).isEqualTo(new Metronome.Run(SECOND, 2));
        assertThat(metronome.ended()).isNull();
        assertThat(metronome.runs()).isEqualTo(2);
        assertThat(metronome.queued()).isEqualTo(1);
        assertThat(metronome.coalesced()).isEqualTo(2);
        assertThat(metronome.missed()).isZero();
    }

    @Test
    void aStallIsOneRunAndNoBurst() {
        Metronome metronome = new Metronome(0, SECOND);
        metronome.tick(0);
        metronome.ended();

        long late = 180 * SECOND + 7;
        assertThat(metronome.tick(late)).isEqualTo(new Metronome.Run(180 * SECOND, 179));
        assertThat(metronome.ended()).isNull();
        assertThat(metronome.missed()).isEqualTo(179);
        assertThat(metronome.tick(late + 1)).isNull();
        assertThat(metronome.nextTickNanos()).isEqualTo(181 * SECOND);
    }

    @Test
    void theNextTickIsNeverOneThatWasTakenAlready() {
        Metronome metronome = new Metronome(0, SECOND);
        metronome.tick(SECOND);

        assertThat(metronome.nextTickNanos()).isEqualTo(2 * SECOND);
        assertThat(metronome.tick(SECOND)).isNull();
        assertThat(metronome.tick(SECOND - 5)).isNull();
        assertThat(metronome.nextTickNanos()).isEqualTo(2 * SECOND);
    }

    @Test
    void aMonotonicClockMayBeNegativeAndWrapNothing() {
        long anchor = -3 * SECOND - 17;
        Metronome metronome = new Metronome(anchor, SECOND);

        assertThat(metronome.nextTickNanos()).isEqualTo(anchor);
        assertThat(metronome.tick(anchor + 2 * SECOND + 1)).isEqualTo(new Metronome.Run(anchor + 2 * SECOND, 2));
        assertThat(metronome.nextTickNanos()).isEqualTo(anchor + 3 * SECOND);
    }

    @Test
    void aPeriodOfNothingIsRefused() {
        assertThatThrownBy(() -> new Metronome(0, 0)).hasMessage("periodNanos: 0 (expected: > 0)");
    }

    @Test
    void aDayOfTicksDoesNotDriftWhateverTheWorkTakes() {
        Random random = new Random(4711);
        Metronome metronome = new Metronome(0, SECOND);
        List<Metronome.Run> runs = simulate(metronome, () -> workNanos(random), () -> random.nextLong(20_000_000));

        assertThat(runs).allMatch(run -> run.scheduledForNanos() % SECOND == 0);
        assertThat(runs).extracting(Metronome.Run::scheduledForNanos).isSorted().doesNotHaveDuplicates();
        assertThat(runs.get(runs.size() - 1).scheduledForNanos()).isBetween((DAY - 10) * SECOND, (DAY - 1) * SECOND);
        assertThat(metronome.queued()).as("long work was among it").isGreaterThan(1_000);
        assertThat(metronome.missed()).isZero();
        assertThat(metronome.runs() + metronome.coalesced()).isBetween(DAY - 1L, (long) DAY);
        assertThat(runs).hasSize((int) metronome.runs());
    }

    @Test
    void stallsOfMinutesAreCountedAndTheGridHolds() {
        Random random = new Random(815);
        Metronome metronome = new Metronome(0, SECOND);
        List<Metronome.Run> runs = simulate(
                metronome,
                () -> random.nextLong(SECOND / 2),
                () -> random.nextInt(2_000) == 0 ? random.nextLong(300 * SECOND) : random.nextLong(5_000_000));

        assertThat(metronome.missed()).as("there were stalls").isGreaterThan(1_000);
        assertThat(runs).allMatch(run -> run.scheduledForNanos() % SECOND == 0);
        assertThat(runs).extracting(Metronome.Run::scheduledForNanos).isSorted().doesNotHaveDuplicates();
        long instants = runs.get(runs.size() - 1).scheduledForNanos() / SECOND + 1;
        assertThat(metronome.runs() + metronome.coalesced() + metronome.missed())
                .as("every instant is a run, merged or missed")
                .isEqualTo(instants);
        assertThat(runs.stream().mapToLong(run -> 1 + run.coalesced()).sum()).isEqualTo(instants);
    }

    /** Mostly short, sometimes several periods. */
    private static long workNanos(Random random) {
        return random.nextInt(50) == 0 ? random.nextLong(4 * SECOND) : random.nextLong(SECOND / 2);
    }

    /** A day of timers that fire late, and of work that ends at its own time; one event after the other. */
    private static List<Metronome.Run> simulate(
            Metronome metronome, LongSupplier workNanos, LongSupplier latenessNanos) {
        List<Metronome.Run> runs = new ArrayList<>();
        long now = 0;
        long timer = metronome.nextTickNanos() + latenessNanos.getAsLong();
        long workEnds = Long.MAX_VALUE;
        while (Math.min(timer, workEnds) < DAY * SECOND) {
            Metronome.Run run;
            if (workEnds <= timer) {
                now = workEnds;
                workEnds = Long.MAX_VALUE;
                run = metronome.ended();
            } else {
                now = timer;
                run = metronome.tick(now);
                timer = metronome.nextTickNanos() + latenessNanos.getAsLong();
            }
            if (run != null) {
                assertThat(workEnds).as("runs never overlap").isEqualTo(Long.MAX_VALUE);
                assertThat(run.scheduledForNanos()).isLessThanOrEqualTo(now);
                runs.add(run);
                workEnds = now + workNanos.getAsLong();
            }
        }
        return runs;
    }
}
