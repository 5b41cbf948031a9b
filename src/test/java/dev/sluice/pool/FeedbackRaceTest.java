package dev.sluice.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.pool.FeedbackBook.Page;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two threads report, two read and one writes snapshots. What is reported about a pair follows from its application and proxy, so
 * that whatever a reader gets shows whose it is.
 */
final class FeedbackRaceTest {
    private static final int REPORTS = 200_000;
    private static final int NAMES = 6;
    private static final int PROXIES = 400;

    /** Applications of even number have nothing but success, the others nothing but failure. */
    private static boolean success(int name) {
        return name % 2 == 0;
    }

    private static long atMillis(int name, long id) {
        return id * NAMES + name;
    }

    @ParameterizedTest(name = "seed {0}: {1} pairs of {2} applications")
    @CsvSource({"1, 1, 2", "2, 3, 2", "3, 40, 4", "4, 500, 6", "5, 2400, 5"})
    void readersNeverGetWhatBelongsToAnotherPair(long seed, int capacity, int maxApplications) throws Exception {
        FeedbackBook book = new FeedbackBook(capacity, maxApplications);
        AtomicInteger writing = new AtomicInteger(2);
        ExecutorService threads = Executors.newFixedThreadPool(5);
        try {
            List<Future<Long>> ends = new ArrayList<>();
            ends.add(threads.submit(() -> report(book, seed, writing)));
            ends.add(threads.submit(() -> report(book, ~seed, writing)));
            ends.add(threads.submit(() -> read(book, seed, writing)));
            ends.add(threads.submit(() -> read(book, ~seed, writing)));
            Callable<Long> snapshots = () -> snapshots(book, capacity, maxApplications, writing);
            ends.add(threads.submit(snapshots));
            for (Future<Long> end : ends) {
                assertThat(end.get(120, TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
        isWhole(book);
    }

    private static long report(FeedbackBook book, long seed, AtomicInteger writing) {
        try {
            Random random = new Random(seed);
            for (int i = 0; i < REPORTS; i++) {
                int name = random.nextInt(NAMES);
                long id = 1 + random.nextInt(PROXIES);
                book.record("app-" + name, id, success(name), atMillis(name, id));
            }
            return REPORTS;
        } finally {
            writing.decrementAndGet();
        }
    }

    private static long read(FeedbackBook book, long seed, AtomicInteger writing) {
        Random random = new Random(seed);
        long reads = 0;
        Page[] pages = new Page[NAMES];
        while (reads == 0 || writing.get() > 0) {
            for (int i = 0; i < 1_000; i++) {
                int name = random.nextInt(NAMES);
                // Now and then a page is kept while its application is forgotten and comes again.
                if (pages[name] == null || random.nextInt(50) == 0) {
                    pages[name] = book.page("app-" + name);
                }
                if (pages[name] != null) {
                    look(pages[name], name, random);
                }
                reads++;
            }
        }
        return reads;
    }

    private static void look(Page page, int name, Random random) {
        long id = 1 + random.nextInt(PROXIES);
        double score = page.score(id);
        Feedback feedback = page.get(id);
        int proven = page.proven();
        long provenId = proven == 0 ? 0 : page.provenAt(random.nextInt(proven));
        double opinion = page.opinion(id);
        if (success(name) ? score < Feedback.NEUTRAL || opinion < 0 : score > Feedback.NEUTRAL || opinion > 0) {
            throw new AssertionError("app-" + name + ": score " + score + ", opinion " + opinion);
        }
        if (feedback != null
                && (feedback.lastAtMillis() != atMillis(name, id)
                        || (success(name) ? feedback.failures() : feedback.successes()) != 0
                        || feedback.successes() + feedback.failures() == 0)) {
            throw new AssertionError("app-" + name + ", " + id + ": " + feedback);
        }
        if (provenId < 0 || provenId > PROXIES || provenId != 0 && !success(name)) {
            throw new AssertionError("app-" + name + ": " + provenId + " has proven itself");
        }
    }

    private static long snapshots(FeedbackBook book, int capacity, int maxApplications, AtomicInteger writing)
            throws IOException {
        long snapshots = 0;
        while (snapshots == 0 || writing.get() > 0) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            book.writeTo(new DataOutputStream(bytes));
            FeedbackBook copy = new FeedbackBook(capacity, maxApplications);
            copy.restore(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            isWhole(copy);
            snapshots++;
        }
        return snapshots;
    }

    /** Counts again, by reading, by listing what is proven, and by following the order of reports. */
    private static void isWhole(FeedbackBook book) throws IOException {
        int pairs = 0;
        int applications = 0;
        for (int name = 0; name < NAMES; name++) {
            Page page = book.page("app-" + name);
            if (page == null) {
                continue;
            }
            applications++;
            int own = 0;
            Set<Long> proven = new HashSet<>();
            for (long id = 1; id <= PROXIES; id++) {
                Feedback feedback = page.get(id);
                if (feedback != null) {
                    own++;
                    assertThat(feedback.lastAtMillis()).isEqualTo(atMillis(name, id));
                    assertThat(success(name) ? feedback.failures() : feedback.successes())
                            .isZero();
                    if (success(name)) {
                        proven.add(id);
                    }
                }
            }
            Set<Long> told = new HashSet<>();
            for (int i = 0; i < page.proven(); i++) {
                told.add(page.provenAt(i));
            }
            assertThat(told).isEqualTo(proven).hasSize(page.proven());
            assertThat(own).isPositive();
            pairs += own;
        }
        assertThat(pairs).isEqualTo(book.size()).isLessThanOrEqualTo(book.capacity());
        assertThat(applications).isEqualTo(book.applications()).isLessThanOrEqualTo(book.maxApplications());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        book.writeTo(new DataOutputStream(bytes));
        FeedbackReader reader = new FeedbackReader(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        int listed = 0;
        assertThat(reader.head()).isEqualTo(applications);
        for (int i = 0; i < applications; i++) {
            Page page = requireNonNull(book.page(reader.application()));
            Set<Long> ids = new HashSet<>();
            for (int left = reader.pairs(); left > 0; left--) {
                reader.pair();
                assertThat(ids.add(reader.proxyId)).isTrue();
                assertThat(page.get(reader.proxyId)).isNotNull();
                listed++;
            }
        }
        assertThat(listed).isEqualTo(pairs);
    }
}
