package dev.sluice.queue;

/** A job can't be done, however often it is tried: it is given up at once. */
public final class PermanentJobException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message for the owner of the job: what is wrong and what was expected; no secrets */
    public PermanentJobException(String message) {
        super(message);
    }

    /** @param message for the owner of the job: what is wrong and what was expected; no secrets */
    public PermanentJobException(String message, Throwable cause) {
        super(message, cause);
    }
}
