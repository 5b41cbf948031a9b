package dev.sluice.parse;

import java.util.Locale;

/** Beginnings of refused text that may be shown: short, printable, without passwords. */
final class Sample {
    static final int MAX_LENGTH = 120;

    private Sample() {}

    static String of(String text) {
        String shown = masked(text.strip());
        int length = Math.min(shown.length(), MAX_LENGTH);
        if (length < shown.length() && Character.isHighSurrogate(shown.charAt(length - 1))) {
            length--;
        }
        StringBuilder clean = null;
        for (int i = 0; i < length; i++) {
            char c = shown.charAt(i);
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                if (clean == null) {
                    clean = new StringBuilder(shown.substring(0, length));
                }
                clean.setCharAt(i, ' ');
            }
        }
        return clean == null ? shown.substring(0, length) : clean.toString();
    }

    /** Hides what stands where passwords stand: before an {@code @}, behind {@code host:port:}, in named fields. */
    private static String masked(String text) {
        if (text.startsWith("{")) {
            String lower = text.toLowerCase(Locale.ROOT);
            return lower.contains("pass") || lower.contains("pwd") || text.indexOf('@') >= 0 ? "{…}" : text;
        }
        int word = text.indexOf(' ');
        if (word > 0 && Protocols.claim(text.substring(0, word)) != null) {
            // proxychains: protocol, host, port, user, password
            String[] words = text.split("\\s+", 4);
            return words.length < 4 ? text : words[0] + ' ' + words[1] + ' ' + words[2] + " ***";
        }
        int at = text.lastIndexOf('@');
        if (at >= 0) {
            int scheme = text.indexOf("://");
            int from = scheme >= 0 && scheme < at ? scheme + 3 : 0;
            int space = text.indexOf(' ', at);
            String tail = space < 0 ? text.substring(at + 1) : text.substring(at + 1, space);
            return text.substring(0, from) + "***@" + (endsWithPort(tail) ? tail : "***");
        }
        int colon = text.indexOf(':', text.indexOf("://") + 1 + (text.contains("://") ? 2 : 0));
        int second = colon < 0 ? -1 : text.indexOf(':', colon + 1);
        int third = second < 0 ? -1 : text.indexOf(':', second + 1);
        if (third > 0 && text.lastIndexOf('.', colon) > 0 && text.charAt(0) != '{') {
            return text.substring(0, second) + ":***";
        }
        return text;
    }

    private static boolean endsWithPort(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return text.indexOf('.') > 0;
        }
        for (int i = colon + 1; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
