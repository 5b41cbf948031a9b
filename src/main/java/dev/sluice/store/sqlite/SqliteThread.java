package dev.sluice.store.sqlite;

import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The one thread a connection is confined to, with a bounded queue before it. Work runs in the order it was given.
 * Thread-safe.
 */
final class SqliteThread {
    /** Calls that may wait. Callers send batches, one after the other; more than this means that the disk hangs. */
    static final int MAX_WAITING = 1_000;

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final long SLOW_MINUTES = 10;

    private final SqliteFile file;
    private final WorkerExecutor executor;
    private final AtomicInteger waiting = new AtomicInteger();
    /** When the work under way began, by {@link System#nanoTime}; 0 while there is none. */
    private volatile long begunNanos;

    private volatile boolean closed;

    SqliteThread(Vertx vertx, SqliteFile file, String purpose) {
        this.file = file;
        this.executor = vertx.createSharedWorkerExecutor(
                "sluice-sqlite-" + purpose + '-' + NUMBERS.incrementAndGet(), 1, SLOW_MINUTES, TimeUnit.MINUTES);
    }

    /** Something that blocks. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws SQLException;
    }

    /** Something that blocks and has no result. */
    @FunctionalInterface
    interface Task {
        void run() throws SQLException;
    }

    /** Runs {@code work}. Fails with {@link StoreException}: what went wrong, or UNAVAILABLE when closed or overrun. */
    <T> Future<T> call(String action, Work<T> work) {
        if (closed) {
            return Future.failedFuture(
                    new StoreException(StoreException.Kind.UNAVAILABLE, file.name() + ": closed before " + action));
        }
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    file.name() + ": " + MAX_WAITING + " calls wait before " + action + " (expected: fewer)"));
        }
        return run(action, work).onComplete(done -> waiting.decrementAndGet());
    }

    /** Whether no work has been under way for longer than {@code millis}. */
    boolean isBrisk(long millis) {
        long begun = begunNanos;
        return begun == 0 || System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Runs {@code task} behind all work given so far, takes no more, and ends the thread. Nothing happens twice. */
    Future<Void> last(String action, Task task) {
        if (closed) {
            return Future.succeededFuture();
        }
        closed = true;
        return run(action, () -> {
                    task.run();
                    return true;
                })
                .<Void>mapEmpty()
                .eventually(executor::close);
    }

    Future<Void> close() {
        return last("closing", () -> {});
    }

    private <T> Future<T> run(String action, Work<T> work) {
        return executor.executeBlocking(
                () -> {
                    begunNanos = System.nanoTime() | 1;
                    try {
                        return work.run();
                    } catch (SQLException | RuntimeException e) {
                        throw file.failure(action, e);
                    } finally {
                        begunNanos = 0;
                    }
                },
                false);
    }
}
