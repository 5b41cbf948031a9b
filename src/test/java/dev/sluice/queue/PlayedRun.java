package dev.sluice.queue;

import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An attempt at a job of no queue: what it notes is kept; it can be stopped or lose its lease. For tests of handlers. */
public final class PlayedRun implements JobRun {
    /** What was noted, oldest first. */
    public final List<String> notes = new CopyOnWriteArrayList<>();

    private final JobRecord job;
    private final Promise<Void> stopped = Promise.promise();
    private volatile boolean cancelled;
    private volatile boolean lost;
    private volatile @Nullable String cursor;

    /** The first attempt at a job that was submitted then. */
    public PlayedRun(NewJob job, long submittedMillis, @Nullable String cursor) {
        this("job", job, 1, submittedMillis, cursor);
    }

    /** An attempt under the lease {@code token}. */
    public PlayedRun(String id, NewJob job, long token, long submittedMillis, @Nullable String cursor) {
        this.cursor = cursor;
        this.job = new JobRecord(
                id,
                job,
                JobState.PROCESSING,
                submittedMillis,
                1,
                0,
                Long.MAX_VALUE,
                token,
                "worker",
                false,
                null,
                cursor,
                null,
                List.of(),
                submittedMillis,
                submittedMillis,
                0);
    }

    /** The next attempt, with what this one noted. */
    public PlayedRun next(long token) {
        return new PlayedRun(job.id(), job.job(), token, job.createdAtMillis(), cursor);
    }

    /** Asks the handler to stop. */
    public void stop() {
        cancelled = true;
        stopped.tryComplete();
    }

    /** Takes the lease away. */
    public void lose() {
        lost = true;
        stop();
    }

    /** Where another attempt would go on. */
    public @Nullable String cursor() {
        return cursor;
    }

    @Override
    public JobRecord job() {
        return job;
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    @Override
    public Future<Void> whenCancelled() {
        return stopped.future();
    }

    @Override
    public Future<Void> progress(String json, @Nullable String newCursor) {
        if (lost) {
            return Future.failedFuture(new LeaseLostException(job.id(), token()));
        }
        notes.add(json);
        if (newCursor != null) {
            cursor = newCursor;
        }
        return Future.succeededFuture();
    }
}
