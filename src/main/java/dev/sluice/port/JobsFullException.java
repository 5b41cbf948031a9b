package dev.sluice.port;

/** Too many jobs wait for one more. Trying again later helps. */
public final class JobsFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JobsFullException(String message) {
        super(message);
    }
}
