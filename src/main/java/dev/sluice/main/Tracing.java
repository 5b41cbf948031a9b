package dev.sluice.main;

import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TracesConfig;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.IpAddress;
import dev.sluice.telemetry.Traces;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Traces as section {@code traces} says. */
final class Tracing {
    private Tracing() {}

    /** Traces to the collector of the configuration, or none. */
    static Traces of(SluiceConfig config) {
        TracesConfig traces = config.traces();
        String endpoint = traces.endpoint();
        if (endpoint == null) {
            return Traces.none();
        }
        List<Cidr> allowed = config.net().allowedNetworks();
        if (!allowed.isEmpty() && !isWithin(allowed, endpoint)) {
            throw new UsageException("traces.endpoint: " + host(endpoint)
                    + " (expected: an address in net.allowed-networks, as no connection leaves them)");
        }
        return Traces.to(endpoint, traces.ratio(), traces.service());
    }

    /** Names are not looked up: what they mean may change. */
    private static boolean isWithin(List<Cidr> allowed, String endpoint) {
        String host = host(endpoint);
        if (host == null) {
            return false;
        }
        byte[] address = IpAddress.parse(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        return address != null && allowed.stream().anyMatch(network -> network.contains(address));
    }

    private static @Nullable String host(String endpoint) {
        try {
            return URI.create(endpoint).getHost();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
