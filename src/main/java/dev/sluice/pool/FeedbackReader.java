package dev.sluice.pool;

import java.io.DataInput;
import java.io.EOFException;
import java.io.IOException;

/**
 * Reads a written {@link FeedbackBook} item by item. Nothing it gives out breaks a rule of the form, and no size that is told
 * is believed before what it counts has come.
 *
 * <p>The form: {@link #FORMAT} and the number of applications, each four bytes; then for each application, from the oldest last
 * report to the newest, its name (as {@link DataInput#readUTF} takes it), the number of its pairs (four bytes), and its pairs
 * from the oldest last report to the newest, each as the three words of {@link FeedbackPairs} for proxy, last report and counts.
 */
final class FeedbackReader {
    static final int FORMAT = 1;
    static final int PAIR_BYTES = 3 * Long.BYTES;

    private final DataInput in;
    private String place = "head";
    private int applications;
    private int application;
    private int pairs;
    private int pair;
    private int room = FeedbackBook.MOST_PAIRS;

    long proxyId;
    long last;
    long counts;

    FeedbackReader(DataInput in) {
        this.in = in;
    }

    /** Reads the head; returns how many applications follow. */
    int head() throws IOException {
        within("format", number(), FORMAT, FORMAT);
        applications = number();
        within("applications", applications, 0, FeedbackBook.MOST_APPLICATIONS);
        return applications;
    }

    /** Reads the name of the next application. */
    String application() throws IOException {
        application++;
        place = "application " + application + " of " + applications;
        pair = 0;
        String name;
        try {
            name = in.readUTF();
        } catch (IOException e) {
            throw told(e);
        }
        within("length of the name", name.length(), 1, FeedbackBook.LONGEST_NAME);
        return name;
    }

    /** Reads how many pairs of the application follow. */
    int pairs() throws IOException {
        pairs = number();
        within("pairs", pairs, 1, room);
        room -= pairs;
        return pairs;
    }

    /** Reads the next pair of the application. */
    void pair() throws IOException {
        pair++;
        try {
            proxyId = in.readLong();
            last = in.readLong();
            counts = in.readLong();
        } catch (IOException e) {
            throw told(e);
        }
        within("proxy", proxyId, 1, Long.MAX_VALUE);
        within("score", FeedbackPairs.scoreSteps(last), Feedback.FLOOR_STEPS, Feedback.STEPS);
        // The last report is one of those that were counted.
        boolean succeeded = FeedbackPairs.succeeded(last);
        within("successes", FeedbackPairs.successes(counts), succeeded ? 1 : 0, Integer.MAX_VALUE);
        within("failures", FeedbackPairs.failures(counts), succeeded ? 0 : 1, Integer.MAX_VALUE);
    }

    private int number() throws IOException {
        try {
            return in.readInt();
        } catch (IOException e) {
            throw told(e);
        }
    }

    private void within(String what, long value, long least, long most) throws IOException {
        if (value < least || value > most) {
            throw wrong(what + ": " + value + " (expected: " + least + ".." + most + ")");
        }
    }

    private IOException told(IOException cause) {
        String what = cause instanceof EOFException ? "ends too early" : String.valueOf(cause.getMessage());
        IOException told = wrong(what);
        told.initCause(cause);
        return told;
    }

    /** Something is wrong at the place that was read last. */
    IOException wrong(String what) {
        return new IOException(
                "feedback, " + place + (pair == 0 ? "" : ", pair " + pair + " of " + pairs) + ": " + what);
    }
}
