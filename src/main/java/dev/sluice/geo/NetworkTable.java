package dev.sluice.geo;

import dev.sluice.config.GeoNetworkConfig;
import dev.sluice.geo.mmdb.Believed;
import dev.sluice.parse.Cidr;
import dev.sluice.proxy.Location;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The operator's own networks; of several that hold an address the smallest counts. Immutable. */
final class NetworkTable {
    static final String ORIGIN = "table";

    /** Longest prefix first. */
    private final List<Length> v4;

    private final List<Length> v6;

    /** The networks of one prefix length. */
    private record Length(int prefix, Map<Bits, Location> networks) {}

    /** The first 64 and the next 64 bits of an address; those of an IPv4 address are all in the first. */
    private record Bits(long high, long low) {}

    /** A later entry for the same network stands in place of an earlier one; one that tells nothing is left out. */
    NetworkTable(List<GeoNetworkConfig> networks) {
        Map<Integer, Map<Bits, Location>> byV4 = new HashMap<>();
        Map<Integer, Map<Bits, Location>> byV6 = new HashMap<>();
        for (GeoNetworkConfig entry : networks) {
            Cidr network = entry.network();
            Location location = Believed.location(
                    null,
                    Believed.country(entry.country()),
                    entry.city(),
                    entry.asn(),
                    entry.organisation(),
                    entry.type(),
                    ORIGIN);
            if (location != null) {
                (network.network().length == 4 ? byV4 : byV6)
                        .computeIfAbsent(network.prefix(), prefix -> new HashMap<>())
                        .put(bits(network.network(), network.prefix()), location);
            }
        }
        v4 = lengths(byV4);
        v6 = lengths(byV6);
    }

    private static List<Length> lengths(Map<Integer, Map<Bits, Location>> byPrefix) {
        List<Length> lengths = new ArrayList<>();
        byPrefix.forEach((prefix, networks) -> lengths.add(new Length(prefix, Map.copyOf(networks))));
        lengths.sort(Comparator.comparingInt(Length::prefix).reversed());
        return List.copyOf(lengths);
    }

    /** Where an address of 4 or 16 bytes is; null when no network holds it. */
    @Nullable
    Location locate(byte[] address) {
        List<Length> lengths = address.length == 4 ? v4 : v6;
        for (int i = 0; i < lengths.size(); i++) {
            Length length = lengths.get(i);
            Location found = length.networks.get(bits(address, length.prefix));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static Bits bits(byte[] address, int prefix) {
        if (address.length == 4) {
            return new Bits(number(address, 0, 4) << 32 & mask(prefix), 0);
        }
        return new Bits(number(address, 0, 8) & mask(prefix), number(address, 8, 8) & mask(prefix - 64));
    }

    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << 64 - bits;
    }

    private static long number(byte[] bytes, int from, int count) {
        long number = 0;
        for (int i = 0; i < count; i++) {
            number = number << 8 | bytes[from + i] & 0xff;
        }
        return number;
    }
}
