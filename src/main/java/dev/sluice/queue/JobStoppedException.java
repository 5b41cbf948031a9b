package dev.sluice.queue;

/** A handler stopped because it was asked to. No failure: the job was cancelled, or goes on elsewhere. */
public final class JobStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JobStoppedException() {
        super("stopped as asked", null, false, false);
    }
}
