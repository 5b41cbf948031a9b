package dev.sluice.pool;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What matched a filter at one moment, fastest first. Immutable but for what is derived from it on first use. */
final class View {
    /** The state of the pool it shows: see {@link Pool}. */
    final long changes;

    final boolean connectOnly;
    final long builtAtMillis;
    final Slot[] members;

    /** Running sums of the weights; made on the first weighted draw. Two threads that race make the same. */
    private volatile long @Nullable [] sums;

    private volatile @Nullable Explanation explanation;

    View(long changes, boolean connectOnly, long builtAtMillis, Slot[] members) {
        this.changes = changes;
        this.connectOnly = connectOnly;
        this.builtAtMillis = builtAtMillis;
        this.members = members;
    }

    boolean weighted() {
        return sums != null;
    }

    @Nullable
    Explanation explanation() {
        return explanation;
    }

    void explanation(Explanation known) {
        explanation = known;
    }

    /** Index of a member by {@code strategy}. There must be members. */
    int draw(Strategy strategy, RandomGenerator random) {
        int size = members.length;
        return switch (strategy) {
            case RANDOM -> random.nextInt(size);
            case FASTEST_HALF -> random.nextInt(10) < 7 ? random.nextInt((size + 1) / 2) : random.nextInt(size);
            case WEIGHTED_RANDOM -> drawWeighted(random);
        };
    }

    private int drawWeighted(RandomGenerator random) {
        long[] known = sums;
        if (known == null) {
            known = weigh();
        }
        long total = known[known.length - 1];
        if (total == 0) {
            return random.nextInt(known.length);
        }
        long point = random.nextLong(total);
        int low = 0;
        int high = known.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (known[middle] > point) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Weighs the members by 1 + reputation; what has left weighs nothing. */
    long[] weigh() {
        long[] made = new long[members.length];
        long sum = 0;
        for (int i = 0; i < made.length; i++) {
            PooledProxy state = members[i].proxy();
            if (state != null) {
                sum += 1 + Math.round(members[i].reputation(state));
            }
            made[i] = sum;
        }
        sums = made;
        return made;
    }
}
