package dev.sluice.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.pool.FeedbackBook.Effect;
import dev.sluice.pool.FeedbackBook.Page;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The book does what a plain collection that follows its rules does. */
final class FeedbackModelTest {
    private static final int STEPS = 100_000;

    @ParameterizedTest(name = "seed {0}: {1} pairs of {2} applications, {3} names, {4} proxies")
    @CsvSource({
        "1, 1, 1, 3, 3",
        "2, 7, 3, 6, 5",
        "3, 50, 5, 8, 40",
        "4, 300, 100, 60, 60",
        "5, 300, 12, 14, 400",
        "6, 4000, 6, 7, 5000",
        "7, 9000, 2, 3, 20000",
        "20260101, 60, 60, 200, 100",
    })
    void itBehavesLikeAPlainCollection(long seed, int capacity, int maxApplications, int names, int proxies)
            throws IOException {
        Random random = new Random(seed);
        FeedbackBook book = new FeedbackBook(capacity, maxApplications);
        FeedbackModel model = new FeedbackModel(capacity, maxApplications);
        for (int step = 0; step < STEPS; step++) {
            String name = "app-" + name(random, step, names);
            long id = 1 + 7_919L * random.nextInt(proxies);
            boolean success = random.nextInt(100) < 60;
            Effect effect = book.record(name, id, success, step);
            Effect expected = model.record(name, id, success, step);
            if (effect.evictedProxyId() != expected.evictedProxyId()
                    || effect.countsAsUse() != expected.countsAsUse()
                    || Math.abs(effect.opinionDelta() - expected.opinionDelta()) > 1e-9
                    || Math.abs(effect.evictedOpinion() - expected.evictedOpinion()) > 1e-9) {
                assertThat(effect).as("step %d", step).isEqualTo(expected);
            }
            if (step % (STEPS / 50) == 0) {
                holdsTheSame(book, model, proxies);
            }
        }
        holdsTheSame(book, model, proxies);
        holdsTheSame(copy(book, capacity, maxApplications), model, proxies);
    }

    /** Whoever reports: often a few, seldom all; at times one floods the book. */
    private static int name(Random random, int step, int names) {
        if (step / 5_000 % 4 == 3) {
            return random.nextInt(10) == 0 ? random.nextInt(names) : step / 20_000 % names;
        }
        return random.nextBoolean() ? random.nextInt(names) : random.nextInt(1 + names / 4);
    }

    private static FeedbackBook copy(FeedbackBook book, int capacity, int maxApplications) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        book.writeTo(new DataOutputStream(bytes));
        FeedbackBook copy = new FeedbackBook(capacity, maxApplications);
        copy.restore(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        return copy;
    }

    private static void holdsTheSame(FeedbackBook book, FeedbackModel model, int proxies) {
        assertThat(book.size()).isEqualTo(model.size());
        assertThat(book.applications()).isEqualTo(model.applications.size());
        double[] opinions = new double[proxies];
        for (Map.Entry<String, FeedbackModel.Application> entry : model.applications.entrySet()) {
            Map<Long, FeedbackModel.Pair> pairs = entry.getValue().pairs;
            Page page = requireNonNull(book.page(entry.getKey()));
            Set<Long> proven = new HashSet<>();
            for (int i = 0; i < proxies; i++) {
                long id = 1 + 7_919L * i;
                FeedbackModel.Pair pair = pairs.get(id);
                Feedback feedback = page.get(id);
                if (pair == null) {
                    assertThat(feedback).isNull();
                    continue;
                }
                if (!pair.feedback().equals(feedback)) {
                    assertThat(feedback).as("%s, %d", entry.getKey(), id).isEqualTo(pair.feedback());
                }
                opinions[i] += pair.opinion();
                if (pair.proven()) {
                    proven.add(id);
                }
            }
            Set<Long> told = new HashSet<>();
            for (int i = 0; i < page.proven(); i++) {
                told.add(page.provenAt(i));
            }
            assertThat(told).as(entry.getKey()).isEqualTo(proven).hasSize(page.proven());
            assertThat(page.provenAt(page.proven())).isZero();
        }
        assertThat(book.opinions(1)).isCloseTo(opinions[0], within(1e-9));
    }
}
