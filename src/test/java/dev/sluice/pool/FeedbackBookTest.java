package dev.sluice.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

final class FeedbackBookTest {
    private static double score(FeedbackBook book, String application, long id) {
        return Objects.requireNonNull(book.get(application, id)).score();
    }

    @Test
    void reportsAreCountedByApplicationAndProxy() {
        FeedbackBook book = new FeedbackBook(10);
        book.record("a", 1, true, 5);
        book.record("a", 1, false, 7);
        book.record("b", 1, true, 6);
        Feedback feedback = Objects.requireNonNull(book.get("a", 1));
        assertThat(feedback.successes()).isEqualTo(1);
        assertThat(feedback.failures()).isEqualTo(1);
        assertThat(feedback.lastUsedAtMillis()).isEqualTo(7);
        assertThat(book.get("a", 2)).isNull();
        assertThat(book.get("c", 1)).isNull();
        assertThat(book.size()).isEqualTo(2);
    }

    @Test
    void scoresFollowTheReportsAndStayWithinBounds() {
        FeedbackBook book = new FeedbackBook(10);
        book.record("a", 1, true, 0);
        assertThat(score(book, "a", 1)).isGreaterThan(Feedback.NEUTRAL);
        book.record("a", 2, false, 0);
        assertThat(score(book, "a", 2)).isLessThan(Feedback.NEUTRAL);
        for (int i = 0; i < 1_000; i++) {
            book.record("a", 1, true, 0);
            book.record("a", 2, false, 0);
        }
        assertThat(score(book, "a", 1)).isBetween(0.99, 1.0);
        assertThat(score(book, "a", 2)).isEqualTo(Feedback.FLOOR);
    }

    @Test
    void theLeastRecentlyUpdatedPairIsForgotten() {
        FeedbackBook book = new FeedbackBook(2);
        book.record("a", 1, true, 0);
        book.record("b", 2, true, 0);
        book.record("a", 1, true, 0);
        book.record("c", 3, true, 0);
        assertThat(book.get("b", 2)).isNull();
        assertThat(book.page("b")).isNull();
        assertThat(book.get("a", 1)).isNotNull();
        assertThat(book.get("c", 3)).isNotNull();
        assertThat(book.size()).isEqualTo(2);
    }

    @Test
    void anApplicationThatLosesItsOnlyPairToItsNextIsKept() {
        FeedbackBook book = new FeedbackBook(1);
        book.record("a", 1, true, 0);
        book.record("a", 2, true, 0);
        assertThat(book.get("a", 1)).isNull();
        assertThat(book.get("a", 2)).isNotNull();
        book.record("b", 1, true, 0);
        assertThat(book.get("a", 2)).isNull();
        assertThat(book.size()).isEqualTo(1);
    }
}
