package dev.sluice.store;

/** The database did not do what it was asked for. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What sort of failure it is. */
    public Kind kind() {
        return kind;
    }

    /** Sorts of failure that callers treat differently. */
    public enum Kind {
        /** Not reachable, or gone: trying again may help. */
        UNAVAILABLE,
        /** The schema is newer than this program. */
        SCHEMA_NEWER,
        /** Another process owns the database file. */
        LOCKED,
        /** No room on the disk, or the file cannot be written. */
        FULL,
        /** Another worker holds the lease, or nobody: what was to be written was not. */
        LEASE_LOST,
        /** Anything else. */
        FAILED
    }
}
