package dev.sluice.store.snapshot;

import java.nio.file.Path;

/**
 * What a snapshot held.
 *
 * @param file the generation it was read from
 * @param createdAtMillis when it was made, milliseconds since 1970-01-01T00:00Z
 * @param content what the reader made of it
 */
public record Snapshot<T>(Path file, long createdAtMillis, T content) {}
