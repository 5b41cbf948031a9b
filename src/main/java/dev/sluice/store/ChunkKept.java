package dev.sluice.store;

/**
 * What became of a chunk.
 *
 * @param added entries that were new
 * @param known entries the store knew
 * @param repeated whether the chunk was there already; then nothing was written and the counts are those of then
 */
public record ChunkKept(long added, long known, boolean repeated) {}
