package dev.sluice.queue;

/** The lease on a job is no longer in force: another worker may have it, and nothing written under it counts. */
public final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public LeaseLostException(String jobId, long token) {
        super("job " + jobId + ": lease " + token + " is lost", null, false, false);
    }
}
