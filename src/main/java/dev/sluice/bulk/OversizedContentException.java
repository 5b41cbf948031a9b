package dev.sluice.bulk;

/** A list's content exceeds its limits. */
final class OversizedContentException extends BrokenListException {
    private static final long serialVersionUID = 1;

    OversizedContentException(String message) {
        super(message);
    }
}
