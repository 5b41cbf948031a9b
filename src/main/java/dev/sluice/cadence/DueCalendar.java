package dev.sluice.cadence;

import java.util.Arrays;

/**
 * What is due when, for millions of entries in one process: work leaves by priority, highest first, then by due time,
 * earliest first, then by id. What was taken flies until it is put again, given back or removed, or until its lease has
 * passed; then it returns with the due time it had.
 *
 * <p>One binary heap for each priority and one for what flies, over parallel arrays: 21 bytes an entry, 4 for its place
 * in a heap and about 8 in the hash index; what flies takes another 8. {@link #put}, {@link #remove} and each entry taken cost O(log n). Time is a
 * parameter; nothing here depends on anything else. Not thread-safe: the owner confines it to one thread.
 */
public final class DueCalendar {
    /** Priorities are 1 to this. */
    public static final int HIGHEST_PRIORITY = 10;

    /** Heap of what flies, ordered by the end of the lease; the others are numbered by priority. */
    private static final int FLYING = 0;

    private static final int NONE = -1;
    private static final int SMALLEST = 64;

    private long[] id = new long[SMALLEST];
    private long[] dueAt = new long[SMALLEST];
    /** Negative while it flies. */
    private byte[] priority = new byte[SMALLEST];
    /** Place in its heap; for a free slot the next free one. */
    private int[] place = new int[SMALLEST];

    /** When leases end, in the order of the heap of what flies. */
    private long[] leaseEnd = new long[0];

    private final int[][] heap = new int[HIGHEST_PRIORITY + 1][];
    private final int[] heapSize = new int[HIGHEST_PRIORITY + 1];

    /** Open addressing with linear probing: slot + 1, or 0 where free. */
    private int[] index = new int[4 * SMALLEST];

    private int free = NONE;
    private int used;
    private int size;

    public DueCalendar() {
        Arrays.fill(heap, new int[0]);
    }

    /** Entries, flying ones included. */
    public int size() {
        return size;
    }

    /** Entries that were taken and have not come back. */
    public int flying() {
        return heapSize[FLYING];
    }

    /** Whether {@code key} is in the calendar, waiting or flying. */
    public boolean contains(long key) {
        return slotOf(key) != NONE;
    }

    /** Makes room for {@code entries} at once, so that filling copies nothing. */
    public void reserve(int entries) {
        if (entries > id.length) {
            resize(entries);
        }
        int wanted = indexLength(entries);
        if (wanted > index.length) {
            rebuildIndex(wanted);
        }
    }

    /**
     * Adds an entry or moves it, and ends its flight if it flies.
     *
     * @param key any number; one entry a number
     * @param level its priority, 1..{@value #HIGHEST_PRIORITY}
     * @param dueAtMillis when it is due
     */
    public void put(long key, int level, long dueAtMillis) {
        if (level < 1 || level > HIGHEST_PRIORITY) {
            throw new IllegalArgumentException("priority: " + level + " (expected: 1.." + HIGHEST_PRIORITY + ")");
        }
        int slot = slotOf(key);
        if (slot == NONE) {
            slot = newSlot(key);
        } else {
            leave(slot);
        }
        priority[slot] = (byte) level;
        dueAt[slot] = dueAtMillis;
        enter(slot, 0);
    }

    /**
     * Makes an entry that waits due, with another priority; one that is due already keeps its due time. A flight whose
     * lease has passed at {@code nowMillis} is over.
     *
     * @param level its priority from now on, 1..{@value #HIGHEST_PRIORITY}
     * @return false where it flies or is not in the calendar
     */
    public boolean hasten(long key, int level, long nowMillis) {
        int slot = slotOf(key);
        if (slot == NONE || (flies(slot) && leaseEnd[place[slot]] > nowMillis)) {
            return false;
        }
        put(key, level, Math.min(dueAt[slot], nowMillis));
        return true;
    }

    /** Takes an entry out, waiting or flying. Returns whether it was there. */
    public boolean remove(long key) {
        int slot = slotOf(key);
        if (slot == NONE) {
            return false;
        }
        leave(slot);
        unlink(key);
        place[slot] = free;
        free = slot;
        size--;
        return true;
    }

    /** Ends the flight of an entry unfinished: it is due as it was. Returns false where it does not fly. */
    public boolean giveBack(long key) {
        int slot = slotOf(key);
        if (slot == NONE || !flies(slot)) {
            return false;
        }
        land(slot);
        return true;
    }

    /**
     * Takes what is due. Flights whose lease has passed at {@code nowMillis} return first, so that they may be taken
     * again by the same call.
     *
     * @param nowMillis what lies at or before it is due
     * @param lowest only entries of this priority and above
     * @param highest only entries of this priority and below; both 1..{@value #HIGHEST_PRIORITY}
     * @param limit most entries, 0 or more
     * @param leaseMillis how long the entries taken may fly, above 0
     * @return their numbers in order of urgency, as many as there are, at most {@code limit}
     */
    public long[] take(long nowMillis, int lowest, int highest, int limit, long leaseMillis) {
        if (lowest < 1 || highest > HIGHEST_PRIORITY || lowest > highest) {
            throw new IllegalArgumentException("priorities: " + lowest + " to " + highest
                    + " (expected: a range within 1.." + HIGHEST_PRIORITY + ")");
        }
        if (leaseMillis < 1) {
            throw new IllegalArgumentException("leaseMillis: " + leaseMillis + " (expected: >= 1)");
        }
        landOverdue(nowMillis);
        long end = nowMillis > Long.MAX_VALUE - leaseMillis ? Long.MAX_VALUE : nowMillis + leaseMillis;
        long[] taken = new long[Math.min(limit, size)];
        int count = 0;
        for (int level = highest; level >= lowest; level--) {
            while (count < taken.length && heapSize[level] > 0 && dueAt[heap[level][0]] <= nowMillis) {
                int slot = heap[level][0];
                leave(slot);
                priority[slot] = (byte) -level;
                enter(slot, end);
                taken[count++] = id[slot];
            }
        }
        return Arrays.copyOf(taken, count);
    }

    /**
     * How many entries of a priority are due and wait. Costs a look at each of them.
     *
     * @param level 1..{@value #HIGHEST_PRIORITY}
     */
    public int due(int level, long nowMillis) {
        landOverdue(nowMillis);
        return due(level, 0, nowMillis);
    }

    /** Below one that is not due none is: only what is due is looked at, and its children. */
    private int due(int level, int at, long nowMillis) {
        if (at >= heapSize[level] || dueAt[heap[level][at]] > nowMillis) {
            return 0;
        }
        return 1 + due(level, 2 * at + 1, nowMillis) + due(level, 2 * at + 2, nowMillis);
    }

    /**
     * When the entry of a priority that waits for longest was due, or will be.
     *
     * @return {@code Long.MAX_VALUE} where none waits
     */
    public long oldestDueAtMillis(int level) {
        return heapSize[level] == 0 ? Long.MAX_VALUE : dueAt[heap[level][0]];
    }

    private void landOverdue(long nowMillis) {
        while (heapSize[FLYING] > 0 && leaseEnd[0] <= nowMillis) {
            land(heap[FLYING][0]);
        }
    }

    /** Bytes held by the arrays. */
    long footprint() {
        long bytes = (8L + 8 + 1 + 4) * id.length + 8L * leaseEnd.length + 4L * index.length;
        for (int[] slots : heap) {
            bytes += 4L * slots.length;
        }
        return bytes;
    }

    private void land(int slot) {
        leave(slot);
        priority[slot] = (byte) -priority[slot];
        enter(slot, 0);
    }

    private boolean flies(int slot) {
        return priority[slot] < 0;
    }

    // heaps

    private int heapOf(int slot) {
        return flies(slot) ? FLYING : priority[slot];
    }

    /** What the heap orders its entries by before their numbers. */
    private long timeAt(int queue, int at) {
        return queue == FLYING ? leaseEnd[at] : dueAt[heap[queue][at]];
    }

    private boolean before(long time, int slot, long otherTime, int other) {
        return time != otherTime ? time < otherTime : id[slot] < id[other];
    }

    private void set(int queue, int at, int slot, long time) {
        heap[queue][at] = slot;
        place[slot] = at;
        if (queue == FLYING) {
            leaseEnd[at] = time;
        }
    }

    /** Puts a slot into its heap; {@code end} is that of its lease where it flies. */
    private void enter(int slot, long end) {
        int queue = heapOf(slot);
        int at = heapSize[queue]++;
        if (at == heap[queue].length) {
            heap[queue] = Arrays.copyOf(heap[queue], grown(at));
            if (queue == FLYING) {
                leaseEnd = Arrays.copyOf(leaseEnd, heap[queue].length);
            }
        }
        set(queue, at, slot, end);
        rise(queue, at);
    }

    private void leave(int slot) {
        int queue = heapOf(slot);
        int at = place[slot];
        int last = --heapSize[queue];
        if (at != last) {
            int moved = heap[queue][last];
            set(queue, at, moved, timeAt(queue, last));
            rise(queue, at);
            sink(queue, place[moved]);
        }
    }

    private void rise(int queue, int from) {
        int at = from;
        int slot = heap[queue][at];
        long time = timeAt(queue, at);
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (!before(time, slot, timeAt(queue, parent), heap[queue][parent])) {
                break;
            }
            set(queue, at, heap[queue][parent], timeAt(queue, parent));
            at = parent;
        }
        set(queue, at, slot, time);
    }

    private void sink(int queue, int from) {
        int count = heapSize[queue];
        int at = from;
        int slot = heap[queue][at];
        long time = timeAt(queue, at);
        while (2 * at + 1 < count) {
            int child = 2 * at + 1;
            if (child + 1 < count
                    && before(
                            timeAt(queue, child + 1),
                            heap[queue][child + 1],
                            timeAt(queue, child),
                            heap[queue][child])) {
                child++;
            }
            if (!before(timeAt(queue, child), heap[queue][child], time, slot)) {
                break;
            }
            set(queue, at, heap[queue][child], timeAt(queue, child));
            at = child;
        }
        set(queue, at, slot, time);
    }

    // slots and their index

    private int newSlot(long key) {
        int slot = free;
        if (slot == NONE) {
            if (used == id.length) {
                resize(grown(used));
            }
            slot = used++;
        } else {
            free = place[slot];
        }
        id[slot] = key;
        size++;
        if (size * 3L > index.length * 2L) {
            rebuildIndex(index.length * 2);
        }
        int at = home(key);
        while (index[at] != 0) {
            at = (at + 1) & (index.length - 1);
        }
        index[at] = slot + 1;
        return slot;
    }

    private int slotOf(long key) {
        int at = home(key);
        while (index[at] != 0) {
            int slot = index[at] - 1;
            if (id[slot] == key) {
                return slot;
            }
            at = (at + 1) & (index.length - 1);
        }
        return NONE;
    }

    /** Frees the place of {@code key} and closes the gap, so that no probe breaks off early. */
    private void unlink(long key) {
        int mask = index.length - 1;
        int gap = home(key);
        while (id[index[gap] - 1] != key) {
            gap = (gap + 1) & mask;
        }
        for (int next = (gap + 1) & mask; index[next] != 0; next = (next + 1) & mask) {
            int home = home(id[index[next] - 1]);
            if (((next - home) & mask) >= ((next - gap) & mask)) {
                index[gap] = index[next];
                gap = next;
            }
        }
        index[gap] = 0;
    }

    private int home(long key) {
        return (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & (index.length - 1);
    }

    private void rebuildIndex(int length) {
        int[] old = index;
        index = new int[length];
        for (int entry : old) {
            if (entry != 0) {
                int at = home(id[entry - 1]);
                while (index[at] != 0) {
                    at = (at + 1) & (length - 1);
                }
                index[at] = entry;
            }
        }
    }

    private void resize(int capacity) {
        id = Arrays.copyOf(id, capacity);
        dueAt = Arrays.copyOf(dueAt, capacity);
        priority = Arrays.copyOf(priority, capacity);
        place = Arrays.copyOf(place, capacity);
    }

    /** By a quarter: a million entries are copied a few times more, and hold less memory that nobody uses. */
    private static int grown(int length) {
        return length < SMALLEST ? SMALLEST : length + (length >> 2);
    }

    private static int indexLength(int entries) {
        long needed = Math.max(4L * SMALLEST, (entries * 3L + 1) / 2);
        return (int) Math.min(1 << 30, Long.highestOneBit(needed - 1) << 1);
    }
}
