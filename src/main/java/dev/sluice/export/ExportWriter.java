package dev.sluice.export;

import dev.sluice.proxy.Credentials;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a list in one format, entry after entry: {@link #begin}, {@link #add} for each, {@link #end}. Nothing that a list
 * brought can break out of the format. Memory does not grow with the number of entries, but for formats that bound it.
 * Confined to one thread at a time.
 */
public abstract class ExportWriter {
    private final ExportOptions options;
    private final int most;
    private final Map<LeftOut, Long> leftOut = new EnumMap<>(LeftOut.class);
    private long written;

    ExportWriter(ExportFormat format, ExportOptions options) {
        this.options = options;
        this.most = format.most();
    }

    /** Writes what stands before the first entry. */
    public abstract void begin(StringBuilder out);

    /**
     * Writes an entry, or leaves it out and counts it.
     *
     * @return whether it was written
     */
    public final boolean add(ExportEntry entry, StringBuilder out) {
        // Without its password it would be another proxy.
        boolean unavailable = options.credentials() && !entry.key().usable();
        LeftOut reason = unavailable ? LeftOut.CREDENTIALS : refusal(entry);
        if (reason == null && most > 0 && written >= most) {
            reason = LeftOut.LIMIT;
        }
        if (reason != null) {
            leave(reason);
            return false;
        }
        write(entry, out, written == 0);
        written++;
        return true;
    }

    /** Why this format cannot express an entry, however few it holds; null when it can. */
    public abstract @Nullable LeftOut refusal(ExportEntry entry);

    /** Counts an entry that was not given to {@link #add}. */
    public final void leave(LeftOut reason) {
        leftOut.merge(reason, 1L, Long::sum);
    }

    /** Writes what stands behind the last entry. */
    public abstract void end(StringBuilder out);

    /** What became of the entries so far. */
    public final ExportCounts counts() {
        return new ExportCounts(written, leftOut);
    }

    /**
     * Goes on behind what another writer has written, which wrote the beginning as well. Only where the format holds any
     * number of entries: such a writer knows nothing but counts.
     */
    public final void resume(ExportCounts counts) {
        if (most > 0) {
            throw new IllegalStateException("resumed in the middle (expected: a format without a most)");
        }
        written = counts.written();
        leftOut.clear();
        leftOut.putAll(counts.leftOut());
    }

    /** Writes an entry that can be expressed. */
    abstract void write(ExportEntry entry, StringBuilder out, boolean first);

    final ExportOptions options() {
        return options;
    }

    /** Credentials to show; null where there are none or they are not to be shown. */
    final @Nullable Credentials shown(ExportEntry entry) {
        return options.credentials() ? entry.key().credentials() : null;
    }

    /** Whether it asks for credentials that are not shown, so that nobody could use it. */
    final boolean isLocked(ExportEntry entry) {
        return entry.key().credentials() != null && !options.credentials();
    }
}
