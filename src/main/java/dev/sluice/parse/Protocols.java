package dev.sluice.parse;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Names of protocols as lists write them. */
final class Protocols {
    /** The canonical claims; their index tells claims apart, -1 is no claim. */
    private static final String[] CLAIMS = {"http", "https", "socks4", "socks5"};

    private Protocols() {}

    /** What a word means as a protocol. */
    enum Meaning {
        /** A claim. */
        KNOWN,
        /** A proxy protocol, but not which: {@code socks}. */
        OPEN,
        /** Not a protocol that can be used. */
        OTHER
    }

    static Meaning meaning(String word) {
        if (claim(word) != null) {
            return Meaning.KNOWN;
        }
        return word.equalsIgnoreCase("socks") ? Meaning.OPEN : Meaning.OTHER;
    }

    /** The claim {@code word} makes, or null. */
    static @Nullable String claim(String word) {
        if (word.length() < 4 || word.length() > 7) {
            return null;
        }
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "http" -> "http";
            case "https" -> "https";
            case "socks4", "socks4a" -> "socks4";
            case "socks5", "socks5h" -> "socks5";
            default -> null;
        };
    }

    /** Whether a name has the form of a URI scheme (RFC 3986, section 3.1), of 20 characters at most. */
    static boolean isScheme(String text) {
        if (text.isEmpty() || text.length() > 20 || !HostReading.letter(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!HostReading.letter(c) && !HostReading.digit(c) && c != '+' && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
    }

    /** 0 for no claim, otherwise 1..4. */
    static int code(@Nullable String claim) {
        for (int i = 0; i < CLAIMS.length; i++) {
            if (CLAIMS[i].equals(claim)) {
                return i + 1;
            }
        }
        return 0;
    }
}
