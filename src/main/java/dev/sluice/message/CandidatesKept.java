package dev.sluice.message;

/**
 * What became of a batch of candidates.
 *
 * @param added entries the store did not know
 * @param known entries it knew
 */
public record CandidatesKept(int added, int known) {}
