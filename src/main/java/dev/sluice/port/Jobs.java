package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The jobs, for those who ask for work and want to know what became of it. {@code queue} implements it. Thread-safe. */
public interface Jobs {
    /**
     * Submits a job. When the future completes it is on disk and will be done at least once.
     *
     * @return the job; the live one with the same key where there is one. Fails with {@link JobsFullException} when too
     *     many wait.
     */
    Future<Submitted> submit(NewJob job);

    /** The job with this id. */
    Future<Optional<JobRecord>> get(String id);

    /**
     * Jobs, the newest first.
     *
     * @param limit 1..1000
     */
    Future<List<JobRecord>> list(JobFilter filter, int limit);

    /** How many there are of each kind in each state; kinds and states without any are left out. */
    Future<Map<JobKind, Map<JobState, Long>>> counts();

    /**
     * Asks for the end of a job: one that waits ends at once, one that is worked on within two seconds, as its handler
     * looks. What it wrote stays.
     *
     * @return the job as it is now; empty when there is none. One that is over already is returned as it is.
     */
    Future<Optional<JobRecord>> cancel(String id);

    /**
     * Has a job that was given up or cancelled done after all, from where it was, with all its attempts again.
     *
     * @return the job as it is now; empty when there is none. One in another state is returned as it is; so is one whose
     *     key a live job holds.
     */
    Future<Optional<JobRecord>> retry(String id);

    /**
     * Has all jobs that were given up done after all.
     *
     * @param kind of this kind; null for all
     * @return how many
     */
    Future<Integer> retryFailed(@Nullable JobKind kind);

    /**
     * Forgets a job that is over.
     *
     * @return the job as it was; empty when there is none. One that is live is returned and stays.
     */
    Future<Optional<JobRecord>> drop(String id);

    /**
     * A job that was submitted.
     *
     * @param job as it is now
     * @param known whether it was there already, with the same key
     */
    record Submitted(JobRecord job, boolean known) {}
}
