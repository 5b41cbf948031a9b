package dev.sluice.store.memory;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings the changes of a model to where they outlive it. What comes while something is written waits and goes together
 * with the next write. Where a write fails, its changes are taken back, and so is whatever was built upon them: the model
 * never keeps what a caller was told has failed. Confined to the model's thread.
 */
final class Commits {
    private final Turns turns;
    private final Truth truth;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private boolean writing;
    private boolean pausing;
    private @Nullable Promise<Void> idle;

    /** A call whose changes are in the model and not yet elsewhere. */
    private record Waiting(List<Step<?, ?>> steps, Runnable done, Promise<?> promise) {}

    Commits(Turns turns, Truth truth) {
        this.turns = turns;
        this.truth = truth;
    }

    /** Completes {@code promise} with {@code result} when {@code steps}, and all before them, were written. */
    <T> void add(List<Step<?, ?>> steps, T result, Promise<T> promise) {
        if (steps.isEmpty() && waiting.isEmpty() && !writing) {
            promise.tryComplete(result);
            return;
        }
        waiting.add(new Waiting(steps, () -> promise.tryComplete(result), promise));
        next();
    }

    /** Completes when nothing waits any more. */
    Future<Void> idle() {
        if (waiting.isEmpty() && !writing) {
            return Future.succeededFuture();
        }
        Promise<Void> ended = idle == null ? Promise.promise() : idle;
        idle = ended;
        pausing = false;
        next();
        return ended.future();
    }

    private void next() {
        if (writing || pausing) {
            return;
        }
        if (waiting.isEmpty()) {
            Promise<Void> ended = idle;
            idle = null;
            if (ended != null) {
                ended.tryComplete();
            }
            return;
        }
        long pause = idle == null ? truth.pauseMillis() : 0;
        if (pause > 0) {
            pausing = true;
            turns.after(pause, () -> {
                pausing = false;
                next();
            });
            return;
        }
        write();
    }

    private void write() {
        List<Waiting> group = new ArrayList<>();
        List<Step<?, ?>> steps = new ArrayList<>();
        do {
            Waiting one = waiting.remove();
            group.add(one);
            steps.addAll(one.steps());
        } while (!waiting.isEmpty() && steps.size() + waiting.getFirst().steps().size() <= truth.mostSteps());
        writing = true;
        Future<Void> written = steps.isEmpty() ? Future.succeededFuture() : attempt(steps);
        written.onComplete(result -> turns.execute(() -> written(group, result.cause())));
    }

    private Future<Void> attempt(List<Step<?, ?>> steps) {
        try {
            return truth.write(steps);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void written(List<Waiting> group, @Nullable Throwable failure) {
        writing = false;
        if (failure == null) {
            group.forEach(one -> one.done().run());
        } else {
            List<Waiting> lost = new ArrayList<>(group);
            lost.addAll(waiting);
            waiting.clear();
            for (int i = lost.size() - 1; i >= 0; i--) {
                Model.undo(lost.get(i).steps());
            }
            StoreException cause = failure instanceof StoreException known
                    ? known
                    : new StoreException(
                            StoreException.Kind.FAILED, "writing failed: " + failure.getMessage(), failure);
            lost.forEach(one -> one.promise().tryFail(cause));
        }
        next();
    }
}
