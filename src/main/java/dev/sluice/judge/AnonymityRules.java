package dev.sluice.judge;

import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Anonymity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How much a target learns, from what was sent and what arrived.
 *
 * <ul>
 *   <li>Transparent: one of our own addresses stands in an arrived header, in any textual form, or the request came from one.
 *   <li>Anonymous: none does, but a header tells of a proxy, or the headers are not those that were sent.
 *   <li>Elite: the headers are those that were sent; their order and the case of their names do not matter.
 * </ul>
 *
 * <p>A header that arrives as it was sent is no evidence. {@code Connection} belongs to one hop (RFC 9110, section 7.6.1):
 * left out, {@code close} and {@code keep-alive} are what any client sends. The port in {@code Host} does not matter.
 */
public final class AnonymityRules {
    private static final Set<String> TELLING = Set.of(
            "via",
            "forwarded",
            "x-real-ip",
            "client-ip",
            "x-client-ip",
            "true-client-ip",
            "cf-connecting-ip",
            "fastly-client-ip",
            "x-proxyuser-ip",
            "x-cluster-client-ip",
            "x-originating-ip",
            "x-remote-ip",
            "x-remote-addr",
            "x-bluecoat-via",
            "xroxy-connection",
            "wl-proxy-client-ip");
    private static final List<String> TELLING_PREFIXES = List.of("x-forwarded", "x-proxy-", "proxy-");

    private AnonymityRules() {}

    /**
     * Applies the rules.
     *
     * @param sent headers of the request as sent
     * @param arrived headers as the judge saw them
     * @param own our own addresses as judges see them, in text form
     * @param peer the address the request came from, as the judge saw it
     * @return {@link Anonymity#UNKNOWN} when no own address is known or {@code peer} is no address
     */
    public static Anonymity judge(
            List<HeaderField> sent, List<HeaderField> arrived, Collection<String> own, String peer) {
        List<byte[]> addresses = new ArrayList<>(own.size());
        for (String text : own) {
            byte[] address = IpAddress.parse(text);
            if (address != null) {
                addresses.add(IpAddress.unmapped(address));
            }
        }
        byte[] from = IpAddress.parse(peer);
        if (addresses.isEmpty() || from == null) {
            return Anonymity.UNKNOWN;
        }
        if (isOneOf(addresses, IpAddress.unmapped(from))) {
            return Anonymity.TRANSPARENT;
        }
        List<HeaderField> missing = new ArrayList<>(sent);
        boolean altered = false;
        for (HeaderField field : arrived) {
            if (takeSame(missing, field)) {
                continue;
            }
            if (names(field.value(), addresses)) {
                return Anonymity.TRANSPARENT;
            }
            altered |= !isNeutral(field);
        }
        for (HeaderField field : missing) {
            altered |= !field.name().equalsIgnoreCase("Connection");
        }
        for (HeaderField field : arrived) {
            altered |= tellsOfProxy(field.name());
        }
        return altered ? Anonymity.ANONYMOUS : Anonymity.ELITE;
    }

    private static boolean tellsOfProxy(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (String prefix : TELLING_PREFIXES) {
            if (lower.startsWith(prefix)) {
                return true;
            }
        }
        return TELLING.contains(lower);
    }

    private static boolean isNeutral(HeaderField field) {
        return field.name().equalsIgnoreCase("Connection")
                && (field.value().equalsIgnoreCase("close") || field.value().equalsIgnoreCase("keep-alive"));
    }

    /** Takes from {@code missing} the field that arrived as {@code field}. */
    private static boolean takeSame(List<HeaderField> missing, HeaderField field) {
        for (int i = 0; i < missing.size(); i++) {
            HeaderField sent = missing.get(i);
            if (sent.name().equalsIgnoreCase(field.name())
                    && (sent.value().equals(field.value()) || isSameHost(sent, field))) {
                missing.remove(i);
                return true;
            }
        }
        return false;
    }

    private static boolean isSameHost(HeaderField sent, HeaderField arrived) {
        return sent.name().equalsIgnoreCase("Host")
                && withoutPort(sent.value()).equalsIgnoreCase(withoutPort(arrived.value()));
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    private static boolean isOneOf(List<byte[]> addresses, byte[] address) {
        for (byte[] own : addresses) {
            if (Arrays.equals(own, address)) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of {@code addresses} stands in {@code value}. */
    private static boolean names(String value, List<byte[]> addresses) {
        String text = value.toLowerCase(Locale.ROOT);
        for (byte[] address : addresses) {
            if (address.length == 4 ? namesV4(text, address) : namesV6(text, address)) {
                return true;
            }
        }
        return false;
    }

    /** Dotted or dashed, also with leading zeros; as hexadecimal or decimal number; inside IPv6. */
    private static boolean namesV4(String text, byte[] address) {
        return inParts(text, '.', address)
                || inParts(text, '-', address)
                || asNumber(text, address)
                || namesV6(text, address);
    }

    private static boolean inParts(String text, char separator, byte[] address) {
        int[] last = new int[4];
        int seen = 0;
        int i = 0;
        while (i < text.length()) {
            int start = i;
            int value = 0;
            while (i < text.length() && isDigit(text.charAt(i))) {
                value = Math.min(1_000, value * 10 + text.charAt(i) - '0');
                i++;
            }
            if (i == start) {
                seen = 0;
                i++;
                continue;
            }
            System.arraycopy(last, 1, last, 0, 3);
            last[3] = value;
            seen++;
            if (seen >= 4 && isAddress(last, address)) {
                return true;
            }
            if (i < text.length() && text.charAt(i) == separator) {
                i++;
            } else {
                seen = 0;
            }
        }
        return false;
    }

    private static boolean isAddress(int[] parts, byte[] address) {
        for (int i = 0; i < 4; i++) {
            if (parts[i] != (address[i] & 0xff)) {
                return false;
            }
        }
        return true;
    }

    /** A run of hexadecimal or decimal digits that is the address as a number. */
    private static boolean asNumber(String text, byte[] address) {
        long number = 0;
        StringBuilder hex = new StringBuilder(address.length * 2);
        for (byte part : address) {
            number = number << 8 | part & 0xff;
            hex.append(Character.forDigit(part >> 4 & 0xf, 16)).append(Character.forDigit(part & 0xf, 16));
        }
        String decimal = Long.toString(number);
        int i = 0;
        while (i < text.length()) {
            if (text.startsWith("0x", i)) {
                i += 2;
            }
            int start = i;
            while (i < text.length() && isHex(text.charAt(i))) {
                i++;
            }
            String run = text.substring(start, i);
            if (run.contentEquals(hex) || address.length == 4 && run.length() >= 8 && run.equals(decimal)) {
                return true;
            }
            i = i == start ? i + 1 : i;
        }
        return false;
    }

    private static boolean namesV6(String text, byte[] address) {
        if (address.length == 16 && asNumber(text, address)) {
            return true;
        }
        int i = 0;
        while (i < text.length()) {
            int start = i;
            while (i < text.length() && (isHex(text.charAt(i)) || text.charAt(i) == ':' || text.charAt(i) == '.')) {
                i++;
            }
            String run = text.substring(start, i);
            if (run.indexOf(':') != run.lastIndexOf(':')
                    && (isV6(run, address) || isV6(run.substring(0, run.lastIndexOf(':')), address))) {
                return true;
            }
            i = i == start ? i + 1 : i;
        }
        return false;
    }

    private static boolean isV6(String text, byte[] address) {
        byte[] read = IpAddress.parse(text);
        return read != null && Arrays.equals(IpAddress.unmapped(read), address);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isHex(char c) {
        return isDigit(c) || c >= 'a' && c <= 'f';
    }
}
