package dev.sluice.store.memory;

import java.io.IOException;

/** A line does not say what a store understands. The message never repeats what it says. */
public final class LineException extends IOException {
    private static final long serialVersionUID = 1;

    LineException(String message) {
        super(message);
    }

    LineException(String message, Throwable cause) {
        super(message, cause);
    }
}
