package dev.sluice.queue;

import dev.sluice.port.JobKind;
import io.vertx.core.Future;

/**
 * Does the jobs of one type. A job is done at least once, so what a handler writes has to be void when written twice, and
 * void under a lease that is lost: it shows {@link JobRun#token()} in the same transaction as its effects.
 */
public interface JobHandler {
    /** Whose workers do it. */
    JobKind kind();

    /** The type of job, as in {@link dev.sluice.port.NewJob#type()}; one handler a type. */
    String type();

    /**
     * Does a job, or goes on with it from {@link dev.sluice.port.JobRecord#cursor()}. Called on an event loop, several at
     * a time; it must not block. It calls {@link JobRun#progress} at least every few minutes: a job that makes none for
     * {@value Workers#STUCK_LEASES} leases is taken for stuck and given to another worker.
     *
     * @return the result, a JSON object of at most {@value Workers#LONGEST_JSON} characters. A failure is tried again
     *     after a growing pause, except {@link PermanentJobException}, which gives the job up, and
     *     {@link RetryLaterException}, which says when. Fails with {@link JobStoppedException} when it stopped because it
     *     was asked to; any failure after {@link JobRun#cancelled()} became true is taken as that.
     */
    Future<String> run(JobRun run);
}
