package dev.sluice.store.memory;

/**
 * That a source lists an entry, or did.
 *
 * @param source its name
 * @param firstListedAtMillis first fetch that brought the entry
 * @param listedAtMillis latest fetch that did
 * @param unlistedAtMillis fetch that no longer did, 0 while it is listed
 */
public record Listing(String source, long firstListedAtMillis, long listedAtMillis, long unlistedAtMillis) {
    boolean current() {
        return unlistedAtMillis == 0;
    }

    /** Listed once more. */
    Listing again(long atMillis) {
        return new Listing(source, firstListedAtMillis, Math.max(listedAtMillis, atMillis), 0);
    }

    Listing endedAt(long atMillis) {
        return new Listing(source, firstListedAtMillis, listedAtMillis, atMillis);
    }
}
