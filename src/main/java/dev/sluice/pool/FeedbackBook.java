package dev.sluice.pool;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Feedback by client application and proxy, in memory. It remembers a bounded number of (application, proxy) pairs; when it
 * is full, the pair whose last report is the oldest is forgotten. Thread-safe: reports take turns, reads never wait.
 */
public final class FeedbackBook {
    private final int capacity;
    private final ConcurrentMap<String, Page> pages = new ConcurrentHashMap<>();
    /** Ring of all entries, from the least recently updated (after it) to the most recently updated (before it). */
    private final Entry ring = new Entry(new Page(""), 0);

    private volatile int size;

    /**
     * An empty book.
     *
     * @param capacity most pairs, 1 or more
     */
    public FeedbackBook(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: >= 1)");
        }
        this.capacity = capacity;
        ring.before = ring;
        ring.after = ring;
    }

    /** Takes a report; it counts for the next pick. */
    public synchronized void record(String application, long proxyId, boolean success, long atMillis) {
        Page page = pages.computeIfAbsent(application, Page::new);
        Entry entry = page.entries.get(proxyId);
        if (entry == null) {
            if (size == capacity) {
                forgetOldest();
                // The page may just have lost its last entry, and with it its place.
                pages.put(application, page);
            }
            entry = new Entry(page, proxyId);
            page.entries.put(proxyId, entry);
            size = size + 1;
        } else {
            entry.unlink();
        }
        entry.feedback = entry.feedback.with(success, atMillis);
        entry.linkBefore(ring);
    }

    private synchronized void forgetOldest() {
        Entry entry = ring.after;
        if (entry == null || entry == ring) {
            return;
        }
        entry.unlink();
        entry.page.entries.remove(entry.proxyId);
        if (entry.page.entries.isEmpty()) {
            pages.remove(entry.page.application);
        }
        size = size - 1;
    }

    /** What {@code application} has reported about the proxy; null when it has reported nothing, or it was forgotten. */
    public @Nullable Feedback get(String application, long proxyId) {
        Page page = pages.get(application);
        Entry entry = page == null ? null : page.entries.get(proxyId);
        return entry == null ? null : entry.feedback;
    }

    /**
     * What applications have reported about the proxy, by application, in the order of their names.
     *
     * @param limit most applications, 1 or more
     */
    public Map<String, Feedback> about(long proxyId, int limit) {
        SortedMap<String, Feedback> about = new TreeMap<>();
        for (Page page : pages.values()) {
            Entry entry = page.entries.get(proxyId);
            if (entry != null) {
                about.put(page.application, entry.feedback);
                if (about.size() > limit) {
                    about.remove(about.lastKey());
                }
            }
        }
        return about;
    }

    /** Pairs that are remembered. */
    public int size() {
        return size;
    }

    /** Most pairs that are remembered. */
    public int capacity() {
        return capacity;
    }

    /** The page of {@code application}; null when nothing is remembered. */
    @Nullable
    Page page(String application) {
        return pages.get(application);
    }

    /** What one application has reported. */
    static final class Page {
        private final String application;
        private final ConcurrentMap<Long, Entry> entries = new ConcurrentHashMap<>();

        Page(String application) {
            this.application = application;
        }

        /** Probability with which the proxy is taken. */
        double score(long proxyId) {
            Entry entry = entries.get(proxyId);
            return entry == null ? Feedback.NEUTRAL : entry.feedback.score();
        }
    }

    private static final class Entry {
        private final Page page;
        private final long proxyId;
        private volatile Feedback feedback = Feedback.NONE;
        private @Nullable Entry before;
        private @Nullable Entry after;

        Entry(Page page, long proxyId) {
            this.page = page;
            this.proxyId = proxyId;
        }

        void linkBefore(Entry next) {
            before = next.before;
            after = next;
            if (next.before != null) {
                next.before.after = this;
            }
            next.before = this;
        }

        void unlink() {
            if (before != null && after != null) {
                before.after = after;
                after.before = before;
            }
        }
    }
}
