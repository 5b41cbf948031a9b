package dev.sluice.net.farm;

import dev.sluice.net.SelfSigned;
import java.time.Duration;
import java.util.Objects;

/**
 * Bounds and material of the farm's sockets.
 *
 * @param ports wanted ports
 * @param forgery the certificate that swapping proxies present
 * @param conditions of the way to the proxies and through them
 * @param idleTimeout after which a connection without traffic is closed; 1 ms or more
 */
public record FarmNetworkOptions(FarmPorts ports, SelfSigned forgery, Conditions conditions, Duration idleTimeout) {
    public FarmNetworkOptions {
        Objects.requireNonNull(ports, "ports");
        Objects.requireNonNull(forgery, "forgery");
        Objects.requireNonNull(conditions, "conditions");
        if (idleTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("idle-timeout: " + idleTimeout + " (expected: 1 ms or more)");
        }
    }
}
