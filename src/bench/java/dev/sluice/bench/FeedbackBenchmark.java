package dev.sluice.bench;

import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.FeedbackScores;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A day of feedback: 24 hours of 1,000 reports a second, one after the other as fast as they are taken, into a book of a million
 * pairs and 1,024 applications. Forty applications report steadily on 200,000 proxies, of which a tenth is replaced every hour, and
 * on the best 10,000 of them half of the time; one report in a hundred comes from one of 100,000 names that are hardly seen again.
 *
 * <p>Prints the rate of reports, the memory of the book after a collection, what a pick pays for a score, and how long reports take
 * while a snapshot is written. Arguments: none, or the number of hours.
 */
public final class FeedbackBenchmark {
    private static final int PAIRS = 1_000_000;
    private static final int APPLICATIONS = 1_024;
    private static final int REPORTS_AN_HOUR = 3_600 * 1_000;
    private static final int STEADY = 40;
    private static final int PASSING = 100_000;
    private static final int POOL = 200_000;
    private static final int BEST = 10_000;
    private static final int REPLACED_AN_HOUR = POOL / 10;
    private static final int TIMED = 2_000_000;

    private final String[] names = new String[STEADY + PASSING];
    private final SplittableRandom random = new SplittableRandom(1);
    private final FeedbackBook book;
    private final long emptyHeap;
    private double told;

    private FeedbackBenchmark() {
        for (int i = 0; i < names.length; i++) {
            names[i] = (i < STEADY ? "steady-" : "passing-") + i;
        }
        emptyHeap = heap();
        book = new FeedbackBook(PAIRS, APPLICATIONS);
    }

    /** Runs it and prints tables in Markdown. */
    public static void main(String[] arguments) throws Exception {
        int hours = arguments.length == 0 ? 24 : Integer.parseInt(arguments[0]);
        FeedbackBenchmark benchmark = new FeedbackBenchmark();
        benchmark.days(hours);
        benchmark.reads(hours);
        benchmark.snapshot(hours);
        benchmark.forgetting();
        if (Double.isNaN(benchmark.told)) {
            throw new IllegalStateException("scores: no number");
        }
    }

    private void days(int hours) {
        System.out.println("| hour | reports a second | pairs | applications | heap, MB | bytes a pair |");
        System.out.println("|---|---|---|---|---|---|");
        for (int hour = 1; hour <= hours; hour++) {
            long begin = System.nanoTime();
            for (int i = 0; i < REPORTS_AN_HOUR; i++) {
                report(hour - 1, i);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            if (hour <= 2 || hour % 6 == 0 || hour == hours) {
                long bytes = heap() - emptyHeap;
                System.out.printf(
                        "| %d | %,.0f | %,d | %,d | %.1f | %.1f |%n",
                        hour,
                        REPORTS_AN_HOUR / seconds,
                        book.size(),
                        book.applications(),
                        bytes / 1e6,
                        bytes / (double) book.size());
            }
        }
        System.out.println();
    }

    private void report(int hour, int i) {
        boolean passing = random.nextInt(100) == 0;
        String name = names[passing ? STEADY + random.nextInt(PASSING) : random.nextInt(1 + random.nextInt(STEADY))];
        long id = proxy(hour);
        // Three of four proxies work mostly, the others mostly do not.
        boolean success = random.nextInt(10) < (id % 4 == 0 ? 2 : 9);
        told += book.record(name, id, success, hour * 3_600_000L + i).opinionDelta();
    }

    private long proxy(int hour) {
        return 1L + (long) hour * REPLACED_AN_HOUR + random.nextInt(random.nextBoolean() ? BEST : POOL);
    }

    /** What is live after a collection. */
    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private void reads(int hours) throws InterruptedException {
        long[] ids = new long[1 << 20];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = proxy(hours - 1);
        }
        System.out.println("| reading scores | ns a score |");
        System.out.println("|---|---|");
        System.out.printf("| alone | %.1f |%n", nanosAScore(ids));
        AtomicBoolean done = new AtomicBoolean();
        Thread reports = new Thread(() -> {
            for (int i = 0; !done.get(); i++) {
                report(hours - 1, i);
            }
        });
        reports.start();
        System.out.printf("| beside a thread that reports without pause | %.1f |%n%n", nanosAScore(ids));
        done.set(true);
        reports.join();
    }

    private double nanosAScore(long[] ids) {
        double best = Double.MAX_VALUE;
        double sum = 0;
        for (int round = 0; round < 10; round++) {
            long begin = System.nanoTime();
            sum += FeedbackScores.sum(book, names[round % 4], ids);
            best = Math.min(best, (System.nanoTime() - begin) / (double) ids.length);
        }
        told += sum;
        return best;
    }

    private void snapshot(int hours) throws Exception {
        System.out.println("| reports | median, ns | 99.9 %, ns | longest, µs |");
        System.out.println("|---|---|---|---|");
        times("without a snapshot", hours, new AtomicBoolean());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(32 << 20);
        AtomicBoolean done = new AtomicBoolean();
        double[] seconds = {0};
        Thread writer = new Thread(() -> {
            long begin = System.nanoTime();
            try {
                book.writeTo(new DataOutputStream(bytes));
            } catch (IOException e) {
                throw new IllegalStateException("snapshot: " + e.getMessage(), e);
            } finally {
                seconds[0] = (System.nanoTime() - begin) / 1e9;
                done.set(true);
            }
        });
        writer.start();
        times("while one is written", hours, done);
        writer.join();
        long begin = System.nanoTime();
        FeedbackBook copy = new FeedbackBook(PAIRS, APPLICATIONS);
        copy.restore(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        System.out.printf(
                "%nsnapshot: %.1f MB in %.2f s beside the reports; restored in %.2f s, %,d pairs%n",
                bytes.size() / 1e6, seconds[0], (System.nanoTime() - begin) / 1e9, copy.size());
    }

    private void times(String what, int hours, AtomicBoolean done) {
        long[] nanos = new long[TIMED];
        int count = 0;
        while (count < TIMED && !done.get()) {
            long begin = System.nanoTime();
            report(hours - 1, count);
            nanos[count++] = System.nanoTime() - begin;
        }
        Arrays.sort(nanos, 0, count);
        System.out.printf(
                "| %s (%,d) | %,d | %,d | %,.0f |%n",
                what, count, nanos[count / 2], nanos[(int) (count * 0.999)], nanos[count - 1] / 1e3);
    }

    /** The report that makes a book forget an application of a million pairs. */
    private void forgetting() {
        FeedbackBook one = new FeedbackBook(PAIRS, 1);
        for (long id = 1; id <= PAIRS; id++) {
            one.record("large", id, true, id);
        }
        long begin = System.nanoTime();
        one.record("new", 1, true, 0);
        System.out.printf(
                "forgetting an application of %,d pairs: %.0f µs%n", PAIRS, (System.nanoTime() - begin) / 1e3);
    }
}
