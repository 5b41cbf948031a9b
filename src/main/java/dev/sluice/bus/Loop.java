package dev.sluice.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/**
 * Brings answers back to one event loop, on whatever thread they come. Thread-safe.
 *
 * @param context of the event loop
 */
public record Loop(Context context) {
    /**
     * Runs {@code work} on the loop, from whatever thread. What is to follow on the loop belongs into it: who waits for the
     * returned future from another thread may be called there.
     */
    public <T> Future<T> run(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> answer(work).onComplete(done));
        return done.future();
    }

    /** Calls and returns a future that completes on the loop, later than this call; a call that throws is a failure. */
    public <T> Future<T> answer(Supplier<Future<T>> call) {
        Promise<T> onLoop = Promise.promise();
        Future<T> answer;
        try {
            answer = call.get();
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onComplete(result -> context.runOnContext(v -> {
            if (result.succeeded()) {
                onLoop.complete(result.result());
            } else {
                onLoop.fail(result.cause());
            }
        }));
        return onLoop.future();
    }
}
