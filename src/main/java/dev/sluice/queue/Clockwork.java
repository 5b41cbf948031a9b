package dev.sluice.queue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/**
 * Time and the one thread the queue's state is confined to. That thread is the queue's own: heartbeats go on while an event
 * loop is held up by something else.
 */
public interface Clockwork {
    /** Wall clock, milliseconds since 1970-01-01T00:00Z; may jump. */
    long nowMillis();

    /** Nanoseconds since some point in the past; never goes back. */
    long nanos();

    /** Runs {@code work} on the thread, later than this call. Thread-safe. */
    void execute(Runnable work);

    /**
     * Runs {@code work} on the thread after {@code millis}. Thread-safe.
     *
     * @return takes it back, unless it has begun
     */
    Cancel after(long millis, Runnable work);

    /** Calls, and returns a future that completes on the thread, later than this call; a call that throws is a failure. */
    default <T> Future<T> answer(Supplier<Future<T>> call) {
        Promise<T> here = Promise.promise();
        Future<T> answer;
        try {
            answer = call.get();
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onComplete(result -> execute(() -> {
            if (result.succeeded()) {
                here.tryComplete(result.result());
            } else {
                here.tryFail(result.cause());
            }
        }));
        return here.future();
    }

    /** As {@link #answer}, but fails with a message naming {@code what} when there is no answer within {@code millis}. */
    default <T> Future<T> answer(long millis, String what, Supplier<Future<T>> call) {
        Promise<T> first = Promise.promise();
        Cancel deadline = after(
                millis, () -> first.tryFail(new IllegalStateException(what + ": no answer within " + millis + " ms")));
        answer(call).onComplete(result -> {
            deadline.cancel();
            if (result.succeeded()) {
                first.tryComplete(result.result());
            } else {
                first.tryFail(result.cause());
            }
        });
        return first.future();
    }

    /** Takes back what was to be done later. */
    @FunctionalInterface
    interface Cancel {
        /** Takes it back; no effect when it has begun. */
        void cancel();
    }
}
