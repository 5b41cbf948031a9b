package dev.sluice.parse;

import java.util.concurrent.ThreadLocalRandom;

/** A set of longs other than 0: open addressing, linear probing, eight bytes a slot, at most three quarters full. */
final class SeenSet {
    // A list must not be able to choose its slots; the seed changes no result.
    private static final long SEED = ThreadLocalRandom.current().nextLong();

    private long[] slots = new long[1 << 10];
    private int size;

    /** Whether {@code key} was new. */
    boolean add(long key) {
        int mask = slots.length - 1;
        int slot = (int) mix(key ^ SEED) & mask;
        while (slots[slot] != 0) {
            if (slots[slot] == key) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        slots[slot] = key;
        size++;
        if (size > (slots.length >> 2) * 3) {
            grow();
        }
        return true;
    }

    boolean contains(long key) {
        int mask = slots.length - 1;
        int slot = (int) mix(key ^ SEED) & mask;
        while (slots[slot] != 0) {
            if (slots[slot] == key) {
                return true;
            }
            slot = (slot + 1) & mask;
        }
        return false;
    }

    /** Memory of the slots. */
    long bytes() {
        return 8L * slots.length;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] old = slots;
        long[] grown = new long[old.length << 1];
        int mask = grown.length - 1;
        for (long key : old) {
            if (key != 0) {
                int slot = (int) mix(key ^ SEED) & mask;
                while (grown[slot] != 0) {
                    slot = (slot + 1) & mask;
                }
                grown[slot] = key;
            }
        }
        slots = grown;
    }

    /** A bijection that spreads every bit (Stafford's variant 13 of the MurmurHash3 finalizer). */
    static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
