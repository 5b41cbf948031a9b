package dev.sluice.port;

/** A step of the rotation of encryption keys cannot be taken now. The message says why, and what was expected. */
public final class EncryptionRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a message for whoever asked. */
    public EncryptionRefusedException(String message) {
        super(message);
    }
}
