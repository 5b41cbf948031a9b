package dev.sluice.bulk;

import dev.sluice.parse.ListFormat;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Scheme;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a file is imported.
 *
 * @param merge what to do with entries the store knows
 * @param dryRun read, count and report, but write nothing to the store
 * @param format how to read the file; {@link ListFormat#AUTO} looks at its beginning
 * @param protocol scheme of entries that name none; null: unknown, found out by checking
 * @param httpsIsTls whether {@code https} entries are proxies reached over TLS; otherwise HTTP proxies that tunnel
 * @param maxEntries most distinct entries, 1..50000000; each costs up to 24 bytes while the import runs. What comes
 *     after them is rejected as {@code too-long}
 * @param report file to write with one JSON object for each line of input; replaced when it exists; null for none
 * @param progress called on the importing thread after every 64 KiB of content and at the end; must not block for
 *     long
 * @param cancelled asked on the importing thread before each piece of the file; once true, the import ends with what it
 *     has
 */
public record ImportOptions(
        Merge merge,
        boolean dryRun,
        ListFormat format,
        @Nullable Scheme protocol,
        boolean httpsIsTls,
        int maxEntries,
        @Nullable Path report,
        Consumer<ImportProgress> progress,
        BooleanSupplier cancelled) {
    /** {@link #maxEntries} unless told otherwise. */
    public static final int DEFAULT_MAX_ENTRIES = 5_000_000;

    public ImportOptions {
        Objects.requireNonNull(merge, "merge");
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(cancelled, "cancelled");
        if (maxEntries < 1 || maxEntries > 50_000_000) {
            throw new IllegalArgumentException("maxEntries: " + maxEntries + " (expected: 1..50000000)");
        }
    }

    /** Everything by default: {@link Merge#UPDATE}, format told from the file, no report. */
    public static ImportOptions defaults() {
        return new ImportOptions(
                Merge.UPDATE,
                false,
                ListFormat.AUTO,
                null,
                false,
                DEFAULT_MAX_ENTRIES,
                null,
                progress -> {},
                () -> false);
    }

    public ImportOptions withMerge(Merge other) {
        return new ImportOptions(other, dryRun, format, protocol, httpsIsTls, maxEntries, report, progress, cancelled);
    }

    public ImportOptions withDryRun(boolean other) {
        return new ImportOptions(merge, other, format, protocol, httpsIsTls, maxEntries, report, progress, cancelled);
    }

    public ImportOptions withFormat(ListFormat other) {
        return new ImportOptions(merge, dryRun, other, protocol, httpsIsTls, maxEntries, report, progress, cancelled);
    }

    public ImportOptions withReport(@Nullable Path other) {
        return new ImportOptions(merge, dryRun, format, protocol, httpsIsTls, maxEntries, other, progress, cancelled);
    }

    public ImportOptions withProgress(Consumer<ImportProgress> other) {
        return new ImportOptions(merge, dryRun, format, protocol, httpsIsTls, maxEntries, report, other, cancelled);
    }

    public ImportOptions withCancelled(BooleanSupplier other) {
        return new ImportOptions(merge, dryRun, format, protocol, httpsIsTls, maxEntries, report, progress, other);
    }
}
