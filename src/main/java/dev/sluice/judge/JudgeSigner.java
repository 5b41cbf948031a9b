package dev.sluice.judge;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs what a judge answers (HMAC-SHA256, RFC 2104), so that a proxy can't make an answer up. Judge and checker share the
 * key. Immutable, thread-safe.
 */
public final class JudgeSigner {
    /** Shortest key in bytes. */
    public static final int MIN_KEY_BYTES = 8;

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /**
     * Signs with {@code key}, which is copied.
     *
     * @param key {@value #MIN_KEY_BYTES} bytes or more
     */
    public JudgeSigner(byte[] key) {
        if (key.length < MIN_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "key: " + key.length + " bytes (expected: " + MIN_KEY_BYTES + " or more)");
        }
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** With a key that only this process knows. {@code random} must not be predictable. */
    public static JudgeSigner random(RandomGenerator random) {
        byte[] key = new byte[32];
        random.nextBytes(key);
        return new JudgeSigner(key);
    }

    /**
     * Signature of {@code length} bytes of {@code content} from {@code offset}, 32 bytes.
     *
     * @param purpose keeps signatures for one purpose from being valid for another
     */
    byte[] sign(String purpose, byte[] content, int offset, int length) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(purpose.getBytes(StandardCharsets.US_ASCII));
            mac.update((byte) 0);
            mac.update(content, offset, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return "JudgeSigner[***]";
    }
}
