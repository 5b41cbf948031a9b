package dev.sluice.secret;

import java.net.InetAddress;

/**
 * What counts as one when requests are counted. An IPv6 address counts by its /64, which is what a single customer gets; an
 * IPv4 address by itself or by its /24. The numbers of the two families never meet: an IPv4 network is written into
 * {@code 0:ffff::/32}, which nobody is assigned.
 */
final class Networks {
    private static final long IPV4 = 0x0000_ffff_0000_0000L;
    private static final long SLASH_24 = 0xffff_ffff_ffff_ff00L;

    private Networks() {}

    /** The address itself; the /64 of an IPv6 one. */
    static long ofAddress(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return IPV4 | number(bytes, 4);
        }
        return number(bytes, 8);
    }

    /** The /24; the /64 of an IPv6 address. */
    static long ofNetwork(InetAddress address) {
        long network = ofAddress(address);
        return address.getAddress().length == 4 ? network & SLASH_24 : network;
    }

    private static long number(byte[] bytes, int length) {
        long number = 0;
        for (int i = 0; i < length; i++) {
            number = number << 8 | (bytes[i] & 0xff);
        }
        return number;
    }
}
