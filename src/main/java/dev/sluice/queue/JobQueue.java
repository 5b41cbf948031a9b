package dev.sluice.queue;

import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.Jobs;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;

/**
 * The jobs, with what workers need besides. How workers hear of jobs differs; where jobs are kept does not: the truth is
 * {@link #records()}. Thread-safe.
 */
public interface JobQueue extends Jobs {
    /** Begins to tell of jobs. Call once, before {@link #take}. Completes even when what carries jobs can't be reached. */
    Future<Void> start(Ear ear);

    /**
     * Leases jobs that are due, without waiting for any.
     *
     * @param limit 1..100
     * @return those there are, perhaps none
     */
    Future<List<JobRecord>> take(JobKind kind, int limit, JobRecords.Claim claim);

    /** Tells workers of jobs that were handed back or taken from a silent worker, and are due again. */
    void dueAgain(Collection<JobRecord> jobs);

    /** Notes that a lease on this job has ended, however: others of its partition may be taken now. */
    void released(JobRecord job);

    /** Where leases are prolonged and jobs ended. */
    JobRecords records();

    /**
     * Forgets jobs that ended before a time, and what belongs to them.
     *
     * @param limit 1..1000
     * @return how many went
     */
    Future<Integer> purge(long finishedBeforeMillis, int limit);

    /** Tells of no more jobs; completes when connections are closed. */
    Future<Void> stop();

    /** Who is told. Called on any thread. */
    interface Ear {
        /** There may be jobs of this kind to take. */
        void due(JobKind kind);

        /** The end of this job was asked for, and it is being worked on, perhaps here. */
        void cancelRequested(String id);
    }

    /** Cleans up after jobs that were forgotten, such as their files. */
    @FunctionalInterface
    interface Afterwards {
        /** Called once for each job, after its row has gone; a failure is logged and not tried again. */
        Future<Void> forgotten(List<JobRecord> jobs);
    }
}
