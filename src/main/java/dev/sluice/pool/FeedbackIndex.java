package dev.sluice.pool;

/**
 * Finds the pairs of one application by proxy. Linear hashing (W. Litwin, VLDB 1980): one bucket a pair, and with every pair that
 * comes one bucket is split, with every pair that goes about one is joined to another, so that no report ever waits for a whole
 * table to be made anew, and an application that lost its pairs holds no memory for them.
 *
 * <p>One thread at a time writes. Others may call {@link #look} meanwhile: it ends, and may miss or mistake a pair while the
 * index changes.
 */
final class FeedbackIndex {
    /** Most pairs of a bucket that {@link #look} goes through. With one pair a bucket on average, none ever holds so many. */
    private static final int LONGEST = 64;

    private final FeedbackPairs pairs;
    /** First pair of each bucket; the others follow as its chain. */
    private final FeedbackInts heads = new FeedbackInts();

    private int buckets = 1;
    private int size;

    FeedbackIndex(FeedbackPairs pairs) {
        this.pairs = pairs;
    }

    int size() {
        return size;
    }

    /** The pair of {@code proxyId}, or none. */
    int find(long proxyId) {
        return find(proxyId, Integer.MAX_VALUE);
    }

    /** As {@link #find}, for readers while another thread may write. */
    int look(long proxyId) {
        return find(proxyId, LONGEST);
    }

    private int find(long proxyId, int most) {
        int pair = heads.get(bucket(hash(proxyId), buckets));
        for (int i = 0; pair != FeedbackPairs.NONE && i < most; i++) {
            if (pairs.id(pair) == proxyId) {
                return pair;
            }
            pair = pairs.chain(pair);
        }
        return FeedbackPairs.NONE;
    }

    /** Adds a pair whose proxy is not here yet. */
    void add(int pair) {
        push(bucket(hash(pairs.id(pair)), buckets), pair);
        size++;
        if (size > buckets) {
            split();
        }
    }

    /** Takes out a pair that is here. */
    void remove(int pair) {
        int bucket = bucket(hash(pairs.id(pair)), buckets);
        int at = heads.get(bucket);
        if (at == pair) {
            heads.set(bucket, pairs.chain(pair));
        } else {
            while (pairs.chain(at) != pair) {
                at = pairs.chain(at);
            }
            pairs.chain(at, pairs.chain(pair));
        }
        size--;
        // An eighth more buckets than pairs stay, so that a pair for a pair moves nothing.
        while (buckets > size + size / 8 + 8) {
            join();
        }
    }

    void clear() {
        heads.clear();
        buckets = 1;
        size = 0;
    }

    private void split() {
        int added = buckets;
        int from = buddy(added);
        int pair = heads.get(from);
        heads.set(from, FeedbackPairs.NONE);
        heads.set(added, FeedbackPairs.NONE);
        buckets++;
        while (pair != FeedbackPairs.NONE) {
            int next = pairs.chain(pair);
            push(bucket(hash(pairs.id(pair)), buckets), pair);
            pair = next;
        }
    }

    private void join() {
        int removed = buckets - 1;
        int pair = heads.get(removed);
        heads.set(removed, FeedbackPairs.NONE);
        buckets = removed;
        while (pair != FeedbackPairs.NONE) {
            int next = pairs.chain(pair);
            push(buddy(removed), pair);
            pair = next;
        }
        heads.trim(buckets);
    }

    private void push(int bucket, int pair) {
        pairs.chain(pair, heads.get(bucket));
        heads.set(bucket, pair);
    }

    /** The bucket that holds what belongs to {@code bucket} as long as that is not there. */
    private static int buddy(int bucket) {
        return bucket - Integer.highestOneBit(bucket);
    }

    private static int bucket(int hash, int buckets) {
        int low = hash & ((Integer.highestOneBit(buckets) << 1) - 1);
        return low < buckets ? low : buddy(low);
    }

    /** All bits of the number count in the low ones (the finisher of MurmurHash3). */
    private static int hash(long proxyId) {
        long mixed = (proxyId ^ proxyId >>> 33) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ mixed >>> 33) * 0xC4CEB9FE1A85EC53L;
        return (int) (mixed ^ mixed >>> 33);
    }

    /** Bytes held by the arrays. */
    long footprint() {
        return heads.footprint();
    }
}
