package dev.sluice.bulk;

import java.time.Duration;

/**
 * What an import did.
 *
 * @param counts final counts
 * @param duration from opening the file to the last write
 * @param cancelled whether it ended before the file did
 */
public record ImportResult(ImportProgress counts, Duration duration, boolean cancelled) {}
