package dev.sluice.geo.mmdb;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file that is no sound MaxMind DB. The message names the file and what is wrong with it. */
public final class MmdbException extends IOException {
    private static final long serialVersionUID = 1L;

    MmdbException(String message) {
        super(message);
    }

    MmdbException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
