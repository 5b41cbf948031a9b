package dev.sluice.store.memory;

import io.vertx.core.Future;

/** Where a model's work is done, one piece after the other. */
public interface Turns {
    /** Does {@code work} after what was given before. Thread-safe. */
    void execute(Runnable work);

    /** Does {@code work} in {@code millis}. Thread-safe. */
    void after(long millis, Runnable work);

    /** The same future, completed where the present caller lives. */
    <T> Future<T> home(Future<T> future);

    /** Does nothing any more. Thread-safe. */
    void close();
}
