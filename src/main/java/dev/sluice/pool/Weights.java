package dev.sluice.pool;

import java.util.random.RandomGenerator;

/**
 * Draws members in proportion to 1 + points of reputation. They stand in buckets whose weights differ by less than a factor
 * of two: a bucket is drawn by its sum, then members of it until one is taken by its own weight, which at least every
 * second one is. So a draw takes two tries at the most, in the mean, however many members there are.
 */
final class Weights {
    private static final int BUCKETS = 7;
    private static final int TRIES = 32;

    private final Slots slots;
    private final int[] order;
    private final int[] starts = new int[BUCKETS + 1];
    /** Running sums of the buckets' weights. */
    private final long[] sums = new long[BUCKETS];

    Weights(Slots slots, int[] members) {
        this.slots = slots;
        byte[] weights = new byte[members.length];
        for (int i = 0; i < members.length; i++) {
            weights[i] = (byte) weight(members[i]);
            starts[bucket(weights[i]) + 1]++;
            sums[bucket(weights[i])] += weights[i];
        }
        for (int i = 0; i < BUCKETS; i++) {
            starts[i + 1] += starts[i];
        }
        for (int i = 1; i < BUCKETS; i++) {
            sums[i] += sums[i - 1];
        }
        int[] fill = starts.clone();
        order = new int[members.length];
        for (int i = 0; i < members.length; i++) {
            order[fill[bucket(weights[i])]++] = members[i];
        }
    }

    /** 1..101. */
    private int weight(int slot) {
        return 1 + slots.page(slot).points(slot);
    }

    private static int bucket(int weight) {
        return 31 - Integer.numberOfLeadingZeros(weight);
    }

    /** A member. There must be some. */
    int draw(RandomGenerator random) {
        long point = random.nextLong(sums[BUCKETS - 1]);
        int bucket = 0;
        while (sums[bucket] <= point) {
            bucket++;
        }
        int start = starts[bucket];
        int size = starts[bucket + 1] - start;
        int most = Math.min((1 << bucket + 1) - 1, 101);
        int slot = order[start];
        for (int i = 0; i < TRIES; i++) {
            slot = order[start + random.nextInt(size)];
            if (random.nextInt(most) < weight(slot)) {
                break;
            }
        }
        return slot;
    }
}
