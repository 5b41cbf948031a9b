package dev.sluice.parse;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the IANA special-purpose registries say of an address (RFC 6890 and its updates). Fails closed: of IPv6 only
 * 2000::/3 can be public, and an address that carries an IPv4 address inside is what that one is.
 */
public enum AddressKind {
    /** May be a proxy. */
    PUBLIC,
    THIS_NETWORK,
    PRIVATE,
    SHARED,
    LOOPBACK,
    LINK_LOCAL,
    DOCUMENTATION,
    BENCHMARKING,
    MULTICAST,
    BROADCAST,
    RESERVED;

    private static final List<Range> V4 = List.of(
            new Range("255.255.255.255/32", BROADCAST),
            new Range("0.0.0.0/8", THIS_NETWORK),
            new Range("10.0.0.0/8", PRIVATE),
            new Range("100.64.0.0/10", SHARED),
            new Range("127.0.0.0/8", LOOPBACK),
            new Range("169.254.0.0/16", LINK_LOCAL),
            new Range("172.16.0.0/12", PRIVATE),
            new Range("192.0.0.0/24", RESERVED),
            new Range("192.0.2.0/24", DOCUMENTATION),
            new Range("192.31.196.0/24", RESERVED),
            new Range("192.52.193.0/24", RESERVED),
            new Range("192.88.99.0/24", RESERVED),
            new Range("192.168.0.0/16", PRIVATE),
            new Range("192.175.48.0/24", RESERVED),
            new Range("198.18.0.0/15", BENCHMARKING),
            new Range("198.51.100.0/24", DOCUMENTATION),
            new Range("203.0.113.0/24", DOCUMENTATION),
            new Range("224.0.0.0/4", MULTICAST),
            new Range("240.0.0.0/4", RESERVED));

    private static final List<Range> V6 = List.of(
            new Range("::/128", THIS_NETWORK),
            new Range("::1/128", LOOPBACK),
            new Range("fe80::/10", LINK_LOCAL),
            new Range("fec0::/10", PRIVATE),
            new Range("fc00::/7", PRIVATE),
            new Range("ff00::/8", MULTICAST),
            new Range("2001:db8::/32", DOCUMENTATION),
            new Range("3fff::/20", DOCUMENTATION),
            new Range("2001:2::/48", BENCHMARKING),
            new Range("2001::/23", RESERVED),
            new Range("2620:4f:8000::/48", RESERVED));

    private static final Cidr GLOBAL_UNICAST = Cidr.parse("2000::/3");
    private static final Cidr SIX_TO_FOUR = Cidr.parse("2002::/16");
    private static final Cidr TEREDO = Cidr.parse("2001::/32");
    private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

    /** First octets under which every address is public: most of them, so most addresses need no search. */
    private static final boolean[] ALL_PUBLIC = allPublic();

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Lower-case name with dashes, for example {@code link-local}. */
    public String text() {
        return text;
    }

    /**
     * The kind of {@code address}.
     *
     * @param address 4 or 16 bytes, in network order
     */
    public static AddressKind of(byte[] address) {
        byte[] plain = IpAddress.unmapped(address);
        if (plain.length == 4) {
            return ALL_PUBLIC[plain[0] & 0xff] ? PUBLIC : firstMatch(V4, plain, PUBLIC);
        }
        if (NAT64.contains(plain)) {
            return of(Arrays.copyOfRange(plain, 12, 16));
        }
        if (SIX_TO_FOUR.contains(plain)) {
            return firstMatch(V4, Arrays.copyOfRange(plain, 2, 6), RESERVED);
        }
        if (TEREDO.contains(plain)) {
            return RESERVED;
        }
        return firstMatch(V6, plain, GLOBAL_UNICAST.contains(plain) ? PUBLIC : RESERVED);
    }

    private static boolean[] allPublic() {
        boolean[] all = new boolean[256];
        Arrays.fill(all, true);
        for (Range range : V4) {
            int first = range.network.network()[0] & 0xff;
            int count = 1 << Math.max(0, 8 - range.network.prefix());
            Arrays.fill(all, first, first + count, false);
        }
        return all;
    }

    private static AddressKind firstMatch(List<Range> ranges, byte[] address, AddressKind otherwise) {
        for (Range range : ranges) {
            if (range.network.contains(address)) {
                return range.kind;
            }
        }
        return otherwise;
    }

    private static final class Range {
        private final Cidr network;
        private final AddressKind kind;

        Range(String network, AddressKind kind) {
            this.network = Cidr.parse(network);
            this.kind = kind;
        }
    }
}
