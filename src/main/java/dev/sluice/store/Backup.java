package dev.sluice.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a database in a file.
 *
 * @param file where it is
 * @param kind {@code sqlite}, {@code postgres}, {@code file} or {@code redis}: it goes back into a database of the same kind
 * @param bytes its size
 * @param version of the schema it holds
 * @param proxies entries it holds
 * @param aside where the database that it replaced was put; null for none
 */
public record Backup(
        Path file,
        String kind,
        long bytes,
        int version,
        long proxies,
        @Nullable Path aside) {}
