package dev.sluice.port;

import java.util.Map;

/**
 * Counts over everything stored, as of the last time everything was counted: seconds ago, a minute for a million. {@code
 * keep} implements it, {@code api} uses it. Thread-safe.
 */
public interface Census {
    /** The latest figures; zeros before the first count. */
    Figures figures();

    /** Whether the database took the last write. */
    boolean storeAnswers();

    /** Results in memory that the database has not taken yet. */
    default int pendingWrites() {
        return 0;
    }

    /** See {@code StoreStats}. Keys of {@code byProtocol} are schemes in lower case, of {@code byTier} tier names. */
    record Figures(
            long total,
            long alive,
            long neverChecked,
            long archived,
            Map<String, Long> byProtocol,
            Map<String, Long> byTier,
            Map<String, Long> listedBySource,
            Map<String, Long> aliveBySource,
            long located) {
        /** Before the first count. */
        public static final Figures NONE = new Figures(0, 0, 0, 0, Map.of(), Map.of(), Map.of(), Map.of(), 0);
    }
}
