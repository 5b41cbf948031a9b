package dev.sluice.secret;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A key as its owner holds it: {@code sluice_ID_SECRET_SUM}. The prefix lets scanners find keys that were published by
 * mistake; the sum (CRC-32 of everything before it) tells a mistyped key from a wrong one without any secret.
 *
 * @param id 12 letters and digits, no secret
 * @param secret 32 random bytes as 43 letters and digits
 */
record KeyText(String id, String secret) {
    static final String PREFIX = "sluice_";
    static final int ID_LENGTH = 12;

    private static final int SECRET_BYTES = 32;
    /** The least length that holds any 256 bits: 62^43 is more than 2^256. */
    private static final int SECRET_LENGTH = 43;
    /** 62^6 is more than 2^32. */
    private static final int SUM_LENGTH = 6;

    private static final int SECRET_START = PREFIX.length() + ID_LENGTH + 1;
    private static final int SUM_START = SECRET_START + SECRET_LENGTH + 1;
    static final int LENGTH = SUM_START + SUM_LENGTH;

    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final BigInteger BASE = BigInteger.valueOf(DIGITS.length());

    /** A new key. {@code random} must be one that nobody can predict. */
    static KeyText random(RandomGenerator random) {
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        KeyText text = new KeyText(id.toString(), base62(new BigInteger(1, bytes), SECRET_LENGTH));
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    /** Reads a key; null when it is none, or its sum is wrong. */
    static @Nullable KeyText parse(String text) {
        if (text.length() != LENGTH
                || !text.startsWith(PREFIX)
                || text.charAt(SECRET_START - 1) != '_'
                || text.charAt(SUM_START - 1) != '_'
                || !isBase62(text, PREFIX.length(), SECRET_START - 1)
                || !isBase62(text, SECRET_START, SUM_START - 1)
                || !text.startsWith(sum(text.substring(0, SUM_START - 1)), SUM_START)) {
            return null;
        }
        return new KeyText(
                text.substring(PREFIX.length(), SECRET_START - 1), text.substring(SECRET_START, SUM_START - 1));
    }

    /** The whole key. */
    String text() {
        String body = PREFIX + id + '_' + secret;
        return body + '_' + sum(body);
    }

    /** Hides the secret. */
    @Override
    public String toString() {
        return PREFIX + id + "_***";
    }

    private static String sum(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        return base62(BigInteger.valueOf(crc.getValue()), SUM_LENGTH);
    }

    private static boolean isBase62(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')) {
                return false;
            }
        }
        return true;
    }

    private static String base62(BigInteger number, int length) {
        char[] digits = new char[length];
        BigInteger rest = number;
        for (int i = length - 1; i >= 0; i--) {
            BigInteger[] parts = rest.divideAndRemainder(BASE);
            digits[i] = DIGITS.charAt(parts[1].intValue());
            rest = parts[0];
        }
        return new String(digits);
    }
}
