package dev.sluice.parse;

import java.util.Objects;

/**
 * Bounds and rules for reading one list.
 *
 * @param policy which addresses are admitted
 * @param maxLineLength bytes at which a line is {@link Rejection#TOO_LONG}, 64..1048576
 * @param maxEntries most entries accepted from one list, 0..50000000; what comes after them is
 *     {@link Rejection#TOO_LONG}. Remembering them for duplicates costs at most 24 bytes an entry. 0 for any number in
 *     constant memory: what stood before is accepted again then
 */
public record ParseOptions(AddressPolicy policy, int maxLineLength, int maxEntries) {
    /** {@link #maxLineLength} unless told otherwise. */
    public static final int DEFAULT_MAX_LINE_LENGTH = 4_096;
    /** {@link #maxEntries} unless told otherwise. */
    public static final int DEFAULT_MAX_ENTRIES = 2_000_000;

    public ParseOptions {
        Objects.requireNonNull(policy, "policy");
        if (maxLineLength < 64 || maxLineLength > 1 << 20) {
            throw new IllegalArgumentException(
                    "maxLineLength: " + maxLineLength + " (expected: 64.." + (1 << 20) + ")");
        }
        if (maxEntries < 0 || maxEntries > 50_000_000) {
            throw new IllegalArgumentException("maxEntries: " + maxEntries + " (expected: 0..50000000)");
        }
    }

    /** Default bounds under {@code policy}. */
    public static ParseOptions of(AddressPolicy policy) {
        return new ParseOptions(policy, DEFAULT_MAX_LINE_LENGTH, DEFAULT_MAX_ENTRIES);
    }
}
