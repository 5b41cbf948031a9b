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
 * <p>What counts as not sent is told by {@link HeaderChanges}, what is the judge's own doing by {@link JudgeBaseline}.
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
     * Applies the rules to what a judge saw that shows requests as they arrive.
     *
     * @param sent headers of the request as sent
     * @param arrived headers as the judge saw them
     * @param own our own addresses as judges see them, in text form
     * @param peer the address the request came from, as the judge saw it
     * @return {@link Anonymity#UNKNOWN} when no own address is known, or {@code peer} is no address and no own address stands
     *     in a header
     */
    public static Anonymity judge(
            List<HeaderField> sent, List<HeaderField> arrived, Collection<String> own, String peer) {
        return judge(sent, arrived, own, peer, JudgeBaseline.NONE);
    }

    /**
     * Applies the rules to what any judge saw. What the judge adds, drops and changes itself is no evidence, unless one of
     * our own addresses stands in it: asked through a proxy, it has no reason to know them.
     *
     * @param sent headers of the request as sent
     * @param arrived headers as the judge saw them
     * @param own our own addresses as judges see them, in text form
     * @param peer the address the request came from, as the judge saw it
     * @param baseline what the judge showed when it was asked without a proxy
     * @return {@link Anonymity#UNKNOWN} when no own address is known, or {@code peer} is no address and no own address stands
     *     in a header
     */
    public static Anonymity judge(
            List<HeaderField> sent,
            List<HeaderField> arrived,
            Collection<String> own,
            String peer,
            JudgeBaseline baseline) {
        List<byte[]> addresses = new ArrayList<>(own.size());
        for (String text : own) {
            byte[] address = IpAddress.parse(text);
            if (address != null) {
                addresses.add(IpAddress.unmapped(address));
            }
        }
        byte[] from = IpAddress.parse(peer);
        if (from != null && isOneOf(addresses, IpAddress.unmapped(from))) {
            return Anonymity.TRANSPARENT;
        }
        HeaderChanges changes = HeaderChanges.between(sent, arrived);
        if (nameOurs(changes, addresses)) {
            return Anonymity.TRANSPARENT;
        }
        if (addresses.isEmpty() || from == null) {
            return Anonymity.UNKNOWN;
        }
        return baseline.without(changes, peer).isNone() ? Anonymity.ELITE : Anonymity.ANONYMOUS;
    }

    private static boolean nameOurs(HeaderChanges changes, List<byte[]> addresses) {
        for (HeaderField field : changes.added()) {
            if (names(field.value(), addresses)) {
                return true;
            }
        }
        for (HeaderChanges.Change change : changes.changed()) {
            if (names(change.arrived(), addresses)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a header of this name, in lower case, tells of a proxy whatever its value. */
    static boolean tellsOfProxy(String name) {
        for (String prefix : TELLING_PREFIXES) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return TELLING.contains(name);
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
