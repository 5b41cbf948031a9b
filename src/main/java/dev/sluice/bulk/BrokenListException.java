package dev.sluice.bulk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A list can't be read because of what it is, not because of where it is. */
class BrokenListException extends IOException {
    private static final long serialVersionUID = 1;

    BrokenListException(String message) {
        this(message, null);
    }

    BrokenListException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
