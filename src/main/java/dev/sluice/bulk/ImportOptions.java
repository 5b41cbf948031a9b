package dev.sluice.bulk;

import dev.sluice.store.Merge;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a list is imported.
 *
 * @param merge what to do with entries that are stored already
 * @param dryRun whether to read and count only
 * @param report where to write what became of each line, as NDJSON; null for nowhere
 */
public record ImportOptions(
        Merge merge, boolean dryRun, @Nullable Path report) {
    public ImportOptions {
        Objects.requireNonNull(merge, "merge");
    }

    /** As fetching a source would: listing and claims are noted, health is kept. */
    public static ImportOptions update() {
        return new ImportOptions(Merge.UPDATE, false, null);
    }
}
