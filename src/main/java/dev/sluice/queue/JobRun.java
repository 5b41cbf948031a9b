package dev.sluice.queue;

import dev.sluice.port.JobRecord;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A job under way, as its handler sees it. Thread-safe; futures complete on the event loop the handler was called on. */
public interface JobRun {
    /** The job as it was when this attempt began: with the cursor of the one before. */
    JobRecord job();

    /** Token of the lease. Writes of the handler that show it are void once the lease is lost. */
    default long token() {
        return job().leaseToken();
    }

    /**
     * Whether the handler is to stop at its next checkpoint: the job was cancelled, its lease is lost, or this process
     * stops. Stays true.
     */
    boolean cancelled();

    /** Completes when {@link #cancelled()} becomes true, at the latest two seconds after the wish; else never. */
    Future<Void> whenCancelled();

    /**
     * Notes how far the job is, durably. Listeners are told at most about twice a second.
     *
     * @param json for people: an object of at most {@value Workers#LONGEST_JSON} characters
     * @param cursor where another worker would go on, at most {@value Workers#LONGEST_JSON} characters; null leaves it as
     *     it is
     * @return fails with {@link LeaseLostException} when another may have the job; the handler stops at once then
     */
    Future<Void> progress(String json, @Nullable String cursor);

    /** Fails with {@link JobStoppedException} if the handler is to stop, else succeeds: a checkpoint in a chain of steps. */
    default Future<Void> checkpoint() {
        return cancelled() ? Future.failedFuture(new JobStoppedException()) : Future.succeededFuture();
    }
}
