package dev.sluice.fetch;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sends batches of one fetch, at most {@value #CREDIT} of them unacknowledged. Confined to one event loop. */
final class Outlet {
    static final int CREDIT = 2;

    private final String source;
    private final long fetchedAtMillis;
    private final Function<CandidatesFound, Future<CandidatesKept>> keeper;
    private final ArrayDeque<List<Candidate>> queue = new ArrayDeque<>();
    private int unacknowledged;
    private int added;
    private @Nullable Throwable failure;
    private @Nullable Promise<Void> waiter;
    private int waitsFor;

    Outlet(String source, long fetchedAtMillis, Function<CandidatesFound, Future<CandidatesKept>> keeper) {
        this.source = source;
        this.fetchedAtMillis = fetchedAtMillis;
        this.keeper = keeper;
    }

    /**
     * Sends {@code batches}. One call at a time.
     *
     * @return when there is room for more; fails when a batch was not kept
     */
    Future<Void> send(List<List<Candidate>> batches) {
        queue.addAll(batches);
        return whenAtMost(CREDIT - 1);
    }

    /** When all are acknowledged; fails when one was not kept. */
    Future<Void> drained() {
        return whenAtMost(0);
    }

    /** Entries that were new to the store. */
    int added() {
        return added;
    }

    private Future<Void> whenAtMost(int open) {
        pump();
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        if (queue.isEmpty() && unacknowledged <= open) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        waiter = promise;
        waitsFor = open;
        return promise.future();
    }

    private void pump() {
        while (failure == null && unacknowledged < CREDIT && !queue.isEmpty()) {
            unacknowledged++;
            keeper.apply(new CandidatesFound(source, fetchedAtMillis, queue.remove()))
                    .onComplete(this::kept, this::refused);
        }
    }

    private void kept(CandidatesKept kept) {
        unacknowledged--;
        added += kept.added();
        pump();
        if (queue.isEmpty() && unacknowledged <= waitsFor && failure == null) {
            Promise<Void> waiting = waiter;
            waiter = null;
            if (waiting != null) {
                waiting.complete();
            }
        }
    }

    private void refused(Throwable cause) {
        unacknowledged--;
        queue.clear();
        if (failure == null) {
            failure = new NotKeptException(cause);
        }
        Promise<Void> waiting = waiter;
        waiter = null;
        if (waiting != null) {
            waiting.fail(failure);
        }
    }

    /** A batch was not kept: the fault lies with this process, not with the source. */
    static final class NotKeptException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotKeptException(Throwable cause) {
            super("entries were not kept: " + cause.getMessage(), cause);
        }
    }
}
