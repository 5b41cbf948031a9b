package dev.sluice.pool;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which proxies were served when the pool was last in good shape: what is left to offer when every proxy is dead. Holds
 * numbers only, no secrets. An entry that is caught tampering is taken out and does not come back with an offer that
 * was being made meanwhile. Thread-safe.
 */
public final class LastGood {
    /** A set that is older is replaced by any that is not empty. */
    static final long OLD_MILLIS = 3_600_000;

    private final int capacity;
    /** Best first. */
    private LinkedHashSet<Long> ids = new LinkedHashSet<>();

    private long atMillis;
    /** What was taken out while an offer was being made. */
    private final Set<Long> takenOut = new HashSet<>();

    private int offers;

    /**
     * An empty set.
     *
     * @param capacity most proxies, 0 or more; 0 remembers nothing
     */
    public LastGood(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: >= 0)");
        }
        this.capacity = capacity;
    }

    /**
     * Whether a set of {@code newSize} should stand for one of {@code oldSize}: when it is at least half as large, or
     * the old one is older than an hour or of the future; never when it is empty.
     *
     * @param ageMillis since the old one was served; negative when a clock was set back
     */
    static boolean worthReplacing(int newSize, int oldSize, long ageMillis) {
        return newSize > 0 && (2L * newSize >= oldSize || ageMillis > OLD_MILLIS || ageMillis < -OLD_MILLIS);
    }

    /**
     * Offers what is served now. Walks through all of it: for worker threads.
     *
     * @param served what may be handed out; its best by reputation are remembered
     * @return what is remembered from now on, best first; empty when the set from before stands
     */
    public List<PooledProxy> offer(Iterable<PooledProxy> served, long nowMillis) {
        begin();
        try {
            List<PooledProxy> best = Best.of(served, PooledProxy::servable, capacity);
            return take(best, nowMillis);
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        offers++;
    }

    private synchronized void end() {
        offers--;
        if (offers == 0) {
            takenOut.clear();
        }
    }

    private synchronized List<PooledProxy> take(List<PooledProxy> best, long nowMillis) {
        List<PooledProxy> offered =
                best.stream().filter(proxy -> !takenOut.contains(proxy.id())).toList();
        if (!worthReplacing(offered.size(), ids.size(), nowMillis - atMillis)) {
            return List.of();
        }
        LinkedHashSet<Long> next = new LinkedHashSet<>();
        offered.forEach(proxy -> next.add(proxy.id()));
        ids = next;
        atMillis = nowMillis;
        return offered;
    }

    /** Takes an entry out; unknown ones are ignored. */
    public synchronized void remove(long id) {
        ids.remove(id);
        if (offers > 0) {
            takenOut.add(id);
        }
    }

    /** Whether the entry is remembered. */
    public synchronized boolean contains(long id) {
        return ids.contains(id);
    }

    /** What is remembered, best first. */
    public synchronized List<Long> ids() {
        return List.copyOf(ids);
    }

    /** When it was served, milliseconds since 1970-01-01T00:00Z; 0 when nothing is remembered. */
    public synchronized long atMillis() {
        return atMillis;
    }

    /** Writes what is remembered. */
    public void writeTo(DataOutput out) throws IOException {
        List<Long> remembered;
        long at;
        synchronized (this) {
            remembered = ids();
            at = atMillis;
        }
        out.writeLong(at);
        out.writeInt(remembered.size());
        for (long id : remembered) {
            out.writeLong(id);
        }
    }

    /**
     * Remembers what {@link #writeTo} wrote, instead of what is remembered now; the best of it, when that is more than
     * fits. Nothing changes when it fails.
     */
    public void restore(DataInput in) throws IOException {
        long at = in.readLong();
        int count = in.readInt();
        if (count < 0) {
            throw new IOException("count: " + count + " (expected: >= 0)");
        }
        LinkedHashSet<Long> read = new LinkedHashSet<>();
        for (int i = 0; i < count && i < capacity; i++) {
            long id = in.readLong();
            if (id <= 0) {
                throw new IOException("id: " + id + " (expected: > 0)");
            }
            read.add(id);
        }
        synchronized (this) {
            ids = read;
            atMillis = at;
        }
    }
}
