package dev.sluice.bulk.export;

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

/** One attempt at a job, as a queue would give it. Ends after some notes, in one of the ways attempts end. Thread-safe. */
final class EndingRun implements JobRun {
    static final String ID = "019b76da-a800-7000-8000-000000000001";

    final List<String> cursors = new CopyOnWriteArrayList<>();
    private final JobRecord job;
    private final int notes;
    private final boolean lost;
    private volatile boolean cancelled;

    /**
     * An attempt.
     *
     * @param notes after how many it is to end
     * @param lost whether by the loss of its lease rather than by being asked
     */
    EndingRun(NewJob job, long token, @Nullable String cursor, int notes, boolean lost) {
        this.job = record(job, JobState.PROCESSING, token, cursor, null);
        this.notes = notes;
        this.lost = lost;
    }

    static EndingRun toTheEnd(NewJob job, long token, @Nullable String cursor) {
        return new EndingRun(job, token, cursor, Integer.MAX_VALUE, false);
    }

    static JobRecord record(NewJob job, JobState state, long token, @Nullable String cursor, @Nullable String result) {
        return new JobRecord(
                ID,
                job,
                state,
                1,
                1,
                0,
                0,
                token,
                "w",
                false,
                null,
                cursor,
                result,
                List.of(),
                1,
                1,
                state.live() ? 0 : 1);
    }

    /** Where the next attempt goes on; null at the beginning. */
    @Nullable
    String cursor() {
        return cursors.isEmpty() ? job.cursor() : cursors.get(cursors.size() - 1);
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
        return Promise.<Void>promise().future();
    }

    @Override
    public Future<Void> progress(String json, @Nullable String cursor) {
        if (lost && cursors.size() == notes) {
            return Future.failedFuture(new LeaseLostException(job.id(), token()));
        }
        cursors.add(cursor == null ? "" : cursor);
        cancelled = !lost && cursors.size() == notes;
        return Future.succeededFuture();
    }
}
