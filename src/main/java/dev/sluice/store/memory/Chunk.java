package dev.sluice.store.memory;

import org.jspecify.annotations.Nullable;

/**
 * A chunk of an import that was stored, without its entries.
 *
 * @param id of the chunk
 * @param lines lines of the list it covers
 * @param added entries that were new
 * @param known entries the store knew
 * @param rejected lines that became no entry
 * @param cursor where the next chunk begins
 */
public record Chunk(Id id, long lines, long added, long known, long rejected, String cursor) {
    /**
     * Which chunk it is.
     *
     * @param job the import
     * @param number within it, 0 and up
     */
    public record Id(String job, int number) implements Comparable<Id> {
        @Override
        public int compareTo(Id other) {
            int byJob = job.compareTo(other.job);
            return byJob == 0 ? Integer.compare(number, other.number) : byJob;
        }

        /** {@code job:number}. */
        @Override
        public String toString() {
            return job + ':' + number;
        }

        /** What {@link #toString} wrote; null where it did not. */
        public static @Nullable Id of(String text) {
            int colon = text.lastIndexOf(':');
            if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,9}")) {
                return null;
            }
            return new Id(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
        }
    }
}
