package dev.sluice.store;

import org.jspecify.annotations.Nullable;

/**
 * What the chunks of an import add up to: its counters, told from what was written and from nothing else.
 *
 * @param chunks how many, and the number of the next one
 * @param lines lines of the list they cover
 * @param added entries that were new
 * @param known entries the store knew
 * @param rejected lines that became no entry
 * @param cursor where the next chunk begins; null when there is none yet
 */
public record ImportTotals(
        int chunks,
        long lines,
        long added,
        long known,
        long rejected,
        @Nullable String cursor) {}
