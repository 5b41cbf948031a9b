package dev.sluice.pool;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Members in the order of their last picks. What is picked here goes to the end of a ring, which thereby stays in order; what
 * was picked elsewhere since it was put there is found when its turn comes, and waits in a heap by its true number until its
 * turn comes again. Thread-safe: picks take turns.
 */
final class Recency {
    private final Slots slots;
    private final ReentrantLock lock = new ReentrantLock();
    /** Members from {@code head} on, around the end. */
    private final int[] ring;
    /** Number of the last pick of each, as it was when it was put there. */
    private final long[] known;

    private int[] heap = new int[16];
    private long[] keys = new long[16];
    private int head;
    private int ringSize;
    private int heapSize;

    /** What {@link #take} thinks of a member. */
    interface Look {
        /** What to hand out; null to leave it where it is, or to drop it. */
        @Nullable
        Served at(int slot);

        /** Whether one that was not handed out has left for good. */
        boolean gone(int slot);

        /** Whether it has looked at enough. */
        boolean tired();
    }

    /**
     * Sorts the members.
     *
     * @param before the order of a former view: most members stand in it as they stood there, which makes sorting cheap
     */
    Recency(Slots slots, int[] members, @Nullable Recency before) {
        this.slots = slots;
        int size = members.length;
        ring = new int[size];
        known = new long[size];
        ringSize = size;
        int[] order = before == null ? members : before.orderOf(members);
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < size; i++) {
            known[i] = slots.lastPick(order[i]);
            least = Math.min(least, known[i]);
            most = Math.max(most, known[i]);
        }
        int bits = 32 - Integer.numberOfLeadingZeros(size);
        if (size > 0 && most - least < Long.MAX_VALUE >>> bits) {
            // Number and place in one word, sorted where they stand: a million members need no second array.
            for (int i = 0; i < size; i++) {
                known[i] = known[i] - least << bits | i;
            }
            Arrays.sort(known);
            int mask = (1 << bits) - 1;
            for (int i = 0; i < size; i++) {
                ring[i] = order[(int) known[i] & mask];
                known[i] = (known[i] >>> bits) + least;
            }
        } else {
            long[] picks = known.clone();
            Integer[] sorted = new Integer[size];
            Arrays.setAll(sorted, i -> i);
            Arrays.sort(sorted, Comparator.comparingLong(i -> picks[i]));
            for (int i = 0; i < size; i++) {
                ring[i] = order[sorted[i]];
                known[i] = picks[sorted[i]];
            }
        }
    }

    /** {@code members}, those that stand in the ring first and as they stand there. */
    private int[] orderOf(int[] members) {
        BitSet wanted = new BitSet();
        for (int member : members) {
            wanted.set(member);
        }
        int[] order = new int[members.length];
        int filled = 0;
        lock.lock();
        try {
            for (int i = 0; i < ringSize; i++) {
                int slot = ring[(head + i) % ring.length];
                if (wanted.get(slot)) {
                    wanted.clear(slot);
                    order[filled++] = slot;
                }
            }
        } finally {
            lock.unlock();
        }
        for (int slot = wanted.nextSetBit(0); slot >= 0; slot = wanted.nextSetBit(slot + 1)) {
            order[filled++] = slot;
        }
        return order;
    }

    /** Hands out the member whose last pick lies furthest back, of those that {@code look} likes. */
    @Nullable
    Served take(Look look) {
        lock.lock();
        try {
            int[] passed = new int[4];
            int passedCount = 0;
            Served taken = null;
            while (taken == null && !look.tired()) {
                int slot = next();
                if (slot == Slots.NONE) {
                    break;
                }
                taken = look.at(slot);
                if (taken != null) {
                    slots.picked(slot);
                    append(slot);
                } else if (!look.gone(slot)) {
                    if (passedCount == passed.length) {
                        passed = Arrays.copyOf(passed, passedCount * 2);
                    }
                    passed[passedCount++] = slot;
                }
            }
            for (int i = 0; i < passedCount; i++) {
                push(passed[i], slots.lastPick(passed[i]));
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the first member out. */
    private int next() {
        while (ringSize > 0) {
            int slot = ring[head];
            long picked = slots.lastPick(slot);
            if (picked == known[head]) {
                break;
            }
            dropHead();
            push(slot, picked);
        }
        while (heapSize > 0) {
            long picked = slots.lastPick(heap[0]);
            if (picked == keys[0]) {
                break;
            }
            int slot = heap[0];
            pop();
            push(slot, picked);
        }
        if (heapSize > 0 && (ringSize == 0 || keys[0] < known[head])) {
            int slot = heap[0];
            pop();
            return slot;
        }
        if (ringSize == 0) {
            return Slots.NONE;
        }
        int slot = ring[head];
        dropHead();
        return slot;
    }

    private void dropHead() {
        head = head + 1 == ring.length ? 0 : head + 1;
        ringSize--;
    }

    private void append(int slot) {
        long picked = slots.lastPick(slot);
        int last = ringSize == 0 ? -1 : (head + ringSize - 1) % ring.length;
        // Another strategy may have picked it, or a later one, in this very moment.
        if (last >= 0 && picked < known[last]) {
            push(slot, picked);
            return;
        }
        int place = (head + ringSize) % ring.length;
        ring[place] = slot;
        known[place] = picked;
        ringSize++;
    }

    private void push(int slot, long key) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, heapSize * 2);
            keys = Arrays.copyOf(keys, heapSize * 2);
        }
        int at = heapSize++;
        while (at > 0 && keys[(at - 1) / 2] > key) {
            int parent = (at - 1) / 2;
            heap[at] = heap[parent];
            keys[at] = keys[parent];
            at = parent;
        }
        heap[at] = slot;
        keys[at] = key;
    }

    private void pop() {
        heapSize--;
        int slot = heap[heapSize];
        long key = keys[heapSize];
        int at = 0;
        while (2 * at + 1 < heapSize) {
            int child = 2 * at + 1;
            if (child + 1 < heapSize && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            heap[at] = heap[child];
            keys[at] = keys[child];
            at = child;
        }
        heap[at] = slot;
        keys[at] = key;
    }

    /** Bytes it takes for each member while few are in the heap. */
    static int bytesEach() {
        return 12;
    }
}
