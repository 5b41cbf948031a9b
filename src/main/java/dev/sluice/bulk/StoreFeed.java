package dev.sluice.bulk;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.Merge;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Hands batches to the store, two at a time at most; offering waits for room. For one offering thread. */
final class StoreFeed {
    static final int IN_FLIGHT = 2;

    /**
     * Candidates in a batch. Each transaction writes the pages of the index of identities that it touches, nearly all of
     * them where the index is large: the fewer transactions, the less is written.
     */
    static final int CHUNK = 20_000;

    private final ProxyStore store;
    private final Merge merge;
    private final Semaphore room = new Semaphore(IN_FLIGHT);
    private final AtomicLong added = new AtomicLong();
    private final AtomicLong known = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    StoreFeed(ProxyStore store, Merge merge) {
        this.store = store;
        this.merge = merge;
    }

    long added() {
        return added.get();
    }

    long known() {
        return known.get();
    }

    /** Waits for room, then hands the batch over; does nothing once a batch failed or the thread was interrupted. */
    void offer(CandidatesFound batch) {
        try {
            room.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, new IllegalStateException(batch.source() + ": interrupted", e));
            return;
        }
        if (failure.get() != null) {
            room.release();
            return;
        }
        Future<CandidatesKept> written;
        try {
            written = store.keep(batch, merge);
        } catch (RuntimeException e) {
            written = Future.failedFuture(e);
        }
        written.onComplete(result -> {
            if (result.succeeded()) {
                added.addAndGet(result.result().added());
                known.addAndGet(result.result().known());
            } else {
                failure.compareAndSet(null, result.cause());
            }
            room.release();
        });
    }

    /** Throws what made a batch fail, if one did. */
    void check() {
        Throwable cause = failure.get();
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        if (cause != null) {
            throw new IllegalStateException("batch not stored: " + cause.getMessage(), cause);
        }
    }

    /** Waits until every batch is stored; throws as {@link #check}. */
    void finish() throws InterruptedException {
        room.acquire(IN_FLIGHT);
        room.release(IN_FLIGHT);
        check();
    }
}
