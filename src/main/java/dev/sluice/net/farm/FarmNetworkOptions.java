package dev.sluice.net.farm;

import dev.sluice.net.SelfSigned;
import java.time.Duration;
import java.util.Objects;

/**
 * Bounds and material of the farm's sockets.
 *
 * @param ports wanted ports
 * @param forgery the certificate that swapping proxies present
 * @param maxConnections accepted connections at a time, further ones are reset; 1 or more
 * @param idleTimeout after which a connection without traffic is closed; 1 ms or more
 */
public record FarmNetworkOptions(FarmPorts ports, SelfSigned forgery, int maxConnections, Duration idleTimeout) {
    public FarmNetworkOptions {
        Objects.requireNonNull(ports, "ports");
        Objects.requireNonNull(forgery, "forgery");
        if (maxConnections < 1) {
            throw new IllegalArgumentException("max-connections: " + maxConnections + " (expected: 1 or more)");
        }
        if (idleTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("idle-timeout: " + idleTimeout + " (expected: 1 ms or more)");
        }
    }
}
