package dev.sluice.cadence;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Weighs what client applications report of proxies, over windows of ten minutes.
 *
 * <ul>
 *   <li>Failures reported by two applications within a window cast doubt, once; what follows within a window of that is
 *       passed over, so that nobody has a proxy checked again and again.
 *   <li>A success stands for a look at the proxy, once in half a window; while a failure was reported within the window
 *       it stands for nothing.
 * </ul>
 *
 * <p>Applications choose their own names, so one may play two: what doubt costs is for the caller to bound. Remembers a
 * fixed number of proxies, the longest unheard of are forgotten first. Not thread-safe.
 */
public final class Witnesses {
    /** Reports further apart than this have nothing to do with each other. */
    public static final long WINDOW_MILLIS = 600_000;

    private final Map<Long, Heard> heard;

    /** Remembers {@code capacity} proxies at most. */
    public Witnesses(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: 1 or more)");
        }
        heard = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Heard> eldest) {
                return size() > capacity;
            }
        };
    }

    /** What a report comes to. */
    public enum Verdict {
        /** Nothing new. */
        NOTHING,
        /** Seen working: that counts as a light check. */
        SEEN_WORKING,
        /** Two applications saw it fail: to be checked now. */
        DOUBTED
    }

    /**
     * Takes a report in.
     *
     * @param application its name
     * @param atMillis when the report was received
     */
    public Verdict observe(long proxyId, String application, boolean success, long atMillis) {
        Heard of = heard.computeIfAbsent(proxyId, id -> new Heard());
        if (within(of.doubtedAtMillis, atMillis)) {
            return Verdict.NOTHING;
        }
        return success ? worked(of, atMillis) : failed(of, application, atMillis);
    }

    private static Verdict worked(Heard of, long atMillis) {
        boolean disputed = of.failedFor != null && within(of.failedAtMillis, atMillis);
        if (disputed || of.seenAtMillis > atMillis - WINDOW_MILLIS / 2) {
            return Verdict.NOTHING;
        }
        of.seenAtMillis = atMillis;
        return Verdict.SEEN_WORKING;
    }

    private static Verdict failed(Heard of, String application, long atMillis) {
        boolean second =
                of.failedFor != null && !of.failedFor.equals(application) && within(of.failedAtMillis, atMillis);
        if (second) {
            of.failedFor = null;
            of.doubtedAtMillis = atMillis;
            return Verdict.DOUBTED;
        }
        of.failedFor = application;
        of.failedAtMillis = atMillis;
        return Verdict.NOTHING;
    }

    private static boolean within(long sinceMillis, long atMillis) {
        return sinceMillis > atMillis - WINDOW_MILLIS;
    }

    /** Proxies remembered. */
    int size() {
        return heard.size();
    }

    private static final class Heard {
        private long seenAtMillis = Long.MIN_VALUE;
        private long failedAtMillis = Long.MIN_VALUE;
        private long doubtedAtMillis = Long.MIN_VALUE;
        private @Nullable String failedFor;
    }
}
