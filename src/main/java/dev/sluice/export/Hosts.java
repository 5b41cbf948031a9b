package dev.sluice.export;

/** What hosts look like. Hosts come from lists; what is here does not trust that they were read with care. */
final class Hosts {
    private Hosts() {}

    /** Whether it is an address, or a name of letters, digits, hyphens, underscores and points. */
    static boolean isPlain(String host) {
        return isAddress(host) || isName(host);
    }

    /** Whether it is an IPv4 address in dotted form or an IPv6 address without brackets and zone. */
    static boolean isAddress(String host) {
        return host.indexOf(':') >= 0 ? isIpv6(host) : isIpv4(host);
    }

    private static boolean isName(String host) {
        if (host.isEmpty() || host.charAt(0) == '-' || host.charAt(0) == '.') {
            return false;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (!isDigit(c) && !isLetter(c, 'z') && "-._".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv4(String host) {
        String[] parts = host.split("\\.", -1);
        boolean sound = parts.length == 4;
        for (String part : parts) {
            sound &= isDecimal(part) && Integer.parseInt(part) <= 255;
        }
        return sound;
    }

    private static boolean isDecimal(String text) {
        return !text.isEmpty() && text.length() <= 3 && text.chars().allMatch(c -> isDigit((char) c));
    }

    private static boolean isIpv6(String host) {
        int gap = host.indexOf("::");
        if (gap < 0) {
            return groups(host) == 8;
        }
        int before = groups(host.substring(0, gap));
        int behind = groups(host.substring(gap + 2));
        return before >= 0 && behind >= 0 && before + behind <= 7;
    }

    /** Groups of up to four hexadecimal digits, an IPv4 address at the end for two; -1 where they are none. */
    private static int groups(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] parts = text.split(":", -1);
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            if (isHexadecimal(parts[i])) {
                count++;
            } else if (i == parts.length - 1 && isIpv4(parts[i])) {
                count += 2;
            } else {
                return -1;
            }
        }
        return count;
    }

    private static boolean isHexadecimal(String text) {
        return !text.isEmpty()
                && text.length() <= 4
                && text.chars().allMatch(c -> isDigit((char) c) || isLetter((char) c, 'f'));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c, char last) {
        char lower = c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
        return lower >= 'a' && lower <= last;
    }
}
