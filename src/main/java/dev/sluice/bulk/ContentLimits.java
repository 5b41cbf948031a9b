package dev.sluice.bulk;

/**
 * How far a list's content may exceed its file.
 *
 * @param maxBytes most bytes of content, after decompression; at least 1
 * @param maxRatio most bytes of content for each byte of the file, from the first {@value #RATIO_FREE_BYTES} bytes on
 */
record ContentLimits(long maxBytes, long maxRatio) {
    /** Content for which no ratio holds: little of anything packs well. */
    static final long RATIO_FREE_BYTES = 16L << 20;

    /** As for lists that are fetched. Lists pack 3 to 10 times. */
    static final long MAX_RATIO = 100;

    /** Of files their owner imports: they take time, never memory, and can be interrupted. */
    static final ContentLimits NONE = new ContentLimits(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Of what others send. */
    static ContentLimits of(long maxBytes) {
        return new ContentLimits(maxBytes, MAX_RATIO);
    }
}
