package dev.sluice.bulk;

import dev.sluice.port.Merge;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands chunks to the store, one after the other: a chunk is there only when all before it are. While one is written the
 * next may wait here, so that reading and writing go on at the same time. For one offering thread; a store may answer
 * from anywhere.
 */
final class ChunkFeed {
    /** Chunks on their way at most. */
    static final int ON_THEIR_WAY = 2;

    /** How often a thread that waits asks whether it should. */
    private static final long LOOK_MILLIS = 100;

    private final ProxyStore store;
    private final Merge merge;
    private final ChunkSize size;
    private final ArrayDeque<Step> steps = new ArrayDeque<>();
    private Stored stored;
    private @Nullable Throwable failure;

    /**
     * What is stored.
     *
     * @param cursor behind the last chunk
     * @param added entries that were new, in all chunks
     */
    record Stored(ImportCursor cursor, long added) {}

    private record Step(ImportChunk chunk, ImportCursor behind) {}

    ChunkFeed(ProxyStore store, Merge merge, ChunkSize size, Stored before) {
        this.store = store;
        this.merge = merge;
        this.size = size;
        this.stored = before;
    }

    /** What is stored by now. */
    synchronized Stored stored() {
        return stored;
    }

    /**
     * Waits until fewer than {@value #ON_THEIR_WAY} are on their way, then takes the chunk.
     *
     * @param behind cursor behind the chunk
     * @return false when asked to stop; the chunk was not taken then
     */
    boolean offer(ImportChunk chunk, ImportCursor behind, BooleanSupplier stop) throws InterruptedException {
        synchronized (this) {
            if (!shrunk(ON_THEIR_WAY - 1, stop)) {
                return false;
            }
            steps.add(new Step(chunk, behind));
            if (steps.size() > 1) {
                return true;
            }
        }
        send();
        return true;
    }

    /** Waits until everything is stored. @return false when asked to stop */
    synchronized boolean finish(BooleanSupplier stop) throws InterruptedException {
        return shrunk(0, stop);
    }

    /** Whether nothing is on its way. */
    synchronized boolean idle() {
        return steps.isEmpty();
    }

    /** Throws what made a chunk fail, if one did. */
    synchronized void check() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure != null) {
            throw new IllegalStateException("chunk not stored: " + failure.getMessage(), failure);
        }
    }

    private synchronized boolean shrunk(int most, BooleanSupplier stop) throws InterruptedException {
        check();
        while (steps.size() > most) {
            if (stop.getAsBoolean()) {
                return false;
            }
            wait(LOOK_MILLIS);
            check();
        }
        return true;
    }

    /** Writes the first of those that wait. */
    private void send() {
        Step step;
        synchronized (this) {
            step = steps.element();
        }
        long beganNanos = System.nanoTime();
        Future<ChunkKept> written;
        try {
            written = store.keepChunk(step.chunk, merge);
        } catch (RuntimeException e) {
            written = Future.failedFuture(e);
        }
        written.onComplete(kept -> written(step, kept, System.nanoTime() - beganNanos), cause -> {
            synchronized (this) {
                failure = cause;
                notifyAll();
            }
        });
    }

    private void written(Step step, ChunkKept kept, long nanos) {
        boolean more;
        synchronized (this) {
            size.stored(step.chunk.entries().candidates().size(), nanos);
            stored = new Stored(step.behind, stored.added + kept.added());
            steps.remove();
            more = !steps.isEmpty();
            notifyAll();
        }
        if (more) {
            send();
        }
    }
}
