package dev.sluice.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A day of reports, thinned to a fiftieth (the benchmark has it in full): proxies come and go, applications too, and the book
 * holds no more at its end than when it was full for the first time.
 */
final class FeedbackDayTest {
    private static final int HOURS = 24;
    private static final int REPORTS_AN_HOUR = 3_600 * 1_000 / 50;
    private static final int CAPACITY = 20_000;
    private static final int MAX_APPLICATIONS = 50;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 20_260_104})
    void aDayOfReportsStaysWithinItsBounds(long seed) {
        Random random = new Random(seed);
        FeedbackBook book = new FeedbackBook(CAPACITY, MAX_APPLICATIONS);
        long fullAfterHours = -1;
        long bytesWhenFull = 0;
        for (int hour = 0; hour < HOURS; hour++) {
            for (int i = 0; i < REPORTS_AN_HOUR; i++) {
                // A tenth of the reports comes from names that are hardly ever seen again.
                String application = random.nextInt(10) == 0
                        ? "passing-" + random.nextInt(5_000)
                        : "steady-" + random.nextInt(1 + random.nextInt(20));
                long id = 1 + hour * 2_000L + random.nextInt(10_000);
                book.record(application, id, random.nextInt(10) < 7, hour * 3_600_000L + i * 50L);
                if (book.size() > CAPACITY || book.applications() > MAX_APPLICATIONS) {
                    assertThat(book.size()).isLessThanOrEqualTo(CAPACITY);
                    assertThat(book.applications()).isLessThanOrEqualTo(MAX_APPLICATIONS);
                }
            }
            if (fullAfterHours < 0 && book.size() == CAPACITY) {
                fullAfterHours = hour;
                bytesWhenFull = book.footprint();
            }
        }
        assertThat(fullAfterHours).isBetween(0L, 5L);
        assertThat(book.footprint()).isLessThan(bytesWhenFull + bytesWhenFull / 10);
        assertThat(book.footprint() / (double) CAPACITY).isLessThan(56);
        // Whoever reports often is not driven out by many names.
        for (int i = 0; i < 8; i++) {
            assertThat(book.page("steady-" + i)).as("steady-%d", i).isNotNull();
        }
    }
}
