package dev.sluice.secret;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What keys the hashes of API keys, so that a stolen database alone does not even allow to tell which guesses are right. Keys
 * carry 256 random bits: a slow hash would protect nothing more, and would let strangers burn our processor. Thread-safe.
 */
class Pepper {
    private static final String HMAC = "HmacSHA256";
    private static final int ID_BYTES = 4;

    private final SecretKeySpec key;
    private final String id;

    Pepper(byte[] bytes) {
        this.key = new SecretKeySpec(bytes, HMAC);
        this.id = HexFormat.of().formatHex(sha256(bytes), 0, ID_BYTES);
    }

    /** Which pepper it is: the first 8 hexadecimal digits of its SHA-256. */
    String id() {
        return id;
    }

    /** HMAC-SHA256 of a key's secret part. */
    byte[] hash(String secret) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac.doFinal(secret.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
