package dev.sluice.port;

/** A list is not taken in. The message names what was wrong and what was expected. */
public final class UploadRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    public UploadRefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** Why a list is not taken in. */
    public enum Reason {
        /** Larger than {@code queue.max-upload}. */
        TOO_LARGE,
        /** No room on the disk. */
        NO_ROOM,
        /** The address is not one that may be fetched. */
        ADDRESS,
        /** The body ended before it was complete. */
        BROKEN
    }
}
