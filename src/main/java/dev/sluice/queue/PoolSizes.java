package dev.sluice.queue;

import dev.sluice.config.QueueConfig;
import dev.sluice.port.JobKind;

/** How many workers a kind gets. */
final class PoolSizes {
    /** Heap one import or export is given: batches, buffers and what the database holds for it. */
    private static final long BYTES_EACH = 192L << 20;

    private PoolSizes() {}

    /**
     * As configured; else from cores and heap:
     *
     * <ul>
     *   <li>checks: two for each core, at least 2, as they mostly wait for the checker;
     *   <li>locating: one, as it is the database that takes its time;
     *   <li>passes over what is stored: one for every four cores, at least 1, as each keeps the database busy;
     *   <li>imports and exports: one for every two cores, at most one for every 192 MiB of heap, at least 1.
     * </ul>
     *
     * @return 1..64
     */
    static int of(JobKind kind, QueueConfig config, int cores, long heapBytes) {
        long heavy = Math.min(cores / 2, heapBytes / BYTES_EACH);
        long size = switch (kind) {
            case VALIDATION -> chosen(config.workersValidation(), Math.max(2, cores * 2L));
            case GEO -> chosen(config.workersGeo(), 1);
            case ANALYSIS -> chosen(config.workersAnalysis(), cores / 4);
            case IMPORT -> chosen(config.workersImport(), heavy);
            case EXPORT -> chosen(config.workersExport(), heavy);
        };
        return (int) Math.max(1, Math.min(64, size));
    }

    private static long chosen(int configured, long automatic) {
        return configured > 0 ? configured : automatic;
    }
}
