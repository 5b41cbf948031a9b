package dev.sluice.net;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why a {@link GuardedHttp} request brought no answer. The message names the address, without its query. */
public final class HttpFetchException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final int status;
    private final transient @Nullable Duration retryAfter;

    HttpFetchException(Kind kind, String message) {
        this(kind, message, 0, null, null);
    }

    HttpFetchException(Kind kind, String message, @Nullable Throwable cause) {
        this(kind, message, 0, null, cause);
    }

    HttpFetchException(
            Kind kind, String message, int status, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** HTTP status of a {@link Kind#STATUS}, otherwise 0. */
    public int status() {
        return status;
    }

    /** What {@code Retry-After} asked for; null when it did not. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** What went wrong. */
    public enum Kind {
        /** Not asked, or not followed: an address, scheme, redirect or header that is not allowed. */
        REFUSED,
        /** No connection, no such host, a failed TLS handshake. */
        UNREACHABLE,
        /** The total time limit. */
        TIMEOUT,
        /** An answer that is no success. */
        STATUS,
        /** More bytes than allowed, as sent or unpacked. */
        TOO_LARGE,
        /** A body that ended early, or can't be unpacked. */
        BROKEN,
        /** Whoever asked does not want it any more. */
        ABANDONED
    }
}
