package dev.sluice.judge;

import java.util.Base64;
import java.util.random.RandomGenerator;

/** The text a check sends to the judge and expects back: a token (RFC 9110, section 5.6.2) of bounded length. */
public final class Nonce {
    /** Longest nonce a judge echoes. */
    public static final int MAX_LENGTH = 128;

    private static final int BYTES = 18;
    private static final String MARKS = "!#$%&'*+-.^_`|~";

    private Nonce() {}

    /** A fresh one of 144 bits, in URL-safe characters. {@code random} must not be predictable. */
    public static String fresh(RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Whether {@code text} is 1..{@value #MAX_LENGTH} token characters. */
    public static boolean isNonce(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!alphanumeric && MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
