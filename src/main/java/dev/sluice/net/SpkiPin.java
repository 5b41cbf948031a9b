package dev.sluice.net;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** What a TLS key is recognised by: SHA-256 of its SubjectPublicKeyInfo in Base64, as in RFC 7469. */
public final class SpkiPin {
    private SpkiPin() {}

    /** The pin of a key given as SubjectPublicKeyInfo in DER. */
    public static String of(byte[] publicKeyDer) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(publicKeyDer));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
