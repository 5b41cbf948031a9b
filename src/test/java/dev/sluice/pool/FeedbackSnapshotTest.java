package dev.sluice.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FeedbackSnapshotTest {
    private static final int CAPACITY = 5_000;
    private static final int MAX_APPLICATIONS = 10;

    private static FeedbackBook empty() {
        return new FeedbackBook(CAPACITY, MAX_APPLICATIONS);
    }

    private static void report(FeedbackBook book, Random random, int reports) {
        for (int i = 0; i < reports; i++) {
            // Drawn twice, so that applications are large and others small.
            String application = "app-" + random.nextInt(1 + random.nextInt(MAX_APPLICATIONS));
            book.record(application, 1 + random.nextInt(3_000), random.nextInt(3) > 0, i);
        }
    }

    private static byte[] written(FeedbackBook book) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        book.writeTo(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static void restore(FeedbackBook book, byte[] bytes) throws IOException {
        book.restore(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    private static byte[] small() throws IOException {
        FeedbackBook book = empty();
        book.record("a", 1, true, 10);
        book.record("a", 2, false, 20);
        book.record("b", 1, true, 30);
        return written(book);
    }

    @Test
    void anEmptyBookIsEmptyAgain() throws IOException {
        FeedbackBook copy = empty();
        restore(copy, written(empty()));
        assertThat(copy.size()).isZero();
        assertThat(copy.applications()).isZero();
    }

    @Test
    void whatWasWrittenComesBack() throws IOException {
        FeedbackBook copy = empty();
        restore(copy, small());
        assertThat(copy.get("a", 1))
                .isEqualTo(new Feedback(Feedback.score(Feedback.next(Feedback.NEUTRAL_STEPS, true)), 1, 0, 10));
        assertThat(requireNonNull(copy.get("a", 2)).failures()).isEqualTo(1);
        assertThat(requireNonNull(copy.page("a")).proven()).isEqualTo(1);
        assertThat(requireNonNull(copy.page("a")).provenAt(0)).isEqualTo(1);
        assertThat(copy.size()).isEqualTo(3);
        assertThat(copy.record("c", 1, true, 0).evictedProxyId()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aCopyHoldsTheSameInTheSameOrder(long seed) throws IOException {
        FeedbackBook book = empty();
        report(book, new Random(seed), 100_000);
        assertThat(book.size()).isEqualTo(CAPACITY);
        byte[] bytes = written(book);
        FeedbackBook copy = empty();
        restore(copy, bytes);
        assertThat(written(copy)).isEqualTo(bytes);
        assertThat(written(book)).isEqualTo(bytes);
    }

    @Test
    void aSmallerBookForgetsByItsRules() throws IOException {
        FeedbackBook book = empty();
        report(book, new Random(5), 100_000);
        FeedbackBook copy = new FeedbackBook(300, 4);
        restore(copy, written(book));
        assertThat(copy.size()).isEqualTo(300);
        assertThat(copy.applications()).isEqualTo(4);

        FeedbackBook last = new FeedbackBook(CAPACITY, 1);
        restore(last, small());
        assertThat(last.page("a")).isNull();
        assertThat(last.get("b", 1)).isNotNull();
        assertThat(last.record("b", 2, true, 0).evictedProxyId())
                .as("nobody was told of what did not fit")
                .isZero();
    }

    @Test
    void reportsDuringASnapshotAreNotInIt() throws IOException {
        FeedbackBook book = empty();
        Random random = new Random(20_260_102);
        report(book, random, 100_000);
        byte[] before = written(book);

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        book.writeTo(new DataOutputStream(during(bytes, () -> report(book, random, 2_000))));

        assertThat(bytes.toByteArray()).isEqualTo(before);
        assertThat(written(book)).isNotEqualTo(before);
    }

    @Test
    void applicationsMayBeForgottenDuringASnapshot() throws IOException {
        FeedbackBook book = empty();
        report(book, new Random(7), 100_000);
        byte[] before = written(book);
        int[] names = {0};

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        book.writeTo(new DataOutputStream(during(bytes, () -> {
            for (int i = 0; i < 500; i++) {
                book.record("new-" + names[0]++, 1 + i, true, i);
            }
        })));

        assertThat(bytes.toByteArray()).isEqualTo(before);
    }

    /** Does something each time a chunk of pairs is written. */
    private static OutputStream during(OutputStream out, Runnable something) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                something.run();
            }
        };
    }

    @Test
    void aFailedSnapshotHoldsNothingUp() throws IOException {
        FeedbackBook book = empty();
        report(book, new Random(9), 50_000);
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("disk full");
            }
        };
        assertThatThrownBy(() -> book.writeTo(new DataOutputStream(broken))).hasMessage("disk full");
        FeedbackBook copy = empty();
        restore(copy, written(book));
        assertThat(written(copy)).isEqualTo(written(book));
    }

    @Test
    void onlyAnEmptyBookIsFilled() throws IOException {
        byte[] bytes = small();
        FeedbackBook book = empty();
        book.record("a", 1, true, 0);
        assertThatThrownBy(() -> restore(book, bytes))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("feedback: 1 pairs (expected: an empty book)");
    }

    @Test
    void errorsSayWhatAndWhere() throws IOException {
        byte[] good = small();
        refused(new byte[0], "feedback, head: ends too early");
        refused(with(good, 3, 9), "feedback, head: format: 9 (expected: 1..1)");
        refused(with(good, 4, 1), "feedback, head: applications: 16777218 (expected: 0..65535)");
        refused(with(good, 9, 0), "feedback, application 1 of 2: length of the name: 0 (expected: 1..200)");
        refused(with(good, 11, 0x7F), "feedback, application 1 of 2: pairs: 2130706434 (expected: 1..100000000)");
        refused(with(good, 15, 128), "feedback, application 1 of 2, pair 1 of 2: proxy: ");
        refused(
                with(with(with(good, 28, 0), 29, 0), 30, 3),
                "feedback, application 1 of 2, pair 1 of 2: score: 3 (expected: 20972..2097151)");
        refused(with(good, 31, 128), "feedback, application 1 of 2, pair 1 of 2: successes: ");
        refused(with(good, 34, 0), "feedback, application 1 of 2, pair 1 of 2: successes: 0 (expected: 1..");
        refused(with(good, 62, 0), "feedback, application 1 of 2, pair 2 of 2: failures: 0 (expected: 1..");
        refused(
                with(good, 46, 1),
                "feedback, application 1 of 2, pair 2 of 2: proxy 1 stands here for the second time (expected: once)");
        refused(Arrays.copyOf(good, 60), "feedback, application 1 of 2, pair 2 of 2: ends too early");
        refused(
                with(good, 65, 'a'),
                "feedback, application 2 of 2: its name stands here for the second time (expected: once)");
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static void refused(byte[] bytes, String message) {
        FeedbackBook book = empty();
        assertThatThrownBy(() -> restore(book, bytes))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(message);
        assertThat(book.size()).isZero();
        assertThat(book.applications()).isZero();
        assertThat(book.record("z", 1, true, 0).evictedProxyId()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 20_260_103})
    void whateverIsReadTheBookIsWholeOrRefusesIt(long seed) throws IOException {
        Random random = new Random(seed);
        FeedbackBook book = new FeedbackBook(60, 5);
        report(book, random, 2_000);
        byte[] good = written(book);
        int refused = 0;
        for (int i = 0; i < 4_000; i++) {
            byte[] bytes = corrupted(good, random);
            FeedbackBook copy = new FeedbackBook(1 + random.nextInt(80), 1 + random.nextInt(6));
            try {
                restore(copy, bytes);
            } catch (IOException e) {
                assertThat(e).hasMessageStartingWith("feedback, ");
                assertThat(copy.size()).isZero();
                refused++;
            }
            report(copy, random, 20);
            FeedbackBook again = new FeedbackBook(copy.capacity(), copy.maxApplications());
            byte[] rewritten = written(copy);
            restore(again, rewritten);
            if (!Arrays.equals(written(again), rewritten)) {
                assertThat(written(again)).as("round %d", i).isEqualTo(rewritten);
            }
        }
        assertThat(refused).isBetween(500, 3_999);
    }

    private static byte[] corrupted(byte[] good, Random random) {
        byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length + 1)) : good.clone();
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            // The sizes at the start matter most.
            int range = random.nextInt(3) == 0 ? Math.min(40, bytes.length) : bytes.length;
            bytes[random.nextInt(range)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
