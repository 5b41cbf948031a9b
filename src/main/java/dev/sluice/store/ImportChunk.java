package dev.sluice.store;

import dev.sluice.message.CandidatesFound;

/**
 * A piece of an import: its entries and the checkpoint behind them, written in one transaction.
 *
 * @param job id of the job that imports
 * @param leaseToken the lease under which it does
 * @param number of the chunk within the job, 0 and up, the same after a crash
 * @param entries what is in it
 * @param lines lines of the list it covers
 * @param rejected lines of those that became no entry
 * @param cursor where the next chunk begins, of the importer's making
 */
public record ImportChunk(
        String job, long leaseToken, int number, CandidatesFound entries, long lines, long rejected, String cursor) {}
