package dev.sluice.main;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What the machine says of itself. 0 where it says nothing.
 *
 * @param java version of Java, the feature release
 * @param flags options of this Java
 * @param cores processors this process may use
 * @param heapBytes largest heap
 * @param memoryBytes memory of the machine, or of the container
 * @param openFiles most descriptors
 * @param ports how many local ports outgoing connections have
 * @param backlog most connections that wait to be accepted: {@code net.core.somaxconn}
 * @param nameServers in {@code /etc/resolv.conf}; -1 where there is no such file
 * @param now the wall clock
 */
record Machine(
        int java,
        List<String> flags,
        int cores,
        long heapBytes,
        long memoryBytes,
        long openFiles,
        int ports,
        int backlog,
        int nameServers,
        Instant now) {
    private static final int LARGEST = 4_096;

    Machine {
        flags = List.copyOf(flags);
    }

    /** This one. */
    static Machine present() {
        return at(Path.of("/"));
    }

    /** This one, with files of the system below {@code root}. */
    static Machine at(Path root) {
        long container = number(root.resolve("sys/fs/cgroup/memory.max"), 0);
        long memory = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 0;
        Path range = root.resolve("proc/sys/net/ipv4/ip_local_port_range");
        long first = number(range, 0);
        long last = number(range, 1);
        return new Machine(
                Runtime.version().feature(),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory(),
                container > 0 && (memory == 0 || container < memory) ? container : memory,
                files,
                last > first ? (int) (last - first + 1) : 0,
                (int) number(root.resolve("proc/sys/net/core/somaxconn"), 0),
                nameServers(root.resolve("etc/resolv.conf")),
                Instant.now());
    }

    /** A number in a file of the system, counted from 0; 0 where there is none, or a word such as {@code max}. */
    private static long number(Path file, int place) {
        // Such files say that they are empty: what reads by their size reads too little on some systems.
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(LARGEST), StandardCharsets.US_ASCII);
            String[] words = text.strip().split("\\s+");
            return place < words.length ? Long.parseLong(words[place]) : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static int nameServers(Path file) {
        try (var lines = Files.lines(file)) {
            return (int)
                    lines.filter(line -> line.strip().startsWith("nameserver")).count();
        } catch (IOException | UncheckedIOException e) {
            return -1;
        }
    }
}
