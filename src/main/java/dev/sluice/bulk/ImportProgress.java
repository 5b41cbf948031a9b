package dev.sluice.bulk;

import dev.sluice.parse.Rejection;
import java.util.Map;

/**
 * How far an import has come.
 *
 * @param lines lines read; for formats without lines their entries
 * @param bytes bytes of the file read, before decompression
 * @param totalBytes size of the file
 * @param accepted entries admitted and distinct
 * @param added entries the store did not know; 0 in a dry run. Entries that differ only in claiming {@code http} or
 *     {@code https} are one to the store
 * @param known entries the store knew; 0 in a dry run
 * @param rejected lines that did not become entries, by reason; duplicates, blanks, comments and headings among them
 */
public record ImportProgress(
        long lines, long bytes, long totalBytes, long accepted, long added, long known, Map<Rejection, Long> rejected) {
    public ImportProgress {
        rejected = Map.copyOf(rejected);
    }
}
