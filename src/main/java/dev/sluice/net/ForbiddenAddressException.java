package dev.sluice.net;

import java.io.IOException;

/** A host that must not be connected to; the message names it and its address. */
public final class ForbiddenAddressException extends IOException {
    private static final long serialVersionUID = 1L;

    public ForbiddenAddressException(String message) {
        super(message);
    }
}
