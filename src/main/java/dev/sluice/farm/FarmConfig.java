package dev.sluice.farm;

import dev.sluice.net.farm.Conditions;
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
 * @param controlPort of what steers the farm and stays reachable whatever becomes of it; 0 takes a free one
 * @param ports of the proxies; behind a knee the first stands for the first three
 * @param conditions of the way to the proxies and through them
 * @param truthFile where the truth is written at start; null for nowhere
 */
public record FarmConfig(
        int count,
        long seed,
        FarmMix mix,
        String host,
        int webPort,
        int tlsPort,
        int controlPort,
        FarmPorts ports,
        Conditions conditions,
        @Nullable Path truthFile) {
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

    public FarmConfig {
        Objects.requireNonNull(mix, "mix");
        Objects.requireNonNull(ports, "ports");
        Objects.requireNonNull(conditions, "conditions");
        if (count < 1 || count > FarmPlan.MAX_COUNT) {
            throw new IllegalArgumentException("count: " + count + " (expected: 1.." + FarmPlan.MAX_COUNT + ")");
        }
        if (!LOOPBACK.matcher(host).matches()) {
            throw new IllegalArgumentException("host: " + host + " (expected: an address of 127.0.0.0/8)");
        }
        checkPort("web-port", webPort);
        checkPort("tls-port", tlsPort);
        checkPort("control-port", controlPort);
        if (conditions.knee() != null && !together(ports.socks(), ports.http())) {
            throw new IllegalArgumentException("socks: " + ports.socks()
                    + " (expected: 0 or the port of http, as behind" + " a knee one listener plays all)");
        }
        if (conditions.knee() != null && !together(ports.mixed(), ports.http())) {
            throw new IllegalArgumentException("mixed: " + ports.mixed()
                    + " (expected: 0 or the port of http, as behind" + " a knee one listener plays all)");
        }
    }

    private static boolean together(int port, int http) {
        return port == 0 || port == http;
    }

    private static void checkPort(String name, int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(name + ": " + port + " (expected: 0..65535)");
        }
    }

    /** At 127.0.0.1, on free ports, under the usual conditions, no truth file. */
    public static FarmConfig of(int count, long seed, FarmMix mix) {
        return new FarmConfig(count, seed, mix, "127.0.0.1", 0, 0, 0, FarmPorts.FREE, Conditions.DEFAULT, null);
    }

    /** The same under other conditions. */
    public FarmConfig with(Conditions others) {
        return new FarmConfig(count, seed, mix, host, webPort, tlsPort, controlPort, ports, others, truthFile);
    }
}
