package dev.sluice.keep;

import dev.sluice.store.Located;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Places on their way to the store, at most one of each proxy; {@value #MOST} at most that can be written, and as many that
 * wait for their states. Beyond that the oldest are forgotten, as they are found again by whoever looks for what is not
 * located. A place waits until the state it belongs to is written: the store takes the place of an exit only where it knows
 * that exit. Not thread-safe.
 */
final class PendingPlaces {
    static final int MOST = 20_000;

    private final LinkedHashMap<Long, Located> early = new LinkedHashMap<>();
    private final LinkedHashMap<Long, Located> ready = new LinkedHashMap<>();
    private Map<Long, Located> inFlight = Map.of();

    /** Notes a place whose state is yet to be written; it stands for what was noted before. */
    void withState(Located located) {
        ready.remove(located.id());
        put(early, located);
    }

    /** Notes a place of a state that is written, unless a newer one is noted. */
    void ofWritten(Located located) {
        if (!early.containsKey(located.id())) {
            put(ready, located);
        }
    }

    private static void put(LinkedHashMap<Long, Located> places, Located located) {
        places.remove(located.id());
        places.put(located.id(), located);
        if (places.size() > MOST) {
            Iterator<Long> oldest = places.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** The newest state of a proxy is written. */
    void written(long id) {
        Located located = early.remove(id);
        if (located != null) {
            put(ready, located);
        }
    }

    /** The next batch to write, at most {@code limit}; what has failed before comes with it, unless it is outdated. */
    List<Located> begin(int limit) {
        List<Located> batch = new ArrayList<>();
        Iterator<Located> oldest = ready.values().iterator();
        while (oldest.hasNext() && batch.size() < limit) {
            batch.add(oldest.next());
            oldest.remove();
        }
        Map<Long, Located> begun = new LinkedHashMap<>();
        batch.forEach(located -> begun.put(located.id(), located));
        inFlight = begun;
        return batch;
    }

    /** The batch was not taken: it waits again, but for what was noted anew meanwhile. */
    void refused() {
        for (Located located : inFlight.values()) {
            // It is older than what came meanwhile, and goes before that where there is no room.
            if (!early.containsKey(located.id()) && !ready.containsKey(located.id()) && ready.size() < MOST) {
                put(ready, located);
            }
        }
        inFlight = Map.of();
    }

    /** Places that can be written now. */
    int ready() {
        return ready.size();
    }

    /** All places that wait, those of states yet to be written included. */
    int size() {
        return early.size() + ready.size();
    }
}
