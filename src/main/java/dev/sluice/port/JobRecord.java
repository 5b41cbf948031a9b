package dev.sluice.port;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as it is kept: the truth about it, whatever carries it to a worker. Times are milliseconds since
 * 1970-01-01T00:00Z, 0 for never.
 *
 * @param id UUID version 7, so that ids sort by the time of submission
 * @param job what was asked for
 * @param state where it stands
 * @param runAtMillis not handed out before
 * @param attempts times it was begun and ended by itself, or is under way now; those that lost their lease count in
 *     {@code lostLeases}, those handed back in neither
 * @param lostLeases times its worker vanished since its cursor moved last
 * @param leaseUntilMillis until when its worker may be silent; 0 unless {@code PROCESSING}
 * @param leaseToken grows with every lease; a write under an older one changes nothing
 * @param worker who holds or held the lease; null before the first
 * @param cancelRequested whether its worker was asked to stop
 * @param progress JSON object for people, of the handler's making; null before the first
 * @param cursor where to go on after a crash, of the handler's making; null at the beginning
 * @param result JSON object of the handler's making; null until completed
 * @param failures why attempts failed, latest last, at most {@value #MOST_FAILURES}
 * @param createdAtMillis when it was submitted
 * @param updatedAtMillis last change
 * @param finishedAtMillis when it was completed, given up or cancelled; 0 while it is live
 */
public record JobRecord(
        String id,
        NewJob job,
        JobState state,
        long runAtMillis,
        int attempts,
        int lostLeases,
        long leaseUntilMillis,
        long leaseToken,
        @Nullable String worker,
        boolean cancelRequested,
        @Nullable String progress,
        @Nullable String cursor,
        @Nullable String result,
        List<Failure> failures,
        long createdAtMillis,
        long updatedAtMillis,
        long finishedAtMillis) {
    /** Failures that are remembered. */
    public static final int MOST_FAILURES = 20;

    public JobRecord {
        failures = List.copyOf(failures);
    }

    /**
     * Why an attempt failed.
     *
     * @param atMillis when
     * @param attempt which attempt, 1 and up
     * @param worker who made it
     * @param error the chain of causes, outermost first, at most 2,000 characters; never a secret
     */
    public record Failure(long atMillis, int attempt, String worker, String error) {}
}
