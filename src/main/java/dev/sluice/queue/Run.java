package dev.sluice.queue;

import dev.sluice.port.JobRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** An attempt under way. Confined to the queue's thread, except what {@link JobRun} offers. */
final class Run implements JobRun {
    /** Why a handler is to stop. */
    enum Stop {
        CANCELLED,
        PROCESS_STOPS,
        LEASE_LOST
    }

    final JobRecord job;
    final long startNanos;
    /** Last sign of progress. */
    long movedNanos;

    @Nullable
    String progress;

    /** When listeners were told of progress last; null before the first time. */
    @Nullable
    Long toldNanos;

    /** Whether listeners will be told of progress soon. */
    boolean tellingLater;

    /** Whether the handler has ended and the end is being written. */
    boolean settling;

    /** Whether nothing is to be done about it any more. */
    boolean over;

    private final Executor handlers;
    private final Progress notes;
    private final Promise<Void> cancelled = Promise.promise();
    private volatile @Nullable Stop stop;

    /**
     * @param handlers the event loop the handler is called on
     * @param notes called on any thread
     */
    Run(JobRecord job, long startNanos, Executor handlers, Progress notes) {
        this.job = job;
        this.startNanos = startNanos;
        this.movedNanos = startNanos;
        this.progress = job.progress();
        this.handlers = handlers;
        this.notes = notes;
    }

    @Nullable
    Stop stop() {
        return stop;
    }

    boolean lost() {
        return stop == Stop.LEASE_LOST;
    }

    /** Asks the handler to stop. A lost lease goes before any other reason, a wish to cancel before the end of the process. */
    void stop(Stop reason) {
        Stop before = stop;
        if (before == null || reason == Stop.LEASE_LOST || before == Stop.PROCESS_STOPS) {
            stop = reason;
        }
        if (before == null) {
            handlers.execute(cancelled::tryComplete);
        }
    }

    @Override
    public JobRecord job() {
        return job;
    }

    @Override
    public boolean cancelled() {
        return stop != null;
    }

    @Override
    public Future<Void> whenCancelled() {
        return cancelled.future();
    }

    @Override
    public Future<Void> progress(String json, @Nullable String cursor) {
        if (json.length() > Workers.LONGEST_JSON || (cursor != null && cursor.length() > Workers.LONGEST_JSON)) {
            return Future.failedFuture(new IllegalArgumentException("progress: " + json.length() + " characters, cursor: "
                    + (cursor == null ? 0 : cursor.length()) + " (expected: at most " + Workers.LONGEST_JSON + " each)"));
        }
        Promise<Void> onLoop = Promise.promise();
        notes.note(this, json, cursor).onComplete(noted -> handlers.execute(() -> {
            if (noted.succeeded()) {
                onLoop.complete();
            } else {
                onLoop.fail(noted.cause());
            }
        }));
        return onLoop.future();
    }

    /** Takes notes of progress. */
    @FunctionalInterface
    interface Progress {
        Future<Void> note(Run run, String json, @Nullable String cursor);
    }
}
