package dev.sluice.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What this machine's own network offers as anchors: its resolvers and its gateway. Reads small files of the system. */
final class LocalNetwork {
    private static final int DNS_PORT = 53;
    private static final int[] GATEWAY_PORTS = {80, 53};
    private static final int MOST_RESOLVERS = 2;
    private static final String DEFAULT_ROUTE = "00000000";

    private LocalNetwork() {}

    /** {@code host:port} of each; empty where the system keeps no such files. Blocks briefly. */
    static List<String> neighbours() {
        List<String> found = new ArrayList<>(resolvers(lines(Path.of("/etc/resolv.conf"))));
        found.addAll(gateways(lines(Path.of("/proc/net/route"))));
        return found;
    }

    /** From the lines of resolv.conf(5). */
    static List<String> resolvers(List<String> lines) {
        List<String> found = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+");
            if (words.length >= 2 && words[0].equals("nameserver") && found.size() < MOST_RESOLVERS) {
                String host = words[1].split("%", 2)[0];
                found.add((host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + DNS_PORT);
            }
        }
        return found;
    }

    /** From the lines of /proc/net/route: the gateway of the default route, its address as a little-endian number. */
    static List<String> gateways(List<String> lines) {
        List<String> found = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+");
            if (words.length >= 3 && words[1].equals(DEFAULT_ROUTE) && words[2].matches("[0-9A-Fa-f]{8}")) {
                long address = Long.parseLong(words[2], 16);
                if (address != 0) {
                    String host = (address & 0xff) + "." + (address >> 8 & 0xff) + "." + (address >> 16 & 0xff) + "."
                            + (address >> 24 & 0xff);
                    for (int port : GATEWAY_PORTS) {
                        found.add(host + ':' + port);
                    }
                    return found;
                }
            }
        }
        return found;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
