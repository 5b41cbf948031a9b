package dev.sluice.pool;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Memory of (application, proxy) pairs, in blocks of {@value #BLOCK} that are made when they are first needed and then stay: 40
 * bytes a pair. A pair is named by a number from 1; {@value #NONE} is none. Numbers that are given back are taken again.
 *
 * <p>One thread at a time writes. Others may read meanwhile: each word they get is one that stood there, but whether it still
 * belongs to the pair they mean is theirs to find out. A copy for a snapshot can be held: what is about to change is put aside
 * first, block by block.
 */
final class FeedbackPairs {
    static final int NONE = 0;
    static final int BLOCK = 1_024;

    /** Latest time that is told apart, in milliseconds: in the year 2109. */
    static final long LATEST_MILLIS = (1L << 42) - 1;

    // Words of a pair: its proxy; time of the last report (42 bits), whether it was a success (1), score (21);
    // successes and
    // failures; the pairs that were reported after and before it.
    private static final int WORDS = 4;
    private static final int ID = 0;
    private static final int LAST = 1;
    private static final int COUNTS = 2;
    private static final int ORDER = 3;

    // Places of a pair: the next in its chain of the index; its place among the proven, from 1.
    private static final int PLACES = 2;
    private static final int CHAIN = 0;
    private static final int PROVEN = 1;

    private static final int SCORE_BITS = 21;
    private static final int TIME_SHIFT = SCORE_BITS + 1;
    private static final long SUCCESS_BIT = 1L << SCORE_BITS;
    private static final long LOW = 0xFFFF_FFFFL;

    private final int capacity;
    private final long[][] words;
    private final int[][] places;
    private int used;
    private int free = NONE;

    /** Blocks as they were when the copy began, where they changed since; null when none is held. */
    private long @Nullable [][] kept;

    FeedbackPairs(int capacity) {
        this.capacity = capacity;
        int blocks = (capacity - 1) / BLOCK + 1;
        this.words = new long[blocks][];
        this.places = new int[blocks][];
    }

    static long last(long atMillis, boolean success, int scoreSteps) {
        long at = Math.max(0, Math.min(LATEST_MILLIS, atMillis));
        return at << TIME_SHIFT | (success ? SUCCESS_BIT : 0) | scoreSteps;
    }

    static long lastAtMillis(long last) {
        return last >>> TIME_SHIFT;
    }

    static boolean succeeded(long last) {
        return (last & SUCCESS_BIT) != 0;
    }

    static int scoreSteps(long last) {
        return (int) (last & (SUCCESS_BIT - 1));
    }

    static boolean proven(long last) {
        return succeeded(last) && scoreSteps(last) >= Feedback.PROVEN_STEPS;
    }

    static long counts(int successes, int failures) {
        return (long) successes << 32 | failures;
    }

    /** With one more report; what cannot be counted higher stays. */
    static long counted(long counts, boolean success) {
        int successes = successes(counts);
        int failures = failures(counts);
        return success
                ? counts(Math.min(Integer.MAX_VALUE - 1, successes) + 1, failures)
                : counts(successes, Math.min(Integer.MAX_VALUE - 1, failures) + 1);
    }

    static int successes(long counts) {
        return (int) (counts >>> 32);
    }

    static int failures(long counts) {
        return (int) counts;
    }

    static long reports(long counts) {
        return (long) successes(counts) + failures(counts);
    }

    static double opinion(long last, long counts) {
        return Feedback.opinion(Feedback.score(scoreSteps(last)), reports(counts));
    }

    /** Whether a pair must be given back before another can be taken. */
    boolean full() {
        return free == NONE && used == capacity;
    }

    /** Takes a pair; not when it is {@link #full}. */
    int take(long proxyId, long last, long counts) {
        int pair = free;
        if (pair == NONE) {
            int block = used / BLOCK;
            if (words[block] == null) {
                int size = Math.min(BLOCK, capacity - used);
                places[block] = new int[PLACES * size];
                words[block] = new long[WORDS * size];
            }
            pair = ++used;
        } else {
            free = newer(pair);
        }
        set(pair, ID, proxyId);
        set(pair, LAST, last);
        set(pair, COUNTS, counts);
        set(pair, ORDER, 0);
        proven(pair, 0);
        return pair;
    }

    /** Gives a pair back. */
    void give(int pair) {
        newer(pair, free);
        free = pair;
    }

    long id(int pair) {
        return get(pair, ID);
    }

    long last(int pair) {
        return get(pair, LAST);
    }

    long counts(int pair) {
        return get(pair, COUNTS);
    }

    void report(int pair, long last, long counts) {
        set(pair, LAST, last);
        set(pair, COUNTS, counts);
    }

    /** Puts a pair behind {@code older} and before {@code newer}. */
    void order(int pair, int older, int newer) {
        set(pair, ORDER, (long) newer << 32 | older);
    }

    /** The pair of the same application that was reported next; where it was given back, the one given back before it. */
    int newer(int pair) {
        return (int) (get(pair, ORDER) >>> 32);
    }

    void newer(int pair, int next) {
        set(pair, ORDER, (get(pair, ORDER) & LOW) | (long) next << 32);
    }

    int older(int pair) {
        return (int) get(pair, ORDER);
    }

    void older(int pair, int next) {
        set(pair, ORDER, (get(pair, ORDER) & ~LOW) | next);
    }

    int chain(int pair) {
        return place(pair, CHAIN);
    }

    void chain(int pair, int next) {
        place(pair, CHAIN, next);
    }

    int proven(int pair) {
        return place(pair, PROVEN);
    }

    void proven(int pair, int at) {
        place(pair, PROVEN, at);
    }

    /** From now on the state of this moment can be read by {@link #keptWord}, until {@link #release}. */
    void keep() {
        kept = new long[(used + BLOCK - 1) / BLOCK][];
    }

    void release() {
        kept = null;
    }

    long keptId(int pair) {
        return keptWord(pair, ID);
    }

    long keptLast(int pair) {
        return keptWord(pair, LAST);
    }

    long keptCounts(int pair) {
        return keptWord(pair, COUNTS);
    }

    int keptNewer(int pair) {
        return (int) (keptWord(pair, ORDER) >>> 32);
    }

    private long keptWord(int pair, int word) {
        int block = (pair - 1) / BLOCK;
        long[][] aside = kept;
        long[] then = aside == null ? null : aside[block];
        return (then == null ? words[block] : then)[(pair - 1) % BLOCK * WORDS + word];
    }

    private long get(int pair, int word) {
        long[] block = words[(pair - 1) / BLOCK];
        // A reader without the lock may come upon a number before it comes upon its block.
        return block == null ? 0 : block[(pair - 1) % BLOCK * WORDS + word];
    }

    private void set(int pair, int word, long value) {
        int block = (pair - 1) / BLOCK;
        long[][] aside = kept;
        if (aside != null && block < aside.length && aside[block] == null) {
            aside[block] = words[block].clone();
        }
        words[block][(pair - 1) % BLOCK * WORDS + word] = value;
    }

    private int place(int pair, int which) {
        int[] block = places[(pair - 1) / BLOCK];
        return block == null ? 0 : block[(pair - 1) % BLOCK * PLACES + which];
    }

    private void place(int pair, int which, int value) {
        places[(pair - 1) / BLOCK][(pair - 1) % BLOCK * PLACES + which] = value;
    }

    /** Bytes held by the arrays. */
    long footprint() {
        long bytes = 8L * words.length;
        bytes += Arrays.stream(words)
                .filter(block -> block != null)
                .mapToLong(block -> 8L * block.length)
                .sum();
        bytes += Arrays.stream(places)
                .filter(block -> block != null)
                .mapToLong(block -> 4L * block.length)
                .sum();
        return bytes;
    }
}
