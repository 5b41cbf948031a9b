package dev.sluice.port;

/** Whether the process may get traffic. {@code main} implements it, {@code api} uses it. Thread-safe. */
public interface Readiness {
    /** The present state. */
    State state();

    /** Whether stored passwords could not be decrypted within the last minutes. */
    default boolean credentialsUnavailable() {
        return false;
    }

    /** What {@code /ready} says. */
    enum State {
        /** Still loading: 503. */
        STARTING,
        /** 200. */
        READY,
        /** Reads work, the database does not: 200. */
        DEGRADED,
        /** Shutting down: 503. */
        STOPPING
    }
}
