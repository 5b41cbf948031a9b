package dev.sluice.parse;

import java.util.Arrays;

/**
 * A network in CIDR notation.
 *
 * @param network 4 or 16 bytes, host bits zero
 * @param prefix length in bits, 0..32 or 0..128
 */
@SuppressWarnings("ArrayRecordComponent")
public record Cidr(byte[] network, int prefix) {
    public Cidr {
        network = network.clone();
        if (network.length != 4 && network.length != 16) {
            throw new IllegalArgumentException("network: " + network.length + " bytes (expected: 4 or 16)");
        }
        if (prefix < 0 || prefix > network.length * 8) {
            throw new IllegalArgumentException("prefix: " + prefix + " (expected: 0.." + network.length * 8 + ")");
        }
        byte[] masked = mask(network, prefix);
        if (!Arrays.equals(masked, network)) {
            throw new IllegalArgumentException("network: bits set behind /" + prefix + " (expected: none)");
        }
    }

    /**
     * Reads {@code 10.0.0.0/8} or {@code 2001:db8::/32}; an address alone is a network of one.
     *
     * @throws IllegalArgumentException with what was expected, when {@code text} is neither
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException(text + " (expected: a network such as 127.0.0.0/8 or ::1/128)");
        }
        int prefix = address.length * 8;
        if (slash >= 0) {
            String bits = text.substring(slash + 1);
            if (!bits.matches("[0-9]{1,3}")) {
                throw new IllegalArgumentException(text + " (expected: a prefix length of digits)");
            }
            prefix = Integer.parseInt(bits);
        }
        try {
            return new Cidr(address, prefix);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(text + " (" + e.getMessage() + ")", e);
        }
    }

    /** Whether {@code address} (4 or 16 bytes) lies in this network; an IPv4 address never lies in an IPv6 network. */
    public boolean contains(byte[] address) {
        if (address.length != network.length) {
            return false;
        }
        int whole = prefix >> 3;
        for (int i = 0; i < whole; i++) {
            if (address[i] != network[i]) {
                return false;
            }
        }
        int rest = prefix & 7;
        return rest == 0 || ((address[whole] ^ network[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
    }

    private static byte[] mask(byte[] address, int prefix) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int bits = Math.max(0, Math.min(8, prefix - i * 8));
            masked[i] &= (byte) (0xff << (8 - bits));
        }
        return masked;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr cidr && prefix == cidr.prefix && Arrays.equals(network, cidr.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + prefix;
    }

    @Override
    public String toString() {
        return IpAddress.format(network) + '/' + prefix;
    }
}
