package dev.sluice.pool;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * Feedback by client application and proxy, in memory. It remembers a bounded number of applications and a bounded number of
 * (application, proxy) pairs of all of them together:
 *
 * <ul>
 *   <li>When the pairs are full, the application that holds the most gives up the pair whose last report is the oldest; of
 *       several that hold equally many it is the one that has held so many for longest. So whoever floods the book forgets
 *       what is its own.
 *   <li>When the applications are full, a new one takes the place of the one whose last report is the oldest, which is
 *       forgotten with all its pairs.
 * </ul>
 *
 * <p>A pair takes 48 bytes, in blocks that are made as the book fills; a report takes a number of steps that depends neither on
 * the pairs nor on the applications. Thread-safe: reports take turns. Reads by {@link Page}, {@link #get} and what is built on
 * it never wait; what changes under their eyes several times in a row reads as if nothing were known.
 */
public final class FeedbackBook {
    /** Most pairs of any book. */
    public static final int MOST_PAIRS = 100_000_000;

    /** Most applications of any book. */
    public static final int MOST_APPLICATIONS = 65_535;

    /** Most characters of an application's name. */
    public static final int LONGEST_NAME = 200;

    /** Reports of a pair that count as uses of the proxy; further ones tell everyone nothing new. */
    static final int USES_OF_A_PAIR = 20;

    /** Pairs that are copied for a snapshot while reports wait: some 0.1 ms. */
    private static final int SNAPSHOT_CHUNK = 1_024;

    private final int capacity;
    private final int maxApplications;
    private final ConcurrentMap<String, Page> pages = new ConcurrentHashMap<>();

    // What follows is touched by whose turn it is.
    private final Object turn = new Object();
    private final FeedbackPairs pairs;
    private final FeedbackShares shares = new FeedbackShares();
    /** From the application whose last report is the oldest to the one that reported last. */
    private final Map<String, Page> byLastReport = new LinkedHashMap<>(16, 0.75f, true);
    /** Pairs of forgotten applications, the first of a chain; one goes with each report. */
    private int forgotten = FeedbackPairs.NONE;

    private volatile int size;

    /** Held by the one snapshot that is being written. */
    private final Object snapshot = new Object();

    /**
     * An empty book.
     *
     * @param capacity most pairs, 1..{@value #MOST_PAIRS}
     * @param maxApplications most applications, 1..{@value #MOST_APPLICATIONS}
     */
    public FeedbackBook(int capacity, int maxApplications) {
        if (capacity < 1 || capacity > MOST_PAIRS) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: 1.." + MOST_PAIRS + ")");
        }
        if (maxApplications < 1 || maxApplications > MOST_APPLICATIONS) {
            throw new IllegalArgumentException(
                    "maxApplications: " + maxApplications + " (expected: 1.." + MOST_APPLICATIONS + ")");
        }
        this.capacity = capacity;
        this.maxApplications = maxApplications;
        this.pairs = new FeedbackPairs(capacity);
    }

    /**
     * What a report changes in what everyone thinks of proxies.
     *
     * @param opinionDelta change of the application's contribution to the reputation of the proxy, in points; all changes of
     *     a pair together never leave {@code -5..5}
     * @param countsAsUse whether the report counts as a use of the proxy: the first {@value #USES_OF_A_PAIR} of a pair do
     * @param evictedProxyId the proxy of a pair that was forgotten, of this application or of another; 0 when none was. The
     *     pairs of a forgotten application follow one by one, with as many of the next reports
     * @param evictedOpinion what the forgotten pair had contributed to the reputation of its proxy, to be taken back
     */
    public record Effect(double opinionDelta, boolean countsAsUse, long evictedProxyId, double evictedOpinion) {}

    /**
     * Takes a report; it counts for the next pick.
     *
     * @param application 1..{@value #LONGEST_NAME} characters
     * @param proxyId 1 or more
     * @param atMillis milliseconds since 1970-01-01T00:00Z
     * @throws IllegalArgumentException when a name or number is not as said
     */
    public Effect record(String application, long proxyId, boolean success, long atMillis) {
        if (application.isEmpty() || application.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "application: " + application.length() + " characters (expected: 1.." + LONGEST_NAME + ")");
        }
        if (proxyId < 1) {
            throw new IllegalArgumentException("proxyId: " + proxyId + " (expected: >= 1)");
        }
        synchronized (turn) {
            Page page = byLastReport.get(application);
            int pair = page == null ? FeedbackPairs.NONE : page.index.find(proxyId);
            if (page == null && byLastReport.size() == maxApplications) {
                forgetApplication();
            }
            int gone = takeBack(pair == FeedbackPairs.NONE && pairs.full(), page);
            long goneId = 0;
            double goneOpinion = 0;
            if (gone != FeedbackPairs.NONE) {
                goneId = pairs.id(gone);
                goneOpinion = FeedbackPairs.opinion(pairs.last(gone), pairs.counts(gone));
                pairs.give(gone);
            }
            double opinionBefore = 0;
            long counts = 0;
            int score = Feedback.NEUTRAL_STEPS;
            if (pair != FeedbackPairs.NONE) {
                long last = pairs.last(pair);
                counts = pairs.counts(pair);
                score = FeedbackPairs.scoreSteps(last);
                opinionBefore = FeedbackPairs.opinion(last, counts);
            }
            counts = FeedbackPairs.counted(counts, success);
            long last = FeedbackPairs.last(atMillis, success, Feedback.next(score, success));
            if (page == null || pair == FeedbackPairs.NONE) {
                insert(page == null ? open(application) : page, proxyId, last, counts);
            } else {
                page.report(pair, last, counts);
            }
            return new Effect(
                    FeedbackPairs.opinion(last, counts) - opinionBefore,
                    FeedbackPairs.reports(counts) <= USES_OF_A_PAIR,
                    goneId,
                    goneOpinion);
        }
    }

    /**
     * A pair that nobody finds any more, to be given back: one of a forgotten application where there are such, else, where
     * one is needed, the oldest of the application that holds the most.
     */
    private int takeBack(boolean needed, @Nullable Page reporting) {
        int gone = forgotten;
        if (gone != FeedbackPairs.NONE) {
            forgotten = pairs.newer(gone);
            return gone;
        }
        Page largest = needed ? shares.largest() : null;
        if (largest == null) {
            return FeedbackPairs.NONE;
        }
        gone = largest.oldest;
        largest.remove(gone);
        shares.lost(largest);
        size = size - 1;
        if (largest.oldest == FeedbackPairs.NONE && largest != reporting) {
            close(largest);
        }
        return gone;
    }

    private Page open(String application) {
        Page page = new Page(application, pairs);
        byLastReport.put(application, page);
        shares.enter(page);
        return page;
    }

    private void insert(Page page, long proxyId, long last, long counts) {
        boolean first = page.oldest == FeedbackPairs.NONE;
        page.add(pairs.take(proxyId, last, counts));
        shares.gained(page);
        size = size + 1;
        if (first) {
            pages.put(page.application, page);
        }
    }

    private void forgetApplication() {
        Page page = byLastReport.values().iterator().next();
        size = size - page.index.size();
        if (page.newest != FeedbackPairs.NONE) {
            pairs.newer(page.newest, forgotten);
            forgotten = page.oldest;
        }
        close(page);
    }

    private void close(Page page) {
        page.clear();
        shares.leave(page);
        byLastReport.remove(page.application);
        pages.remove(page.application);
    }

    /** What {@code application} has reported about the proxy; null when it has reported nothing, or it was forgotten. */
    public @Nullable Feedback get(String application, long proxyId) {
        Page page = pages.get(application);
        return page == null ? null : page.get(proxyId);
    }

    /** Pairs that are remembered. */
    public int size() {
        return size;
    }

    /** Most pairs that are remembered. */
    public int capacity() {
        return capacity;
    }

    /** Applications of which something is remembered. */
    public int applications() {
        return pages.size();
    }

    /** Most applications of which something is remembered. */
    public int maxApplications() {
        return maxApplications;
    }

    /**
     * What every application has reported about a proxy, by name. Looks at each application, so it is not for picks.
     *
     * @param limit most applications, the first by name
     */
    public Map<String, Feedback> about(long proxyId, int limit) {
        TreeMap<String, Feedback> found = new TreeMap<>();
        for (Page page : pages.values()) {
            Feedback feedback = page.get(proxyId);
            if (feedback != null) {
                found.put(page.application, feedback);
                if (found.size() > limit) {
                    found.pollLastEntry();
                }
            }
        }
        return found;
    }

    /**
     * What all applications together contribute to the reputation of a proxy, in points. After {@link #restore} this is what
     * the changes of later reports add to. Looks at each application.
     */
    public double opinions(long proxyId) {
        double sum = 0;
        for (Page page : pages.values()) {
            sum += page.opinion(proxyId);
        }
        return sum;
    }

    /** Tells of each pair what it contributes; reports wait meanwhile. For use after {@link #restore}. */
    void eachOpinion(OpinionSink sink) {
        synchronized (turn) {
            for (Page page : pages.values()) {
                for (int pair = page.oldest; pair != FeedbackPairs.NONE; pair = pairs.newer(pair)) {
                    sink.accept(pairs.id(pair), FeedbackPairs.opinion(pairs.last(pair), pairs.counts(pair)));
                }
            }
        }
    }

    /** Takes what a pair contributes to the reputation of a proxy, in points. */
    interface OpinionSink {
        void accept(long proxyId, double points);
    }

    /** The page of {@code application}; null when nothing is remembered. */
    @Nullable
    Page page(String application) {
        return pages.get(application);
    }

    /** Bytes held for pairs. */
    long footprint() {
        synchronized (turn) {
            long bytes = pairs.footprint();
            for (Page page : byLastReport.values()) {
                bytes += page.footprint();
            }
            return bytes;
        }
    }

    /**
     * Writes the book as it is at one moment. Reports go on: none waits for longer than it takes to copy a thousand pairs, or
     * to list the applications. What changes meanwhile is put aside, which takes up to 32 bytes a pair until the end. A second
     * snapshot begins when the first has ended.
     *
     * @throws IOException when {@code out} throws it
     */
    public void writeTo(DataOutput out) throws IOException {
        synchronized (snapshot) {
            try {
                write(keep(), out);
            } finally {
                synchronized (turn) {
                    pairs.release();
                }
            }
        }
    }

    private Listing keep() {
        synchronized (turn) {
            Listing listing = new Listing(
                    new String[byLastReport.size()], new int[byLastReport.size()], new int[byLastReport.size()]);
            int at = 0;
            for (Page page : byLastReport.values()) {
                listing.names[at] = page.application;
                listing.oldest[at] = page.oldest;
                listing.sizes[at] = page.index.size();
                at++;
            }
            pairs.keep();
            return listing;
        }
    }

    /** All applications at one moment, from the oldest last report to the newest: names, oldest pairs, numbers of pairs. */
    private record Listing(String[] names, int[] oldest, int[] sizes) {}

    private void write(Listing listing, DataOutput out) throws IOException {
        out.writeInt(FeedbackReader.FORMAT);
        out.writeInt(listing.names.length);
        ByteBuffer chunk = ByteBuffer.allocate(SNAPSHOT_CHUNK * FeedbackReader.PAIR_BYTES);
        for (int i = 0; i < listing.names.length; i++) {
            out.writeUTF(listing.names[i]);
            out.writeInt(listing.sizes[i]);
            int pair = listing.oldest[i];
            while (pair != FeedbackPairs.NONE) {
                pair = copy(pair, chunk.clear());
                out.write(chunk.array(), 0, chunk.position());
            }
        }
    }

    /** Copies pairs from {@code pair} on to newer ones; returns where to go on. */
    private int copy(int pair, ByteBuffer chunk) {
        synchronized (turn) {
            int next = pair;
            while (next != FeedbackPairs.NONE && chunk.hasRemaining()) {
                chunk.putLong(pairs.keptId(next)).putLong(pairs.keptLast(next)).putLong(pairs.keptCounts(next));
                next = pairs.keptNewer(next);
            }
            return next;
        }
    }

    /**
     * Fills the book, which is empty, from what {@link #writeTo} wrote: as if each pair had been reported again in its order,
     * so that what is too much for this book is forgotten by its rules. Reports wait meanwhile.
     *
     * @throws IOException when {@code in} throws it, or holds something else; it says what, and where. The book is empty then
     * @throws IllegalStateException when the book is not empty
     */
    public void restore(DataInput in) throws IOException {
        synchronized (turn) {
            if (size > 0) {
                throw new IllegalStateException("feedback: " + size + " pairs (expected: an empty book)");
            }
            boolean whole = false;
            try {
                read(new FeedbackReader(in));
                whole = true;
            } finally {
                while (!whole && !byLastReport.isEmpty()) {
                    forgetApplication();
                }
                // Nobody was told of these pairs, so nothing is to be taken back for them.
                while (forgotten != FeedbackPairs.NONE) {
                    pairs.give(takeBack(false, null));
                }
            }
        }
    }

    private void read(FeedbackReader from) throws IOException {
        for (int applications = from.head(); applications > 0; applications--) {
            String application = from.application();
            if (byLastReport.containsKey(application)) {
                throw from.wrong("its name stands here for the second time (expected: once)");
            }
            Page page = null;
            for (int left = from.pairs(); left > 0; left--) {
                from.pair();
                page = readPair(from, application, page);
            }
        }
    }

    private Page readPair(FeedbackReader from, String application, @Nullable Page known) throws IOException {
        if (known != null && known.index.find(from.proxyId) != FeedbackPairs.NONE) {
            throw from.wrong("proxy " + from.proxyId + " stands here for the second time (expected: once)");
        }
        if (known == null && byLastReport.size() == maxApplications) {
            forgetApplication();
        }
        int gone = takeBack(pairs.full(), known);
        if (gone != FeedbackPairs.NONE) {
            pairs.give(gone);
        }
        Page page = known == null ? open(application) : known;
        insert(page, from.proxyId, from.last, from.counts);
        return page;
    }

    /**
     * What one application has reported. Its methods may be called by any thread and never wait; a page that was taken before
     * its application was forgotten is empty from then on.
     */
    static final class Page {
        /** Reads that begin anew because of a report just then, before nothing is said to be known. */
        private static final int TRIES = 8;

        final String application;
        private final FeedbackPairs pairs;
        private final FeedbackIndex index;
        /** The pairs that have proven themselves, in no order. */
        private final FeedbackInts provenPairs = new FeedbackInts();

        private volatile int proven;

        /** Locked while something changes that readers see, and so tells them what they read meanwhile means nothing. */
        private final StampedLock changes = new StampedLock();

        private int oldest = FeedbackPairs.NONE;
        private int newest = FeedbackPairs.NONE;

        /** Those that hold as many pairs, and the neighbours among them; {@link FeedbackShares} sets them. */
        FeedbackShares.@Nullable Group group;

        @Nullable
        Page beside;

        @Nullable
        Page behind;

        Page(String application, FeedbackPairs pairs) {
            this.application = application;
            this.pairs = pairs;
            this.index = new FeedbackIndex(pairs);
        }

        /** Probability with which the proxy is taken, 0..1; {@link Feedback#NEUTRAL} when nothing is known. */
        double score(long proxyId) {
            for (int i = 0; i < TRIES; i++) {
                long stamp = changes.tryOptimisticRead();
                if (stamp == 0) {
                    Thread.onSpinWait();
                    continue;
                }
                int pair = index.look(proxyId);
                long last = pair == FeedbackPairs.NONE ? 0 : pairs.last(pair);
                if (changes.validate(stamp)) {
                    return pair == FeedbackPairs.NONE
                            ? Feedback.NEUTRAL
                            : Feedback.score(FeedbackPairs.scoreSteps(last));
                }
            }
            return Feedback.NEUTRAL;
        }

        /** All that is known about a proxy; null when nothing is. */
        @Nullable
        Feedback get(long proxyId) {
            for (int i = 0; i < TRIES; i++) {
                long stamp = changes.tryOptimisticRead();
                if (stamp == 0) {
                    Thread.onSpinWait();
                    continue;
                }
                int pair = index.look(proxyId);
                long last = pair == FeedbackPairs.NONE ? 0 : pairs.last(pair);
                long counts = pair == FeedbackPairs.NONE ? 0 : pairs.counts(pair);
                if (changes.validate(stamp)) {
                    return pair == FeedbackPairs.NONE
                            ? null
                            : new Feedback(
                                    Feedback.score(FeedbackPairs.scoreSteps(last)),
                                    FeedbackPairs.successes(counts),
                                    FeedbackPairs.failures(counts),
                                    FeedbackPairs.lastAtMillis(last));
                }
            }
            return null;
        }

        /** What the application contributes to the reputation of a proxy, -5..5 points; 0 when nothing is known. */
        double opinion(long proxyId) {
            Feedback feedback = get(proxyId);
            return feedback == null ? 0 : feedback.opinion();
        }

        /** How many proxies have proven themselves: the last report was a success, and the score is 0.5 or more. */
        int proven() {
            return proven;
        }

        /**
         * One of the proxies that have proven themselves, for a draw among them.
         *
         * @param index 0 or more, below {@link #proven}
         * @return its id; 0 when it has changed its place just now, or there are fewer meanwhile
         */
        long provenAt(int index) {
            for (int i = 0; i < TRIES; i++) {
                long stamp = changes.tryOptimisticRead();
                if (stamp == 0) {
                    Thread.onSpinWait();
                    continue;
                }
                int pair = provenPairs.get(index);
                long proxyId = pair == FeedbackPairs.NONE ? 0 : pairs.id(pair);
                if (changes.validate(stamp)) {
                    return proxyId;
                }
            }
            return 0;
        }

        /** Takes in a pair of a proxy that is not here yet, as the newest. */
        private void add(int pair) {
            append(pair);
            long stamp = changes.writeLock();
            try {
                index.add(pair);
                prove(pair, FeedbackPairs.proven(pairs.last(pair)));
            } finally {
                changes.unlockWrite(stamp);
            }
        }

        /** Changes what is known of a pair, which becomes the newest. */
        private void report(int pair, long last, long counts) {
            unlink(pair);
            append(pair);
            long stamp = changes.writeLock();
            try {
                pairs.report(pair, last, counts);
                prove(pair, FeedbackPairs.proven(last));
            } finally {
                changes.unlockWrite(stamp);
            }
        }

        private void remove(int pair) {
            unlink(pair);
            long stamp = changes.writeLock();
            try {
                index.remove(pair);
                prove(pair, false);
            } finally {
                changes.unlockWrite(stamp);
            }
        }

        private void clear() {
            oldest = FeedbackPairs.NONE;
            newest = FeedbackPairs.NONE;
            long stamp = changes.writeLock();
            try {
                index.clear();
                provenPairs.clear();
                proven = 0;
            } finally {
                changes.unlockWrite(stamp);
            }
        }

        private void append(int pair) {
            pairs.order(pair, newest, FeedbackPairs.NONE);
            if (newest == FeedbackPairs.NONE) {
                oldest = pair;
            } else {
                pairs.newer(newest, pair);
            }
            newest = pair;
        }

        private void unlink(int pair) {
            int older = pairs.older(pair);
            int newer = pairs.newer(pair);
            if (older == FeedbackPairs.NONE) {
                oldest = newer;
            } else {
                pairs.newer(older, newer);
            }
            if (newer == FeedbackPairs.NONE) {
                newest = older;
            } else {
                pairs.older(newer, older);
            }
        }

        private void prove(int pair, boolean success) {
            int place = pairs.proven(pair);
            int count = proven;
            if (success && place == 0) {
                provenPairs.set(count, pair);
                pairs.proven(pair, count + 1);
                proven = count + 1;
            } else if (!success && place != 0) {
                int moved = provenPairs.get(count - 1);
                provenPairs.set(place - 1, moved);
                pairs.proven(moved, place);
                provenPairs.set(count - 1, FeedbackPairs.NONE);
                pairs.proven(pair, 0);
                provenPairs.trim(count - 1);
                proven = count - 1;
            }
        }

        private long footprint() {
            return index.footprint() + provenPairs.footprint();
        }
    }
}
