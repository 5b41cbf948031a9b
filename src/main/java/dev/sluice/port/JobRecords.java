package dev.sluice.port;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where jobs are kept: the truth about each is a row here. {@code store} implements it, {@code queue} uses it. Thread-safe;
 * every method is one transaction, but for {@link #purge}.
 *
 * <p>Whoever holds a lease shows its token with every write; a write under a token that is no longer in force, or on a job
 * that is not being processed, changes nothing and answers so. Time is the caller's.
 */
public interface JobRecords {
    /** How long a job waits for one more priority, milliseconds. */
    long AGING_MILLIS = 300_000;

    /**
     * Keeps a new job, durably: it survives a crash of the machine.
     *
     * @param id UUID version 7
     * @param mostLive live jobs of its kind beyond which it is refused with {@link JobsFullException}
     * @return the job, or the live one with the same key, or the one with the same id, so that it can be added again
     *     when it is not known whether it was
     */
    Future<Jobs.Submitted> add(String id, NewJob job, long nowMillis, long mostLive);

    /**
     * Leases jobs that are due: the most urgent first, where a job gains one priority for every {@link #AGING_MILLIS} it
     * has waited past its time; then the oldest. A job of a partition of which one is being processed is passed over, and
     * so is one for another node.
     *
     * @param limit 1..100
     */
    Future<List<JobRecord>> take(Set<JobKind> kinds, int limit, Claim claim);

    /** Leases this job, if it is due and may be taken as by {@link #take}; empty otherwise. For those told of it by a transport. */
    Future<Optional<JobRecord>> take(String id, Claim claim);

    /** Prolongs leases. @return what is to be known of each lease asked for, by id; those that are lost are left out. */
    Future<Map<String, Beat>> beat(Map<String, Long> tokens, long nowMillis, long leaseUntilMillis);

    /**
     * Notes how far a job is.
     *
     * @param cursor where to go on; null leaves it as it is, another than before sets the lost leases to 0
     * @return false when the lease is lost
     */
    Future<Boolean> progress(String id, long token, String progress, @Nullable String cursor, long nowMillis);

    /**
     * Ends a job.
     *
     * @param state COMPLETED, FAILED or CANCELLED
     * @param result of a completed one, else null
     * @param failure of a failed one, else null
     * @return false when the lease is lost
     */
    Future<Boolean> end(
            String id,
            long token,
            JobState state,
            @Nullable String result,
            JobRecord.@Nullable Failure failure,
            long nowMillis);

    /**
     * Ends an attempt that failed; the job waits until {@code runAtMillis} for the next, or is cancelled where that was
     * asked for.
     *
     * @return false when the lease is lost
     */
    Future<Boolean> again(String id, long token, JobRecord.Failure failure, long runAtMillis, long nowMillis);

    /**
     * Hands back jobs unfinished: they are due at once, in their old place, and the attempt does not count; those that
     * were asked to stop are cancelled. Lost leases are left out.
     */
    Future<Void> handBack(Map<String, Long> tokens, long nowMillis);

    /**
     * Takes leases from workers that were silent for too long: the job is due again at once, or after {@code mostLost}
     * such losses given up; one that was asked to stop is cancelled.
     *
     * @param limit 1..1000
     * @return the jobs as they are now
     */
    Future<List<JobRecord>> expire(long nowMillis, int mostLost, int limit);

    /** The job with this id. */
    Future<Optional<JobRecord>> get(String id);

    /** Jobs, the newest first. */
    Future<List<JobRecord>> list(JobFilter filter, int limit);

    /** How many there are of each kind in each state. */
    Future<Map<JobKind, Map<JobState, Long>>> counts();

    /** As {@link Jobs#cancel}. */
    Future<Optional<JobRecord>> cancel(String id, long nowMillis);

    /** As {@link Jobs#retry}. Attempts and lost leases begin at 0 again; failures stay. */
    Future<Optional<JobRecord>> retry(String id, long nowMillis);

    /** As {@link Jobs#retryFailed}, at most {@code limit}; those whose key a live job holds stay. @return their ids */
    Future<List<String>> retryFailed(@Nullable JobKind kind, int limit, long nowMillis);

    /** As {@link Jobs#drop}. Chunks of an import go with it. */
    Future<Optional<JobRecord>> drop(String id);

    /**
     * Forgets jobs that have been over for long, a few in each transaction.
     *
     * @param finishedBeforeMillis those that ended before
     * @param limit 1..10000
     * @return the jobs that went, those that ended first at the beginning
     */
    Future<List<JobRecord>> purge(long finishedBeforeMillis, int limit);

    /**
     * Jobs that are due and that a transport was not told of since {@code toldBeforeMillis}: at first all, after a loss
     * of the transport all again. A job that waits anew, after an attempt, is one nobody was told of. Those come first,
     * in the order in which they became due; then the others, those told of longest ago first.
     *
     * @param limit 1..10000
     */
    Future<List<JobRecord>> untold(long nowMillis, long toldBeforeMillis, int limit);

    /**
     * Notes that a transport was told of these jobs. Unknown ids are ignored.
     *
     * @param nowMillis a time before the transport was told: a job that changed after it, and so may wait anew, is to be
     *     told again
     */
    Future<Void> told(Collection<String> ids, long nowMillis);

    /**
     * Who takes a job, and until when.
     *
     * @param worker name of the worker
     * @param node name of the node it is on
     * @param nowMillis jobs due by then
     * @param leaseUntilMillis end of the lease
     */
    record Claim(String worker, String node, long nowMillis, long leaseUntilMillis) {}

    /** What the holder of a lease has to know: whether it is asked to stop. */
    record Beat(boolean cancelRequested) {}
}
