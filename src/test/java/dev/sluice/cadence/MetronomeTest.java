package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

        assertThat(metronome.ended(4 * SECOND)).isEqualTo(new Metronome.Run(SECOND, 2));
        assertThat(metronome.ended(4 * SECOND)).isNull();
        assertThat(metronome.runs()).isEqualTo(2);
        assertThat(metronome.queued()).isEqualTo(1);
        assertThat(metronome.coalesced()).isEqualTo(2);
        assertThat(metronome.missed()).isZero();
    }

    @Test
    void aStallIsOneRunAndNoBurst() {
        Metronome metronome = new Metronome(0, SECOND);
        metronome.tick(0);
        metronome.ended(1);

        long late = 180 * SECOND + 7;
        assertThat(metronome.tick(late)).isEqualTo(new Metronome.Run(180 * SECOND, 179));
        assertThat(metronome.ended(late)).isNull();
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
    void whereNothingMayWaitATickDuringARunIsSkipped() {
        Metronome metronome = new Metronome(0, SECOND, 0, Metronome.ANY_AGE);
        metronome.tick(0);

        assertThat(metronome.tick(SECOND)).isNull();
        assertThat(metronome.tick(2 * SECOND)).isNull();

        assertThat(metronome.ended(2 * SECOND)).isNull();
        assertThat(metronome.skipped()).isEqualTo(2);
        assertThat(metronome.lastSkip()).isEqualTo(Metronome.SkipReason.BUSY);
        assertThat(metronome.tick(3 * SECOND)).isEqualTo(new Metronome.Run(3 * SECOND, 0));
    }

    @Test
    void aQueueHoldsAsManyAsItMayAndMergesTheRest() {
        Metronome metronome = new Metronome(0, SECOND, 2, Metronome.ANY_AGE);
        metronome.tick(0);
        for (int i = 1; i <= 4; i++) {
            assertThat(metronome.tick(i * SECOND)).isNull();
        }

        assertThat(metronome.waiting()).isEqualTo(2);
        assertThat(metronome.coalesced()).isEqualTo(2);
        assertThat(metronome.ended(4 * SECOND)).isEqualTo(new Metronome.Run(SECOND, 2));
        assertThat(metronome.ended(4 * SECOND)).isEqualTo(new Metronome.Run(2 * SECOND, 0));
        assertThat(metronome.ended(4 * SECOND)).isNull();
    }

    @Test
    void aTickThatCouldBeginOnlyTooLateIsSkippedAndSaysWhy() {
        Metronome metronome = new Metronome(0, 60 * SECOND, 1, 5 * SECOND);
        metronome.tick(0);
        assertThat(metronome.tick(60 * SECOND)).isNull();

        assertThat(metronome.ended(65 * SECOND + 1)).isNull();
        assertThat(metronome.lastSkip()).isEqualTo(Metronome.SkipReason.LATE);
        assertThat(metronome.tick(130 * SECOND)).isNull();
        assertThat(metronome.skipped()).isEqualTo(2);
        assertThat(metronome.tick(185 * SECOND)).isEqualTo(new Metronome.Run(180 * SECOND, 0));
    }

    @Test
    void whileItRestsTicksAreSkipped() {
        Metronome metronome = new Metronome(0, SECOND);
        metronome.tick(0);
        metronome.rest(3 * SECOND);

        assertThat(metronome.ended(1)).isNull();
        assertThat(metronome.tick(2 * SECOND)).isNull();
        assertThat(metronome.lastSkip()).isEqualTo(Metronome.SkipReason.RESTING);
        assertThat(metronome.tick(3 * SECOND)).isEqualTo(new Metronome.Run(3 * SECOND, 1));
    }

    @Test
    void aRunOffTheGridStandsBesideNoOther() {
        Metronome metronome = new Metronome(0, SECOND);

        assertThat(metronome.trigger(-5)).isEqualTo(new Metronome.Run(-5, 0));
        assertThat(metronome.trigger(-4)).isNull();
        assertThat(metronome.tick(0)).isNull();
        assertThat(metronome.ended(7)).isEqualTo(new Metronome.Run(0, 0));
        assertThat(metronome.runs()).isEqualTo(1);
    }

    @Test
    void schedulesBeginWhereTheirNameSaysSpreadOverThePeriod() {
        assertThat(Metronome.offsetNanos("archive", 3_600 * SECOND))
                .isEqualTo(Metronome.offsetNanos("archive", 3_600 * SECOND));
        int[] quarters = new int[4];
        for (int i = 0; i < 1_000; i++) {
            long offset = Metronome.offsetNanos("source-" + i, 3_600 * SECOND);
            assertThat(offset).isBetween(0L, 3_600 * SECOND - 1);
            quarters[(int) (offset / (900 * SECOND))]++;
        }
        assertThat(IntStream.of(quarters)).allMatch(count -> count > 150 && count < 350);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyInstantIsExactlyOneOfFiveThings(long seed) {
        Random random = new Random(seed);
        long period = SECOND + random.nextLong(SECOND);
        long anchor = random.nextLong() / 4;
        int mostWaiting = random.nextInt(4);
        long ageLimit = random.nextBoolean() ? Metronome.ANY_AGE : period / 2 + random.nextLong(3 * period);
        Metronome metronome = new Metronome(anchor, period, mostWaiting, ageLimit);
        long now = anchor - random.nextLong(period);
        long end = anchor + DAY * SECOND;
        long workEnds = Long.MAX_VALUE;
        boolean onGrid = false;
        long runs = 0;
        long stoodFor = 0;
        while (now < end) {
            // A timer that is late, or by far too late: a stall, or a machine asleep whose clock went on.
            long late = random.nextInt(500) == 0 ? random.nextLong(900 * SECOND) : random.nextLong(20_000_000);
            long timer = Math.max(now, metronome.nextTickNanos() + late);
            Metronome.Run run;
            boolean asked = workEnds == Long.MAX_VALUE && random.nextInt(200) == 0;
            if (asked) {
                run = metronome.trigger(now);
            } else if (workEnds <= timer) {
                now = workEnds;
                workEnds = Long.MAX_VALUE;
                if (random.nextInt(50) == 0) {
                    metronome.rest(now + random.nextLong(5 * period));
                }
                run = metronome.ended(now);
            } else {
                now = timer;
                run = metronome.tick(now);
            }
            if (run != null) {
                assertThat(workEnds).as("runs never overlap").isEqualTo(Long.MAX_VALUE);
                onGrid = !asked;
                if (onGrid) {
                    runs++;
                    stoodFor += 1 + run.coalesced();
                    assertThat((run.scheduledForNanos() - anchor) % period)
                            .as("no drift")
                            .isZero();
                    assertThat(now - run.scheduledForNanos()).isBetween(0L, ageLimit);
                }
                workEnds = now + (random.nextInt(20) == 0 ? random.nextLong(6 * period) : random.nextLong(period));
            }
            long instants = (metronome.nextTickNanos() - anchor) / period;
            assertThat(metronome.runs()
                            + metronome.waiting()
                            + metronome.coalesced()
                            + metronome.skipped()
                            + metronome.missed())
                    .isEqualTo(instants);
            assertThat(metronome.runs()).isEqualTo(runs);
            assertThat(metronome.waiting()).isLessThanOrEqualTo(mostWaiting);
        }
        assertThat(metronome.missed()).as("there were stalls").isPositive();
        assertThat(metronome.skipped()).as("there were rests").isPositive();
        assertThat(runs).isPositive();
        long instants = (metronome.nextTickNanos() - anchor) / period;
        assertThat(stoodFor + metronome.skipped() + metronome.waiting())
                .as("what was merged or missed is told to the next run, but for what comes after the last")
                .isBetween(instants - 900, instants);
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
                run = metronome.ended(now);
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
