package dev.sluice.pool;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sorts members of views by what their columns say. Stateless. */
final class Orders {
    private static final int HALF = 16;
    private static final int DIGITS = 1 << HALF;
    private static final int POINTS = 101;

    private Orders() {}

    /** Fastest first; what has no latency yet comes last; equal ones in the order given. */
    static int[] bySpeed(Slots slots, int[] members) {
        int[] keys = new int[members.length];
        for (int i = 0; i < keys.length; i++) {
            // Latencies are never negative, so their bits sort like they do.
            keys[i] = slots.page(members[i]).speed(members[i]);
        }
        if (members.length <= 2_000) {
            long[] sorted = new long[keys.length];
            for (int i = 0; i < sorted.length; i++) {
                sorted[i] = (long) keys[i] << 32 | i;
            }
            Arrays.sort(sorted);
            int[] order = new int[sorted.length];
            for (int i = 0; i < order.length; i++) {
                order[i] = members[(int) sorted[i]];
            }
            return order;
        }
        int[] places = pass(keys, null, 0);
        places = pass(keys, places, HALF);
        for (int i = 0; i < places.length; i++) {
            places[i] = members[places[i]];
        }
        return places;
    }

    /** One pass of a radix sort: places of keys, by sixteen of their bits, otherwise in the order {@code before}. */
    private static int[] pass(int[] keys, int @Nullable [] before, int shift) {
        int[] starts = new int[DIGITS + 1];
        for (int key : keys) {
            starts[(key >>> shift & DIGITS - 1) + 1]++;
        }
        for (int i = 0; i < DIGITS; i++) {
            starts[i + 1] += starts[i];
        }
        int[] places = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            int place = before == null ? i : before[i];
            places[starts[keys[place] >>> shift & DIGITS - 1]++] = place;
        }
        return places;
    }

    /** Members by whole points of reputation, best first: see {@link Groups}. */
    static Groups byPoints(Slots slots, int[] members) {
        int[] ends = new int[POINTS + 1];
        for (int member : members) {
            ends[POINTS - slots.page(member).points(member)]++;
        }
        for (int i = 0; i < POINTS; i++) {
            ends[i + 1] += ends[i];
        }
        int[] fill = ends.clone();
        int[] order = new int[members.length];
        for (int member : members) {
            int now = slots.page(member).points(member);
            int group = POINTS - 1 - now;
            // A report may have changed the points since they were counted: then wherever there is room.
            if (fill[group] == ends[group + 1]) {
                group = 0;
                while (fill[group] == ends[group + 1]) {
                    group++;
                }
            }
            order[fill[group]++] = member;
        }
        return new Groups(order, ends);
    }

    /**
     * Members in groups of equal points.
     *
     * @param order members, best group first
     * @param starts group {@code i} of {@code 100 - i} points begins at {@code starts[i]} and ends before {@code starts[i + 1]}
     */
    record Groups(int[] order, int[] starts) {
        int count() {
            return POINTS;
        }
    }
}
