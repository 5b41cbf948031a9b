package dev.sluice.port;

/** What to do with an entry that is stored already. */
public enum Merge {
    /** Leave it as it is. */
    SKIP,
    /** Note that it is listed, and what the list claims; keep its health. What fetching does. */
    UPDATE,
    /** As update, and forget its health: it is due at once as if it were new. */
    REPLACE
}
