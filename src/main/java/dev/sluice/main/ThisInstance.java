package dev.sluice.main;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sluice.port.Instance;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;

/**
 * This process, as the Java machine tells of it. Thread-safe.
 *
 * @param facts what does not change
 */
record ThisInstance(Facts facts) implements Instance {
    private static final String UNKNOWN = "unknown";

    /**
     * Started now.
     *
     * @param storeKind as {@link dev.sluice.store.Stores#kind} tells it
     */
    static ThisInstance of(String node, String storeKind) {
        return new ThisInstance(
                new Facts(version(), ManagementFactory.getRuntimeMXBean().getStartTime(), node, storeKind));
    }

    private static String version() {
        try {
            String version = Sluice.Version.ofJar();
            return version == null ? UNKNOWN : version;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    @Override
    public Usage usage() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        long direct = 0;
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            direct += Math.max(0, pool.getMemoryUsed());
        }
        long descriptors = 0;
        long maxDescriptors = 0;
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            descriptors = Math.max(0, system.getOpenFileDescriptorCount());
            maxDescriptors = Math.max(0, system.getMaxFileDescriptorCount());
        }
        return new Usage(
                heap.getUsed(),
                Math.max(0, heap.getMax()),
                direct,
                descriptors,
                maxDescriptors,
                ManagementFactory.getThreadMXBean().getThreadCount());
    }
}
