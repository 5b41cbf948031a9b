package dev.sluice.parse;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a text that should be a host turned out to be. */
final class HostReading {
    private final String host;
    private final byte @Nullable [] address;
    private final @Nullable Rejection refusal;
    private final String detail;

    private HostReading(String host, byte @Nullable [] address, @Nullable Rejection refusal, String detail) {
        this.host = host;
        this.address = address;
        this.refusal = refusal;
        this.detail = detail;
    }

    /** Canonical text; empty when refused. */
    String host() {
        return host;
    }

    /** 4 or 16 bytes; null for a host name. */
    byte @Nullable [] address() {
        return address;
    }

    /** Why it is no host, or null. */
    @Nullable
    Rejection refusal() {
        return refusal;
    }

    /** For {@link Rejection#NON_PUBLIC} the kind, otherwise empty. */
    String detail() {
        return detail;
    }

    /** Reads an address or a host name; an IPv6 address with or without brackets. */
    static HostReading of(String text) {
        boolean bracketed = text.length() > 2 && text.charAt(0) == '[' && text.charAt(text.length() - 1) == ']';
        String plain = bracketed ? text.substring(1, text.length() - 1) : text;
        if (plain.isEmpty()) {
            return refused(Rejection.BAD_ADDRESS, "");
        }
        if (bracketed || plain.indexOf(':') >= 0) {
            return v6(plain);
        }
        byte[] address = IpAddress.parse(plain);
        if (address != null) {
            return new HostReading(plain, address, null, "");
        }
        int slash = plain.indexOf('/');
        if (slash >= 0) {
            boolean block = IpAddress.parse(plain.substring(0, slash)) != null && digits(plain, slash + 1);
            return refused(block ? Rejection.CIDR : Rejection.BAD_ADDRESS, "");
        }
        if (numeric(plain)) {
            return refused(leadingZero(plain) ? Rejection.LEADING_ZERO : Rejection.BAD_ADDRESS, "");
        }
        return name(plain);
    }

    private static HostReading v6(String text) {
        int zone = text.indexOf('%');
        byte[] address = IpAddress.parse(zone < 0 ? text : text.substring(0, zone));
        if (address == null || (address.length == 4 && zone >= 0)) {
            int slash = text.indexOf('/');
            boolean block = slash > 0 && IpAddress.parse(text.substring(0, slash)) != null && digits(text, slash + 1);
            return refused(block ? Rejection.CIDR : Rejection.BAD_ADDRESS, "");
        }
        if (zone >= 0) {
            // A zone means something on its own machine only.
            AddressKind kind = AddressKind.of(address);
            return kind == AddressKind.PUBLIC
                    ? refused(Rejection.BAD_ADDRESS, "")
                    : refused(Rejection.NON_PUBLIC, kind.text());
        }
        byte[] plain = IpAddress.unmapped(address);
        return new HostReading(IpAddress.format(plain), plain, null, "");
    }

    private static HostReading name(String text) {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        int labels = 0;
        int start = 0;
        if (name.length() > 253) {
            return refused(Rejection.BAD_HOSTNAME, "");
        }
        for (int i = 0; i <= name.length(); i++) {
            char c = i < name.length() ? name.charAt(i) : '.';
            if (c == '.') {
                if (i == start || i - start > 63 || name.charAt(start) == '-' || name.charAt(i - 1) == '-') {
                    return refused(Rejection.BAD_HOSTNAME, "");
                }
                labels++;
                if (i < name.length()) {
                    start = i + 1;
                }
            } else if (!letter(c) && !digit(c) && c != '-') {
                return refused(Character.isDigit(c) ? Rejection.BAD_ADDRESS : Rejection.BAD_HOSTNAME, "");
            }
        }
        if (labels < 2) {
            return refused(Rejection.BAD_HOSTNAME, "");
        }
        // A last label that begins with a digit is how other programs recognise numbers: 1.2.3.0x4.
        if (!letter(name.charAt(start))) {
            return refused(Rejection.BAD_ADDRESS, "");
        }
        return new HostReading(name.toLowerCase(Locale.ROOT), null, null, "");
    }

    private static HostReading refused(Rejection reason, String detail) {
        return new HostReading("", null, reason, detail);
    }

    private static boolean numeric(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '.' && !digit(c)) {
                return false;
            }
        }
        return true;
    }

    private static boolean leadingZero(String text) {
        int parts = 1;
        boolean found = false;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == '.') {
                if (i == start) {
                    return false;
                }
                found |= i - start > 1 && text.charAt(start) == '0';
                start = i + 1;
                parts += i < text.length() ? 1 : 0;
            }
        }
        return found && parts == 4;
    }

    private static boolean digits(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (!digit(text.charAt(i))) {
                return false;
            }
        }
        return from < text.length() && text.length() - from <= 3;
    }

    /** Whether a text begins as an address does, well formed or not. */
    static boolean startsLikeAddress(String text) {
        char c = text.isEmpty() ? ' ' : text.charAt(0);
        return digit(c) || (c == '[' && text.indexOf(':') > 0) || (c == '.' && text.length() > 1);
    }

    static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
