package dev.sluice.secret;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * States of limits by network, at most so many: a newcomer takes the place of one whose quota is the fullest of a few, which
 * loses the least, nothing at all when it is full. Thread-safe without locks.
 */
final class NetworkTable {
    /** Places a network can have. */
    private static final int WAYS = 8;

    private final AtomicReferenceArray<@Nullable Entry> entries;
    private final int setMask;
    /** So that nobody outside can choose networks that share their places. */
    private final long seed = new SplittableRandom().nextLong();

    /** A table of {@code capacity} entries, a power of two, 8 or more. */
    NetworkTable(int capacity) {
        if (capacity < WAYS || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: a power of two, 8 or more)");
        }
        this.entries = new AtomicReferenceArray<>(capacity);
        this.setMask = capacity / WAYS - 1;
    }

    /** The state of a network, {@link Gcra#fresh} at first. */
    AtomicLong state(long network, long nowNanos) {
        int first = first(network);
        Entry known = find(network, first);
        return known == null ? admit(network, first, nowNanos) : known.state;
    }

    private AtomicLong admit(long network, int first, long nowNanos) {
        Entry entry = new Entry(network, new AtomicLong(Gcra.fresh(nowNanos)));
        while (true) {
            int place = first;
            Entry fullest = entries.get(place);
            for (int i = first + 1; i < first + WAYS && fullest != null; i++) {
                Entry other = entries.get(i);
                if (other == null || debt(other, nowNanos) < debt(fullest, nowNanos)) {
                    place = i;
                    fullest = other;
                }
            }
            if (entries.compareAndSet(place, fullest, entry)) {
                // Another thread may have admitted the same network to another place: the first one counts.
                Entry counts = find(network, first);
                if (counts != null && counts != entry) {
                    entries.compareAndSet(place, entry, null);
                    return counts.state;
                }
                return entry.state;
            }
            Entry now = find(network, first);
            if (now != null) {
                return now.state;
            }
        }
    }

    private @Nullable Entry find(long network, int first) {
        for (int i = first; i < first + WAYS; i++) {
            Entry entry = entries.get(i);
            if (entry != null && entry.network == network) {
                return entry;
            }
        }
        return null;
    }

    private static long debt(Entry entry, long nowNanos) {
        return Gcra.debt(entry.state.get(), nowNanos);
    }

    /** First place of a network (the finaliser of SplitMix64). */
    private int first(long network) {
        long mixed = network ^ seed;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return (int) ((mixed ^ (mixed >>> 31)) & setMask) * WAYS;
    }

    private static final class Entry {
        final long network;
        final AtomicLong state;

        Entry(long network, AtomicLong state) {
            this.network = network;
            this.state = state;
        }
    }
}
