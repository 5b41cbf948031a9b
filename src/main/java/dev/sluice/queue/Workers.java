package dev.sluice.queue;

/** Takes jobs, has them done by their handlers and keeps their leases. */
public final class Workers {
    /** Leases without progress after which a job is taken for stuck. */
    public static final int STUCK_LEASES = 20;

    /** Characters of a result, of progress and of a cursor. */
    public static final int LONGEST_JSON = 65_536;

    private Workers() {}
}
