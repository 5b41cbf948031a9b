package dev.sluice.store.schema;

import dev.sluice.port.JobKind;
import java.util.EnumMap;
import java.util.Map;

/**
 * Spares a store from counting all live jobs before it adds one more: a count of which much room was left lets a
 * sixteenth of that room in uncounted. A store that is not shared never holds more than it may; each further instance
 * may add such a sixteenth at most. Thread-safe.
 */
public final class JobRoom {
    private static final int SHARE = 16;

    private final Map<JobKind, Left> left = new EnumMap<>(JobKind.class);

    /** Places of a kind that are known to be free. */
    private record Left(long mostLive, long places) {}

    /** Takes a place that is known to be free. @return false when the live jobs must be counted */
    public synchronized boolean take(JobKind kind, long mostLive) {
        Left known = left.get(kind);
        if (known == null || known.mostLive != mostLive || known.places == 0) {
            return false;
        }
        left.put(kind, new Left(mostLive, known.places - 1));
        return true;
    }

    /**
     * Takes a place after a count.
     *
     * @param live jobs of this kind that are live
     * @return false when there is none
     */
    public synchronized boolean take(JobKind kind, long mostLive, long live) {
        if (live >= mostLive) {
            left.remove(kind);
            return false;
        }
        left.put(kind, new Left(mostLive, (mostLive - live - 1) / SHARE));
        return true;
    }
}
