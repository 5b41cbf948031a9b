package dev.sluice.extension;

/** An extension can't be loaded; the message says why, for people. */
final class ExtensionException extends Exception {
    private static final long serialVersionUID = 1L;

    ExtensionException(String message) {
        super(message);
    }
}
