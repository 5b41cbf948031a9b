package dev.sluice.secret;

/** Encryption keys that cannot be used. The message names where they stand, never what stands there. */
public final class EncryptionKeyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EncryptionKeyException(String message) {
        super(message);
    }

    EncryptionKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
