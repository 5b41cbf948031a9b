package dev.sluice.check;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the process may hold open.
 *
 * @param limit most descriptors, 0 when the system does not tell
 * @param heapBytes largest heap
 */
record Descriptors(int limit, long heapBytes) {
    /** Share of the descriptors that checks may take; the rest is for the API, the database and files. */
    private static final double SHARE = 0.88;

    private static final int LEAST_RESERVE = 200;
    private static final long HEAP_A_CHECK = 16 * 1024;
    private static final int WHEN_UNKNOWN = 1_000;
    private static final Path CONNTRACK_COUNT = Path.of("/proc/sys/net/netfilter/nf_conntrack_count");
    private static final Path CONNTRACK_MAX = Path.of("/proc/sys/net/netfilter/nf_conntrack_max");
    private static final boolean HAS_CONNTRACK = Files.isReadable(CONNTRACK_COUNT) && Files.isReadable(CONNTRACK_MAX);

    static Descriptors ofThisProcess() {
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : 0;
        return new Descriptors(
                (int) Math.min(Integer.MAX_VALUE, files), Runtime.getRuntime().maxMemory());
    }

    /** How many checks descriptors and heap have room for at the same time. */
    int checksAtOnce() {
        long files = limit == 0 ? WHEN_UNKNOWN : Math.min((long) (limit * SHARE), limit - LEAST_RESERVE);
        return (int) Math.max(1, Math.min(files, heapBytes / HEAP_A_CHECK));
    }

    /** Share of the kernel's connection table in use, 0 where it can't be read. */
    static double conntrack() {
        if (!HAS_CONNTRACK) {
            return 0;
        }
        try {
            double max = Double.parseDouble(Files.readString(CONNTRACK_MAX).strip());
            return max > 0
                    ? Double.parseDouble(Files.readString(CONNTRACK_COUNT).strip()) / max
                    : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
