package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.pace.PaceState.Phase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaceTest {
    private static final long MILLI = 1_000_000;
    private static final int TICK_MILLIS = 250;
    private static final int LIMIT = 17_600;

    @Test
    void startsAreSpreadOverTheSecond() {
        Pace pace = fixed(1_000);
        int started = pace.take(1_000_000, 0, 0);
        for (long now = 10; now <= 1_000; now += 10) {
            started += pace.take(1_000_000, 0, now * MILLI);
        }

        assertThat(started).isBetween(1_000, 1_020);
    }

    @Test
    void aPauseIsNotCaughtUp() {
        Pace pace = fixed(1_000);
        pace.take(1_000_000, 0, 0);

        assertThat(pace.take(1_000_000, 0, 3_600_000 * MILLI)).isEqualTo(20);
    }

    @Test
    void aRateBelowOneBurstStillStarts() {
        Pace pace = fixed(1);

        assertThat(pace.take(10, 0, 0)).isEqualTo(1);
        assertThat(pace.take(10, 0, 999 * MILLI)).isZero();
        assertThat(pace.take(10, 0, 1_001 * MILLI)).isEqualTo(1);
    }

    @Test
    void onlyWhatIsWantedIsTaken() {
        Pace pace = fixed(1_000);

        assertThat(pace.take(3, 0, 0)).isEqualTo(3);
        assertThat(pace.take(100, 0, 0)).isEqualTo(17);
    }

    @Test
    void theLimitIsNeverExceeded() {
        Pace pace = new Pace(new PaceSettings(false, 2_000_000, 100, 0), 0);

        assertThat(pace.take(1_000, 98, 0)).isEqualTo(2);
        assertThat(pace.take(1_000, 100, 0)).isZero();
        assertThat(pace.take(1_000, 250, 0)).isZero();
    }

    @Test
    void aMillionASecondIsNotMetered() {
        Pace pace = new Pace(new PaceSettings(false, 1_000_000, 500_000, 0), 0);

        assertThat(pace.take(400_000, 0, 0)).isEqualTo(400_000);
        assertThat(pace.take(400_000, 0, 0)).isEqualTo(400_000);
    }

    @Test
    void aFixedRateIsKeptWhateverHappens() {
        Drive drive = new Drive(fixed(3_000));
        drive.loss(1).error("descriptors").lag(900).seconds(20);

        PaceState state = drive.state();
        assertThat(state.phase()).isEqualTo(Phase.FIXED);
        assertThat(state.rate()).isEqualTo(3_000);
        assertThat(state.cuts()).isEmpty();
        assertThat(state.startsPerSecond()).isCloseTo(3_000, within(100.0));
    }

    @Test
    void slowStartGrowsByHalfASecond() {
        Drive drive = new Drive(adaptive());
        assertThat(drive.state().rate()).isEqualTo(100);
        drive.seconds(4);

        assertThat(drive.state().rate()).isCloseTo(506, within(1.0));
        assertThat(drive.state().phase()).isEqualTo(Phase.SLOW_START);
    }

    @Test
    void theRateEndsAtItsBound() {
        Drive drive = new Drive(new Pace(new PaceSettings(true, 777, LIMIT, 0), 0));
        drive.seconds(30);

        assertThat(drive.state().rate()).isEqualTo(777);
        assertThat(new Pace(new PaceSettings(true, 5, LIMIT, 0), 0).state().rate())
                .isEqualTo(5);
    }

    @Test
    void whoDoesNotUseTheRateLearnsNothingAboutIt() {
        Drive drive = new Drive(adaptive());
        drive.seconds(3);
        double rate = drive.state().rate();
        drive.demand(0.7).seconds(30);

        assertThat(drive.state().rate()).isEqualTo(rate);
        assertThat(drive.state().phase()).isEqualTo(Phase.DEMAND_LIMITED);
    }

    @Test
    void onePauseHoldsAndDoesNotCut() {
        Drive drive = new Drive(adaptive());
        drive.seconds(3);
        double rate = drive.state().rate();
        drive.lag(5_000).ticks(1);
        drive.lag(1).ticks(3);

        assertThat(drive.state().cuts()).isEmpty();
        assertThat(drive.state().phase()).isEqualTo(Phase.HOLDING);
        assertThat(drive.state().rate()).isEqualTo(rate);

        drive.seconds(4);
        assertThat(drive.state().rate()).isGreaterThan(1.5 * rate);
    }

    @Test
    void pausesOfACollectorNowAndThenDoNotCut() {
        Drive drive = new Drive(adaptive());
        for (int i = 0; i < 60; i++) {
            drive.lag(80).ticks(1);
            drive.lag(3).ticks(3);
        }

        assertThat(drive.state().cuts()).isEmpty();
    }

    @Test
    void latenessThatLastsCutsWithinASecondAndAHalf() {
        Drive drive = new Drive(adaptive());
        drive.seconds(6);
        double rate = drive.state().rate();
        drive.lag(100).ticks(6);

        assertThat(drive.state().cuts()).containsOnlyKeys(Pace.LAG);
        assertThat(drive.state().lastCutReason()).isEqualTo(Pace.LAG);
        assertThat(drive.state().rate()).isEqualTo(0.75 * rate);
        assertThat(drive.state().lagNanos()).isGreaterThan(50 * MILLI);
    }

    @Test
    void atMostOneCutInTwoSeconds() {
        Drive drive = new Drive(adaptive());
        drive.seconds(6);
        drive.error("descriptors").ticks(41);

        assertThat(drive.state().cuts()).containsEntry("descriptors", 6L);
    }

    @Test
    void cutsEndAtTwentyASecond() {
        Drive drive = new Drive(adaptive());
        drive.seconds(4);
        drive.error("descriptors").seconds(60);

        assertThat(drive.state().rate()).isEqualTo(20);
    }

    @Test
    void backlogThatShrinksIsNotCutAgain() {
        Drive drive = new Drive(adaptive());
        drive.seconds(6);
        drive.lag(400).ticks(3);
        assertThat(drive.state().cuts()).containsEntry(Pace.LAG, 1L);
        for (int lag = 360; lag > 0; lag = lag * 4 / 5) {
            drive.lag(lag).ticks(1);
        }

        assertThat(drive.state().cuts()).containsEntry(Pace.LAG, 1L);
    }

    @Test
    void oneLostProbeHoldsAndDoesNotCut() {
        Drive drive = new Drive(adaptive());
        drive.seconds(5);
        double rate = drive.state().rate();
        drive.loss(1).ticks(1);
        drive.loss(0).ticks(3);

        assertThat(drive.state().cuts()).isEmpty();
        assertThat(drive.state().phase()).isEqualTo(Phase.HOLDING);
        assertThat(drive.state().rate()).isEqualTo(rate);
    }

    @Test
    void twoLostProbesInARowCut() {
        Drive drive = new Drive(adaptive());
        drive.seconds(5);
        drive.loss(1).ticks(2);

        assertThat(drive.state().cuts()).containsOnlyKeys(Pace.ANCHOR_LOSS);
    }

    @Test
    void oneSlowProbeDoesNotCut() {
        Drive drive = new Drive(adaptive());
        drive.seconds(5);
        drive.anchorDelay(1_020).ticks(1);
        drive.anchorDelay(20).seconds(2);

        assertThat(drive.state().cuts()).isEmpty();
    }

    @Test
    void aQueueThatStandsCutsWithinThreeSeconds() {
        Drive drive = new Drive(adaptive());
        drive.seconds(5);
        drive.anchorDelay(140).seconds(3);

        assertThat(drive.state().cuts()).containsOnlyKeys(Pace.ANCHOR_DELAY);
        assertThat(drive.state().anchorDelayNanos()).isGreaterThan(60 * MILLI);
    }

    @Test
    void aShortQueueHolds() {
        Drive drive = new Drive(adaptive());
        drive.seconds(5);
        double rate = drive.state().rate();
        drive.anchorDelay(80).seconds(30);

        assertThat(drive.state().cuts()).isEmpty();
        assertThat(drive.state().rate()).isLessThan(3 * rate);
        assertThat(drive.state().phase()).isEqualTo(Phase.HOLDING);
    }

    @Test
    void theBestDelayIsForgottenAfterTenMinutes() {
        Drive drive = new Drive(new Pace(new PaceSettings(true, 300, LIMIT, 0), 0));
        drive.seconds(5);
        drive.anchorDelay(80).seconds(60);
        assertThat(drive.state().phase()).isEqualTo(Phase.HOLDING);
        drive.seconds(560);

        assertThat(drive.state().anchorDelayNanos()).isLessThan(5 * MILLI);
        assertThat(drive.state().phase()).isNotEqualTo(Phase.HOLDING);
    }

    @Test
    void anchorsThatNoLongerReportHoldNothingBack() {
        Drive drive = new Drive(adaptive());
        drive.seconds(4);
        drive.loss(1).ticks(1);
        drive.silentAnchors().seconds(20);

        assertThat(drive.state().anchorLoss()).isZero();
        assertThat(drive.state().rate()).isGreaterThan(1_000);
    }

    @ParameterizedTest
    @CsvSource({"17900, 0, false", "18500, 1, false", "18700, 1, true", "300, 1, false"})
    void descriptorsHoldAndThenCut(int inFlight, int openFilesMore, boolean cuts) {
        Drive drive = new Drive(new Pace(new PaceSettings(true, 20_000, LIMIT, 20_000), 0));
        drive.seconds(4);
        drive.files(inFlight, inFlight + openFilesMore).seconds(1);

        assertThat(drive.state().cuts().containsKey(Pace.IN_FLIGHT)).isEqualTo(cuts);
        Phase expected = cuts ? Phase.CUT : inFlight > 18_000 ? Phase.HOLDING : Phase.SLOW_START;
        assertThat(drive.state().phase()).isEqualTo(expected);
    }

    @Test
    void descriptorsOfOthersCutToo() {
        Drive drive = new Drive(new Pace(new PaceSettings(true, 20_000, LIMIT, 20_000), 0));
        drive.seconds(4);
        drive.files(100, 18_700).ticks(1);

        assertThat(drive.state().cuts()).containsOnlyKeys(Pace.IN_FLIGHT);
    }

    @Test
    void aTableOfConnectionsThatFillsCutsAndAFullOneThatDoesNotHolds() {
        Drive drive = new Drive(adaptive());
        drive.seconds(5);
        drive.conntrack(0.86).ticks(1);
        assertThat(drive.state().cuts()).containsEntry(Pace.CONNTRACK, 1L);

        drive.seconds(20);
        assertThat(drive.state().cuts()).containsEntry(Pace.CONNTRACK, 1L);
        assertThat(drive.state().phase()).isEqualTo(Phase.HOLDING);

        drive.conntrack(0.87).ticks(1);
        assertThat(drive.state().cuts()).containsEntry(Pace.CONNTRACK, 2L);
    }

    @Test
    void whatWeLackedIsTheReasonAtOnce() {
        Drive drive = new Drive(adaptive());
        drive.seconds(4);
        double rate = drive.state().rate();
        drive.error("ports").ticks(1);

        assertThat(drive.state().lastCutReason()).isEqualTo("ports");
        assertThat(drive.state().phase()).isEqualTo(Phase.CUT);
        assertThat(drive.state().rate()).isEqualTo(0.75 * rate);
        assertThat(drive.state().lastCutNanos()).isEqualTo(drive.now * MILLI);
    }

    @Test
    void reasonsAreBounded() {
        Drive drive = new Drive(adaptive());
        for (int i = 0; i < 100; i++) {
            drive.error("error " + i).seconds(2);
        }

        assertThat(drive.state().cuts()).hasSize(33).containsEntry("other", 68L);
    }

    @Test
    void fewerAnswersThanUsualCutByAsMuchAsIsMissing() {
        Drive drive = new Drive(adaptive());
        drive.seconds(8);
        double rate = drive.state().rate();
        drive.answers(0.28 / 3).seconds(1);

        assertThat(drive.state().cuts()).containsOnlyKeys(Pace.ANSWER_RATIO);
        assertThat(drive.state().rate()).isBetween(0.24 * rate, 0.33 * rate);
    }

    @Test
    void aCutThatChangesNothingIsTakenBackAndNotTriedAgainForAMinute() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        double rate = drive.state().rate();
        drive.answers(0.02).seconds(3);
        assertThat(drive.state().cuts()).containsEntry(Pace.ANSWER_RATIO, 1L);
        assertThat(drive.state().rate()).isGreaterThanOrEqualTo(rate);

        drive.answers(0.5).seconds(10);
        drive.answers(0.1).seconds(20);
        assertThat(drive.state().cuts()).containsEntry(Pace.ANSWER_RATIO, 1L);
    }

    @Test
    void fewExpectedAnswersProveNothing() {
        Drive drive = new Drive(new Pace(new PaceSettings(true, 150, LIMIT, 0), 0));
        drive.seconds(20);
        drive.answers(0).seconds(1);

        assertThat(drive.state().cuts()).isEmpty();
    }

    @Test
    void aBurstAtTheEndOfASecondIsNotExpectedToBeAnsweredYet() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        for (int i = 0; i < 30; i++) {
            drive.demand(0).answers(0).ticks(3);
            drive.demand(1).ticks(1);
            drive.demand(0).answersNow(drive.startsOfTick() * 28 / 100).ticks(1);
        }

        assertThat(drive.state().cuts()).isEmpty();
    }

    @Test
    void connectsThatBecomeSlowCut() {
        Drive drive = new Drive(adaptive());
        drive.seconds(8);
        drive.connects(220).seconds(2);

        assertThat(drive.state().cuts()).containsOnlyKeys(Pace.SLOW_CONNECTS);
    }

    @Test
    void connectsOfALocalNetworkMayTakeThreeTimesAsLong() {
        Drive drive = new Drive(adaptive());
        drive.connects(1).seconds(8);
        drive.connects(3).seconds(5);

        assertThat(drive.state().cuts()).isEmpty();
        assertThat(drive.state().phase()).isEqualTo(Phase.SLOW_START);
    }

    @Test
    void targetsThatAreFartherAwayAreNotTakenForAQueue() {
        Drive drive = new Drive(adaptive());
        drive.seconds(8);
        double rate = drive.state().rate();
        drive.connects(220).seconds(25);

        assertThat(drive.state().rate()).isGreaterThan(rate);
        long cuts = drive.state().cuts().getOrDefault(Pace.SLOW_CONNECTS, 0L);
        drive.seconds(30);
        assertThat(drive.state().cuts()).containsEntry(Pace.SLOW_CONNECTS, cuts);
    }

    @Test
    void growthIsCarefulNearWhatProvedTooMuchAndStopsBelowIt() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        double tooMuch = drive.state().rate();
        drive.error("ports").ticks(1);
        drive.error(null).seconds(7);
        double near = drive.state().rate();
        assertThat(near).isBetween(0.89 * tooMuch, 0.95 * tooMuch);
        drive.seconds(1);
        assertThat(drive.state().rate()).isCloseTo(1.01 * near + 1, within(0.01 * near));
        drive.seconds(40);
        assertThat(drive.state().rate()).isCloseTo(0.97 * tooMuch, within(1.0));

        drive.seconds(40);
        assertThat(drive.state().rate()).isGreaterThan(1.1 * tooMuch);
    }

    @Test
    void whoHardlyStartsIsNotTheCause() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        drive.demand(0).lag(200).seconds(30);
        assertThat(drive.state().rate()).isEqualTo(100);
        assertThat(drive.state().cuts()).containsKey(Pace.LAG);

        drive.demand(1).lag(1).seconds(12);
        assertThat(drive.state().rate()).isGreaterThan(1_000);
    }

    @Test
    void whileSuspendedNothingStarts() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        drive.pace.suspend(drive.now * MILLI);
        int before = drive.started;
        drive.loss(1).seconds(60);

        assertThat(drive.started).isEqualTo(before);
        assertThat(drive.state().phase()).isEqualTo(Phase.SUSPENDED);
        assertThat(drive.state().rate()).isZero();
        assertThat(drive.state().startsPerSecond()).isZero();
        assertThat(drive.state().cuts()).isEmpty();
    }

    @Test
    void afterwardsItGoesOnWithAQuarter() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        double rate = drive.state().rate();
        drive.pace.suspend(drive.now * MILLI);
        drive.loss(1).seconds(10);
        drive.pace.resume(drive.now * MILLI);
        assertThat(drive.state().rate()).isEqualTo(rate / 4);
        assertThat(drive.state().phase()).isEqualTo(Phase.SLOW_START);

        drive.pace.resume(drive.now * MILLI);
        assertThat(drive.state().rate()).isEqualTo(rate / 4);
        drive.loss(0).seconds(4);
        assertThat(drive.state().cuts()).isEmpty();
        assertThat(drive.state().rate())
                .as("back at once to the rate before, no further")
                .isEqualTo(rate);
    }

    @Test
    void aSmallRateGoesOnWithFifty() {
        Drive drive = new Drive(adaptive());
        drive.pace.suspend(0);
        drive.pace.resume(MILLI);

        assertThat(drive.state().rate()).isEqualTo(50);
    }

    @Test
    void aFixedRateGoesOnAsItWas() {
        Drive drive = new Drive(fixed(3_000));
        drive.pace.suspend(0);
        drive.seconds(5);
        assertThat(drive.started).isZero();
        drive.pace.resume(drive.now * MILLI);

        assertThat(drive.state().rate()).isEqualTo(3_000);
        assertThat(drive.state().phase()).isEqualTo(Phase.FIXED);
    }

    @Test
    void slowStartEndsShortOfWhatProvedTooMuch() {
        Drive drive = new Drive(adaptive());
        drive.seconds(9);
        double tooMuch = drive.state().rate();
        drive.error("ports").ticks(1);
        drive.error(null).ticks(3);
        drive.pace.suspend(drive.now * MILLI);
        drive.pace.resume(drive.now * MILLI);
        drive.seconds(4);

        assertThat(drive.state().rate()).isBetween(0.89 * tooMuch, 0.93 * tooMuch);
    }

    @Test
    void theShareOfAnswersIsThatOfConnectsThatEnded() {
        Drive drive = new Drive(adaptive());
        assertThat(drive.state().answerRatio()).isNaN();
        drive.seconds(3);

        assertThat(drive.state().answerRatio()).isCloseTo(0.28, within(0.02));
    }

    private static Pace fixed(double rate) {
        return new Pace(new PaceSettings(false, rate, LIMIT, 0), 0);
    }

    private static Pace adaptive() {
        return new Pace(new PaceSettings(true, 20_000, LIMIT, 0), 0);
    }

    /** Uses the rate as far as there is demand, and reports what it was told to. All is well at first. */
    private static final class Drive {
        private final Pace pace;
        private long now;
        private int started;
        private int startsOfTick;
        private double demand = 1;
        private double owed;
        private double answers = 0.28;
        private long answersNow = -1;
        private long connectMillis = 50;
        private long lagMillis = 1;
        private double loss;
        private int probesPerTick = 1;
        private long anchorMillis = 20;
        private int inFlight;
        private int openFiles;
        private double conntrack;
        private @Nullable String error;

        Drive(Pace pace) {
            this.pace = pace;
        }

        PaceState state() {
            return pace.state();
        }

        int startsOfTick() {
            return startsOfTick;
        }

        /** Share of the rate that is asked for. */
        Drive demand(double share) {
            demand = share;
            owed = 0;
            return this;
        }

        Drive answers(double share) {
            answers = share;
            return this;
        }

        /** So many in the next tick. */
        Drive answersNow(long count) {
            answersNow = count;
            return this;
        }

        Drive connects(long millis) {
            connectMillis = millis;
            return this;
        }

        Drive lag(long millis) {
            lagMillis = millis;
            return this;
        }

        Drive loss(double share) {
            loss = share;
            return this;
        }

        Drive anchorDelay(long millis) {
            anchorMillis = millis;
            return this;
        }

        Drive silentAnchors() {
            probesPerTick = 0;
            return this;
        }

        Drive files(int checks, int open) {
            inFlight = checks;
            openFiles = open;
            return this;
        }

        Drive conntrack(double share) {
            conntrack = share;
            return this;
        }

        Drive error(@Nullable String text) {
            error = text;
            return this;
        }

        void seconds(int count) {
            ticks(count * 4);
        }

        void ticks(int count) {
            for (int i = 0; i < count; i++) {
                startsOfTick = 0;
                for (int millis = 0; millis < TICK_MILLIS; millis += 10) {
                    now += 10;
                    owed = Math.min(100_000, owed + demand * pace.state().rate() / 100 + (demand >= 1 ? 1_000 : 0));
                    int taken = pace.take((int) owed, 0, now * MILLI);
                    owed = demand == 0 ? 0 : owed - taken;
                    startsOfTick += taken;
                }
                started += startsOfTick;
                tick();
            }
        }

        private void tick() {
            long answered = answersNow >= 0 ? answersNow : Math.round(answers * startsOfTick);
            answersNow = -1;
            int failures = (int) Math.round(loss * probesPerTick);
            pace.tick(
                    new Signals(
                            inFlight,
                            openFiles,
                            answered,
                            startsOfTick - Math.min(answered, startsOfTick),
                            answered > 0 ? connectMillis * MILLI : 0,
                            lagMillis * MILLI,
                            probesPerTick,
                            failures,
                            failures < probesPerTick ? anchorMillis * MILLI : 0,
                            error,
                            conntrack),
                    now * MILLI);
        }
    }
}
