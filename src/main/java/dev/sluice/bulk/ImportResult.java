package dev.sluice.bulk;

import dev.sluice.parse.Rejection;
import java.time.Duration;
import java.util.Map;

/**
 * What came of an import.
 *
 * @param lines lines read; for formats without lines, entries
 * @param accepted entries that were admitted, without duplicates
 * @param added those of them the store did not know; 0 in a dry run
 * @param known those it knew; 0 in a dry run
 * @param rejected everything else by reason, what is harmless included
 * @param took from the first byte to the last acknowledged batch
 */
public record ImportResult(
        long lines, long accepted, long added, long known, Map<Rejection, Long> rejected, Duration took) {
    public ImportResult {
        rejected = Map.copyOf(rejected);
    }
}
