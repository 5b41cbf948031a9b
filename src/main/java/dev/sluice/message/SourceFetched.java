package dev.sluice.message;

import org.jspecify.annotations.Nullable;

/**
 * A fetch of a source has ended.
 *
 * @param source name of the source
 * @param fetchedAtMillis when the fetch began
 * @param result how it ended
 * @param entries admitted entries, without duplicates
 * @param added entries new to the store
 * @param rejected refused lines
 * @param error what went wrong, null unless {@code result} is {@link Result#FAILED}
 */
public record SourceFetched(
        String source,
        long fetchedAtMillis,
        Result result,
        int entries,
        int added,
        int rejected,
        @Nullable String error) {
    /** How a fetch ended. */
    public enum Result {
        /** The whole list was read: entries not in it are no longer listed. */
        COMPLETE,
        /** The source says nothing changed since last time. */
        NOT_MODIFIED,
        /** Nothing, or only a part, was read: listings stay as they were. */
        FAILED
    }
}
