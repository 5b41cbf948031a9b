package dev.sluice.check;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How much of the machine this process takes. Event loops that run late tell that there is too much to do; only when it is this
 * process that does it do fewer checks help. Confined to one thread.
 */
final class OwnLoad {
    /** Share of all processors from which lateness is our own doing. */
    private static final double OURS = 0.35;

    private final int processors = Runtime.getRuntime().availableProcessors();
    private long cpuNanos = cpu();
    private long atNanos = System.nanoTime();

    /** Whether this process kept the machine busy since the last call. */
    boolean busy(long nowNanos) {
        long cpu = cpu();
        double share = (double) (cpu - cpuNanos) / Math.max(1, (nowNanos - atNanos) * processors);
        cpuNanos = cpu;
        atNanos = nowNanos;
        return share >= OURS;
    }

    private static long cpu() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }
}
