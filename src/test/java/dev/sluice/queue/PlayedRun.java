package dev.sluice.queue;

import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An attempt at a job of no queue: what it notes is kept, and it can be stopped. For tests of handlers in other rooms. */
public final class PlayedRun implements JobRun {
    /** What was noted, oldest first. */
    public final List<String> notes = new CopyOnWriteArrayList<>();

    private final JobRecord job;
    private final Promise<Void> stopped = Promise.promise();
    private volatile boolean cancelled;
    private volatile @Nullable String cursor;

    /** @param submittedMillis when the job was submitted */
    public PlayedRun(NewJob job, long submittedMillis, @Nullable String cursor) {
        this.cursor = cursor;
        this.job = new JobRecord(
                "job",
                job,
                JobState.PROCESSING,
                submittedMillis,
                1,
                0,
                Long.MAX_VALUE,
                1,
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

    /** Asks the handler to stop. */
    public void stop() {
        cancelled = true;
        stopped.tryComplete();
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
        notes.add(json);
        if (newCursor != null) {
            cursor = newCursor;
        }
        return Future.succeededFuture();
    }
}
