package dev.sluice.parse;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Strict reading and canonical writing of IP addresses. Only ASCII digits, no leading zeros, no zone, no short forms. */
public final class IpAddress {
    private IpAddress() {}

    /**
     * Reads an IPv4 address in four-part dotted form or an IPv6 address without brackets.
     *
     * @return 4 or 16 bytes in network order, or null when {@code text} is no address
     */
    public static byte @Nullable [] parse(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ':') {
                return parseV6(text);
            }
        }
        return parseV4(text, 0, text.length());
    }

    /** The IPv4 address inside an IPv4-mapped or IPv4-compatible one, else {@code address} itself. */
    public static byte[] unmapped(byte[] address) {
        if (address.length != 16) {
            return address;
        }
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return address;
            }
        }
        boolean mapped = address[10] == -1 && address[11] == -1;
        boolean compatible = address[10] == 0 && address[11] == 0 && (address[12] != 0 || address[13] != 0);
        return mapped || compatible ? Arrays.copyOfRange(address, 12, 16) : address;
    }

    /**
     * Writes the canonical form: dotted IPv4, or IPv6 as RFC 5952 recommends (lower case, longest run of zeros shortened).
     *
     * @param address 4 or 16 bytes
     */
    public static String format(byte[] address) {
        if (address.length == 4) {
            return (address[0] & 0xff) + "." + (address[1] & 0xff) + "." + (address[2] & 0xff) + "."
                    + (address[3] & 0xff);
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && group(address, i + length) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
            i += length;
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            boolean afterGap = bestStart >= 0 && i == bestStart + bestLength;
            if (i > 0 && !afterGap) {
                text.append(':');
            }
            text.append(Integer.toHexString(group(address, i)));
        }
        return text.toString();
    }

    private static int group(byte[] address, int index) {
        return (address[index * 2] & 0xff) << 8 | (address[index * 2 + 1] & 0xff);
    }

    private static byte @Nullable [] parseV4(CharSequence text, int from, int to) {
        byte[] bytes = new byte[4];
        int part = 0;
        int value = -1;
        int digits = 0;
        for (int i = from; i <= to; i++) {
            char c = i < to ? text.charAt(i) : '.';
            if (c == '.') {
                if (digits == 0 || part == 4) {
                    return null;
                }
                bytes[part++] = (byte) value;
                value = -1;
                digits = 0;
            } else if (c >= '0' && c <= '9') {
                if (digits > 0 && value == 0) {
                    return null;
                }
                value = (digits == 0 ? 0 : value * 10) + (c - '0');
                digits++;
                if (digits > 3 || value > 255) {
                    return null;
                }
            } else {
                return null;
            }
        }
        return part == 4 ? bytes : null;
    }

    private static byte @Nullable [] parseV6(CharSequence text) {
        byte[] bytes = new byte[16];
        int filled = 0;
        int gap = -1;
        int i = 0;
        int length = text.length();
        if (length < 2 || length > 45) {
            return null;
        }
        if (text.charAt(0) == ':') {
            if (text.charAt(1) != ':') {
                return null;
            }
            gap = 0;
            i = 2;
        }
        while (i < length) {
            if (filled >= 16) {
                return null;
            }
            int start = i;
            int value = 0;
            while (i < length && i - start < 5 && hex(text.charAt(i)) >= 0) {
                value = value << 4 | hex(text.charAt(i));
                i++;
            }
            int digits = i - start;
            if (i < length && text.charAt(i) == '.') {
                byte[] tail = parseV4(text, start, length);
                if (tail == null || filled > 12) {
                    return null;
                }
                System.arraycopy(tail, 0, bytes, filled, 4);
                filled += 4;
                i = length;
                break;
            }
            if (digits == 0 || digits > 4) {
                return null;
            }
            bytes[filled++] = (byte) (value >> 8);
            bytes[filled++] = (byte) value;
            if (i == length) {
                break;
            }
            if (text.charAt(i) != ':') {
                return null;
            }
            i++;
            if (i == length) {
                return null;
            }
            if (text.charAt(i) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = filled;
                i++;
            }
        }
        if (gap < 0) {
            return filled == 16 ? bytes : null;
        }
        if (filled == 16) {
            return null;
        }
        byte[] spread = new byte[16];
        System.arraycopy(bytes, 0, spread, 0, gap);
        System.arraycopy(bytes, gap, spread, 16 - (filled - gap), filled - gap);
        return spread;
    }

    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        if (c >= 'a' && c <= 'f') {
            return c - 'a' + 10;
        }
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    }
}
