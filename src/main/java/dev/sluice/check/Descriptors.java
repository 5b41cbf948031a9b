package dev.sluice.check;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
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
    /** The longest number there is takes 20. */
    private static final int LONGEST_NUMBER = 64;

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
        return HAS_CONNTRACK ? share(CONNTRACK_COUNT, CONNTRACK_MAX) : 0;
    }

    /** What the number in one file is of that in the other; 0 where either can't be read. */
    static double share(Path count, Path most) {
        try {
            double max = number(most);
            return max > 0 ? number(count) / max : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** Reads to the end, whatever size is said: files of the kernel say that they have none. */
    private static double number(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return Double.parseDouble(new String(stream.readNBytes(LONGEST_NUMBER), StandardCharsets.US_ASCII).strip());
        }
    }
}
