package dev.sluice.bulk;

import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.LeaseLostException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An attempt at a job whose notes are kept in memory, and which can be stopped or lose its lease. */
final class StandInRun implements JobRun {
    final List<String> notes = new CopyOnWriteArrayList<>();
    private final JobRecord job;
    private final Promise<Void> stopped = Promise.promise();
    private volatile boolean cancelled;
    private volatile boolean lost;
    private volatile @Nullable String cursor;

    StandInRun(String id, NewJob job, long token, @Nullable String cursor) {
        this.cursor = cursor;
        this.job = new JobRecord(
                id,
                job,
                JobState.PROCESSING,
                0,
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
                0,
                0,
                0);
    }

    /** The next attempt, with what this one noted. */
    StandInRun next(long token) {
        return new StandInRun(job.id(), job.job(), token, cursor);
    }

    void stop() {
        cancelled = true;
        stopped.tryComplete();
    }

    void lose() {
        lost = true;
        stop();
    }

    @Nullable
    String cursor() {
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
