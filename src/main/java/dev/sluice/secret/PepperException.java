package dev.sluice.secret;

/** The pepper cannot be used as it is; the message names where it stands, what is wrong and what was expected. */
public final class PepperException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PepperException(String message) {
        super(message);
    }

    PepperException(String message, Throwable cause) {
        super(message, cause);
    }
}
