package dev.sluice.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.pool.FeedbackBook.Effect;
import dev.sluice.pool.FeedbackBook.Page;
import org.junit.jupiter.api.Test;

final class FeedbackBookTest {
    private final FeedbackBook book = new FeedbackBook(10_000, 100);

    private double score(String application, long id) {
        return requireNonNull(book.get(application, id)).score();
    }

    private void report(String application, long id, boolean success, int times) {
        for (int i = 0; i < times; i++) {
            book.record(application, id, success, 0);
        }
    }

    @Test
    void reportsAreCountedByApplicationAndProxy() {
        book.record("a", 1, true, 5);
        book.record("a", 1, false, 7);
        book.record("b", 1, true, 6);

        Feedback feedback = requireNonNull(book.get("a", 1));
        assertThat(feedback.successes()).isEqualTo(1);
        assertThat(feedback.failures()).isEqualTo(1);
        assertThat(feedback.lastAtMillis()).isEqualTo(7);
        assertThat(book.get("a", 2)).isNull();
        assertThat(book.get("c", 1)).isNull();
        assertThat(book.size()).isEqualTo(2);
        assertThat(book.applications()).isEqualTo(2);
    }

    @Test
    void scoresFollowTheReportsAndStayWithinBounds() {
        report("a", 1, true, 1);
        assertThat(score("a", 1)).isGreaterThan(Feedback.NEUTRAL);
        report("a", 2, false, 1);
        assertThat(score("a", 2)).isLessThan(Feedback.NEUTRAL);

        report("a", 1, true, 1_000);
        report("a", 2, false, 1_000);
        assertThat(score("a", 1)).isBetween(0.99, 1.0);
        assertThat(score("a", 2)).isCloseTo(0.01, within(1e-6));
    }

    @Test
    void whatAlwaysWorkedIsWorthLessThanTheUnknownAfterThreeFailures() {
        report("a", 1, true, 1_000);
        report("a", 1, false, 2);
        assertThat(score("a", 1)).isGreaterThan(Feedback.NEUTRAL);
        report("a", 1, false, 1);
        assertThat(score("a", 1)).isLessThan(Feedback.NEUTRAL);
    }

    @Test
    void whatAlwaysFailedIsWorthMoreThanTheUnknownAfterOneSuccess() {
        report("a", 1, false, 1_000);
        report("a", 1, true, 1);
        assertThat(score("a", 1)).isGreaterThan(Feedback.NEUTRAL);
        report("a", 1, true, 9);
        assertThat(score("a", 1)).isGreaterThan(0.99);
    }

    @Test
    void aPageTellsTheScoresOfItsApplicationAlone() {
        report("a", 1, true, 3);
        report("b", 1, false, 3);

        Page page = requireNonNull(book.page("a"));
        assertThat(page.score(1)).isEqualTo(score("a", 1));
        assertThat(page.score(2)).isEqualTo(Feedback.NEUTRAL);
        assertThat(requireNonNull(book.page("b")).score(1)).isEqualTo(score("b", 1));
        assertThat(book.page("c")).isNull();
    }

    @Test
    void aProxyIsProvenFromItsFirstSuccessToItsNextFailure() {
        report("a", 7, true, 1);
        report("a", 8, false, 10);
        report("a", 8, true, 1);
        report("a", 9, true, 5);
        Page page = requireNonNull(book.page("a"));
        assertThat(score("a", 8)).isLessThan(0.5);
        assertThat(page.proven()).isEqualTo(2);
        assertThat(new long[] {page.provenAt(0), page.provenAt(1)}).containsExactlyInAnyOrder(7, 9);
        assertThat(page.provenAt(2)).isZero();

        report("a", 9, false, 1);
        assertThat(score("a", 9)).isGreaterThan(0.5);
        assertThat(page.proven()).isEqualTo(1);
        assertThat(page.provenAt(0)).isEqualTo(7);
        assertThat(page.provenAt(1)).isZero();
    }

    @Test
    void anOpinionGrowsWithTheReportsAndIsBounded() {
        double after = 0;
        for (int i = 1; i <= 500; i++) {
            Effect effect = book.record("a", 1, true, 0);
            assertThat(effect.opinionDelta()).isPositive();
            after += effect.opinionDelta();
        }
        assertThat(after).isBetween(4.9, Feedback.STRONGEST_OPINION);
        assertThat(requireNonNull(book.page("a")).opinion(1)).isCloseTo(after, within(1e-9));

        Effect first = book.record("a", 2, true, 0);
        assertThat(first.opinionDelta()).as("one success says little").isBetween(0.0, 0.5);

        report("a", 3, false, 10_000);
        assertThat(requireNonNull(book.page("a")).opinion(3)).isBetween(-Feedback.STRONGEST_OPINION, -4.8);
        assertThat(requireNonNull(book.page("a")).opinion(4)).isZero();
    }

    @Test
    void opinionsOfAllApplicationsAddUp() {
        report("a", 1, true, 50);
        report("b", 1, true, 50);
        report("c", 1, false, 50);
        report("c", 2, false, 50);
        double sum = requireNonNull(book.page("a")).opinion(1)
                + requireNonNull(book.page("b")).opinion(1)
                + requireNonNull(book.page("c")).opinion(1);
        assertThat(book.opinions(1)).isCloseTo(sum, within(1e-9));
        assertThat(book.opinions(3)).isZero();
    }

    @Test
    void theFirstTwentyReportsOfAPairCountAsUses() {
        for (int i = 1; i <= 30; i++) {
            assertThat(book.record("a", 1, i % 2 == 0, 0).countsAsUse())
                    .as("report %d", i)
                    .isEqualTo(i <= 20);
        }
        assertThat(book.record("b", 1, true, 0).countsAsUse()).isTrue();
    }

    @Test
    void everyApplicationIsHeardAboutAProxyInOrderOfTheirNames() {
        report("c", 1, true, 3);
        report("a", 1, false, 2);
        report("b", 2, true, 1);
        report("d", 1, true, 1);

        assertThat(book.about(1, 10)).containsOnlyKeys("a", "c", "d").containsEntry("c", book.get("c", 1));
        assertThat(book.about(1, 2).keySet()).containsExactly("a", "c");
        assertThat(book.about(3, 2)).isEmpty();
    }

    @Test
    void whoeverHoldsTheMostGivesUpItsOldestPair() {
        FeedbackBook small = new FeedbackBook(4, 10);
        small.record("quiet", 1, true, 0);
        small.record("loud", 1, true, 1);
        small.record("loud", 2, true, 2);
        small.record("loud", 3, true, 3);
        small.record("loud", 1, true, 4);

        Effect effect = small.record("loud", 4, true, 5);

        assertThat(small.get("quiet", 1)).isNotNull();
        assertThat(small.get("loud", 2)).isNull();
        assertThat(small.get("loud", 1)).isNotNull();
        assertThat(effect.evictedProxyId()).isEqualTo(2);
        assertThat(effect.evictedOpinion()).isCloseTo(Feedback.opinion(0.55, 1), within(1e-5));
        assertThat(small.size()).isEqualTo(4);

        assertThat(small.record("quiet", 1, true, 6).evictedProxyId()).isZero();
        assertThat(small.record("new", 1, true, 6).evictedProxyId()).isEqualTo(3);
        assertThat(small.applications()).isEqualTo(3);
    }

    @Test
    void ofEquallyLargeApplicationsTheOneThatHasBeenSoForLongestGivesUpItsPair() {
        FeedbackBook small = new FeedbackBook(4, 10);
        small.record("first", 1, true, 0);
        small.record("second", 1, true, 0);
        small.record("second", 2, true, 0);
        small.record("first", 2, true, 0);
        small.record("second", 1, true, 0);

        small.record("third", 1, true, 0);

        assertThat(small.get("second", 2)).isNull();
        assertThat(small.get("second", 1)).isNotNull();
        assertThat(small.get("first", 1)).isNotNull();
    }

    @Test
    void theApplicationThatReportedLongestAgoMakesRoomForANewOne() {
        FeedbackBook small = new FeedbackBook(100, 2);
        small.record("a", 1, true, 0);
        small.record("a", 2, true, 0);
        small.record("b", 1, true, 0);
        small.record("a", 3, true, 0);
        Page page = requireNonNull(small.page("b"));

        small.record("c", 1, true, 0);

        assertThat(small.page("b")).isNull();
        assertThat(small.get("b", 1)).isNull();
        assertThat(page.score(1)).isEqualTo(Feedback.NEUTRAL);
        assertThat(page.proven()).isZero();
        assertThat(page.provenAt(0)).isZero();
        assertThat(small.applications()).isEqualTo(2);
        assertThat(small.size()).isEqualTo(4);
    }

    @Test
    void theOpinionsOfAForgottenApplicationAreTakenBackOneByOne() {
        FeedbackBook small = new FeedbackBook(100, 1);
        for (int id = 1; id <= 3; id++) {
            for (int i = 0; i < id; i++) {
                small.record("a", id, true, 0);
            }
        }
        double[] opinions = {small.opinions(1), small.opinions(2), small.opinions(3)};

        for (int id = 1; id <= 3; id++) {
            Effect effect = small.record("b", 9, true, 0);
            assertThat(effect.evictedProxyId()).isEqualTo(id);
            assertThat(effect.evictedOpinion()).isEqualTo(opinions[id - 1]);
        }
        assertThat(small.record("b", 9, true, 0).evictedProxyId()).isZero();
        assertThat(small.size()).isEqualTo(1);
    }

    @Test
    void anApplicationThatLosesItsOnlyPairToItsNextIsKept() {
        FeedbackBook small = new FeedbackBook(1, 10);
        small.record("a", 1, true, 0);
        small.record("a", 2, true, 0);
        assertThat(small.get("a", 1)).isNull();
        assertThat(small.get("a", 2)).isNotNull();
        small.record("b", 1, true, 0);
        assertThat(small.get("a", 2)).isNull();
        assertThat(small.page("a")).isNull();
        assertThat(small.size()).isEqualTo(1);
        assertThat(small.applications()).isEqualTo(1);
    }

    @Test
    void timesOutsideTheRangeAreTakenAsItsEnds() {
        book.record("a", 1, true, -5);
        book.record("a", 2, true, Long.MAX_VALUE);
        assertThat(requireNonNull(book.get("a", 1)).lastAtMillis()).isZero();
        assertThat(requireNonNull(book.get("a", 2)).lastAtMillis()).isEqualTo(FeedbackPairs.LATEST_MILLIS);
    }

    @Test
    void boundsAndArgumentsAreChecked() {
        assertThat(new FeedbackBook(7, 3).capacity()).isEqualTo(7);
        assertThat(new FeedbackBook(7, 3).maxApplications()).isEqualTo(3);
        assertThatThrownBy(() -> new FeedbackBook(0, 1)).hasMessage("capacity: 0 (expected: 1..100000000)");
        assertThatThrownBy(() -> new FeedbackBook(1, 65_536)).hasMessage("maxApplications: 65536 (expected: 1..65535)");
        assertThatThrownBy(() -> book.record("", 1, true, 0))
                .hasMessage("application: 0 characters (expected: 1..200)");
        assertThatThrownBy(() -> book.record("a".repeat(201), 1, true, 0))
                .hasMessage("application: 201 characters (expected: 1..200)");
        assertThatThrownBy(() -> book.record("a", 0, true, 0)).hasMessage("proxyId: 0 (expected: >= 1)");
        assertThat(book.size()).isZero();
    }

    @Test
    void countsStopAtTheLargestNumber() {
        long counts = FeedbackPairs.counts(Integer.MAX_VALUE, Integer.MAX_VALUE - 1);
        counts = FeedbackPairs.counted(FeedbackPairs.counted(counts, true), false);
        counts = FeedbackPairs.counted(counts, false);
        assertThat(FeedbackPairs.successes(counts)).isEqualTo(Integer.MAX_VALUE);
        assertThat(FeedbackPairs.failures(counts)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void aMillionPairsTakeFortyEightBytesEach() {
        FeedbackBook full = new FeedbackBook(1_000_000, 1_024);
        long empty = full.footprint();
        for (int i = 0; i < 1_000_000; i++) {
            full.record("app-" + i % 100, 1 + i / 100, true, i);
        }
        assertThat(full.size()).isEqualTo(1_000_000);
        assertThat(empty).as("nothing is made before it is needed").isLessThan(20_000);
        assertThat(full.footprint() / 1_000_000.0).isBetween(40.0, 49.0);
    }
}
