package dev.sluice.farm;

import dev.sluice.net.farm.FarmPorts;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a farm is made of.
 *
 * @param count entries, 1..{@value FarmPlan#MAX_COUNT}
 * @param seed of everything that is drawn
 * @param mix how often each kind occurs
 * @param host where lists, truth and target listen, an address of 127.0.0.0/8
 * @param webPort of the lists, the truth and the plain HTTP target; 0 takes a free one
 * @param tlsPort of the target over TLS; 0 takes a free one
 * @param ports of the proxies
 * @param maxConnections accepted connections at a time, 1 or more
 * @param truthFile where the truth is written at start; null for nowhere
 */
public record FarmConfig(
        int count,
        long seed,
        FarmMix mix,
        String host,
        int webPort,
        int tlsPort,
        FarmPorts ports,
        int maxConnections,
        @Nullable Path truthFile) {
    /** Accepted connections unless told otherwise: with their ways out within 20,000 descriptors. */
    public static final int DEFAULT_MAX_CONNECTIONS = 9000;

    private static final Pattern LOOPBACK = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

    public FarmConfig {
        Objects.requireNonNull(mix, "mix");
        Objects.requireNonNull(ports, "ports");
        if (count < 1 || count > FarmPlan.MAX_COUNT) {
            throw new IllegalArgumentException("count: " + count + " (expected: 1.." + FarmPlan.MAX_COUNT + ")");
        }
        if (!LOOPBACK.matcher(host).matches()) {
            throw new IllegalArgumentException("host: " + host + " (expected: an address of 127.0.0.0/8)");
        }
        if (webPort < 0 || webPort > 65535) {
            throw new IllegalArgumentException("web-port: " + webPort + " (expected: 0..65535)");
        }
        if (tlsPort < 0 || tlsPort > 65535) {
            throw new IllegalArgumentException("tls-port: " + tlsPort + " (expected: 0..65535)");
        }
        if (maxConnections < 1) {
            throw new IllegalArgumentException("max-connections: " + maxConnections + " (expected: 1 or more)");
        }
    }

    /** At 127.0.0.1, on free ports, no truth file. */
    public static FarmConfig of(int count, long seed, FarmMix mix) {
        return new FarmConfig(count, seed, mix, "127.0.0.1", 0, 0, FarmPorts.FREE, DEFAULT_MAX_CONNECTIONS, null);
    }
}
