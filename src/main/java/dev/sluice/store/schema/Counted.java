package dev.sluice.store.schema;

import java.util.concurrent.atomic.LongAdder;

/** Counts what was asked for and what was there. Thread-safe. */
public final class Counted {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /** Notes that {@code found} of {@code asked} were there. */
    public void note(int asked, int found) {
        hits.add(found);
        misses.add(asked - found);
    }

    /** What was there so far. */
    public long hits() {
        return hits.sum();
    }

    /** What was not, so far. */
    public long misses() {
        return misses.sum();
    }
}
