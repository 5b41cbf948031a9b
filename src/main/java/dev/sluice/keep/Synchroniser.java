package dev.sluice.keep;

import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns from the store what other instances found out about proxies. Confined to its event loop; turns do not overlap.
 *
 * <p>Each turn asks for what became alive or dead since the last time, with an overlap for clocks that differ and
 * results that were written late; and then for one page of all that is alive, going round and round, so that latencies,
 * lists and locations follow. What is served but absent from that page died unnoticed (its result was written later
 * than the overlap allows for), and is asked for by number. The same state may be told many times: who is told must
 * ignore what is not newer than what it knows.
 */
final class Synchroniser {
    static final long PAUSE_MILLIS = 2_000;
    static final long LONGEST_PAUSE_MILLIS = 60_000;
    static final long OVERLAP_MILLIS = 10_000;
    static final int TURNED_PAGE = 1_000;

    /** Most pages of what turned in one turn; the next one goes on where it ended. */
    static final int TURNED_PAGES = 20;

    static final int ALIVE_PAGE = 500;

    private static final Logger LOG = LoggerFactory.getLogger(Synchroniser.class);
    private static final long[] NONE = {};

    private final Shelves shelves;
    private final Consumer<List<StoredProxy>> learnt;
    private final InstantSource clock;

    /** Changes before it are known. */
    private long knownUntilMillis;
    /** Newest change that was ever seen. */
    private long newestMillis;
    /** The sweep under way: when it began, and after which id it goes on; no sweep is under way while that is 0. */
    private long sweepBeganMillis;

    private long sweptTo;

    /** The round under way: after which id it goes on, and what was served when it began, sorted. */
    private long roundAt;

    private long[] served = NONE;

    private int failuresInARow;

    /**
     * @param learnt given every page
     * @param sinceMillis from when on changes matter: when the pool began to load
     */
    Synchroniser(Shelves shelves, Consumer<List<StoredProxy>> learnt, long sinceMillis, InstantSource clock) {
        this.shelves = shelves;
        this.learnt = learnt;
        this.clock = clock;
        this.knownUntilMillis = sinceMillis;
        this.newestMillis = sinceMillis;
    }

    /**
     * Asks once. A failure is logged when it is the first of an outage.
     *
     * @return milliseconds to wait for the next turn: longer and longer while the store fails
     */
    Future<Long> turn() {
        if (sweptTo == 0) {
            sweepBeganMillis = clock.millis();
        }
        return sweep(TURNED_PAGES).compose(swept -> round()).transform(ended -> {
            if (ended.succeeded()) {
                answered();
                return Future.succeededFuture(PAUSE_MILLIS);
            }
            return Future.succeededFuture(refused(ended.cause()));
        });
    }

    private Future<Void> sweep(int pages) {
        return shelves.turnedSince(knownUntilMillis - OVERLAP_MILLIS, sweptTo, TURNED_PAGE)
                .compose(page -> {
                    tell(page);
                    page.forEach(each ->
                            newestMillis = Math.max(newestMillis, each.health().stateSinceMillis()));
                    if (page.size() < TURNED_PAGE) {
                        sweptTo = 0;
                        // By the clocks of those who wrote, but never beyond our own: one that is fast hides nothing.
                        knownUntilMillis = Math.min(newestMillis, sweepBeganMillis);
                        return Future.succeededFuture();
                    }
                    sweptTo = page.get(page.size() - 1).id();
                    return pages > 1 ? sweep(pages - 1) : Future.succeededFuture();
                });
    }

    private Future<Void> round() {
        return begun().compose(ready -> shelves.alive(roundAt, ALIVE_PAGE)).compose(page -> {
            tell(page);
            boolean last = page.size() < ALIVE_PAGE;
            long pageEnd = last ? Long.MAX_VALUE : page.get(page.size() - 1).id();
            List<Long> missing = missing(page, pageEnd);
            long end = missing.size() < ALIVE_PAGE ? pageEnd : missing.get(missing.size() - 1);
            return ask(missing).onSuccess(asked -> roundAt = end == Long.MAX_VALUE ? 0 : end);
        });
    }

    private Future<Void> begun() {
        if (roundAt > 0) {
            return Future.succeededFuture();
        }
        return shelves.served()
                .onSuccess(ids -> {
                    served = ids.clone();
                    Arrays.sort(served);
                })
                .mapEmpty();
    }

    /** What was served between the last page and the end of this one and is not in it, at most a page of it. */
    private List<Long> missing(List<StoredProxy> page, long end) {
        Set<Long> alive = new HashSet<>();
        page.forEach(each -> alive.add(each.id()));
        List<Long> missing = new ArrayList<>();
        int found = Arrays.binarySearch(served, roundAt + 1);
        for (int i = found < 0 ? -found - 1 : found;
                i < served.length && served[i] <= end && missing.size() < ALIVE_PAGE;
                i++) {
            if (!alive.contains(served[i])) {
                missing.add(served[i]);
            }
        }
        return missing;
    }

    private Future<Void> ask(List<Long> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture();
        }
        return shelves.get(ids).onSuccess(this::tell).mapEmpty();
    }

    private void tell(List<StoredProxy> page) {
        if (!page.isEmpty()) {
            learnt.accept(page);
        }
    }

    private void answered() {
        if (failuresInARow > 0) {
            failuresInARow = 0;
            LOG.atInfo().log("what other instances find is learnt again");
        }
    }

    private long refused(Throwable failure) {
        failuresInARow++;
        if (failuresInARow == 1) {
            boolean known = failure instanceof StoreException;
            (known ? LOG.atWarn() : LOG.atError())
                    .addKeyValue("error", failure.getMessage())
                    .setCause(known ? null : failure)
                    .log("what other instances find cannot be read; it is tried again");
        }
        return Math.min(LONGEST_PAUSE_MILLIS, PAUSE_MILLIS << Math.min(failuresInARow, 10));
    }

    /** What is asked, each answer on the event loop. See {@code ProxyStore}. */
    interface Shelves {
        Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit);

        Future<List<StoredProxy>> alive(long afterId, int limit);

        Future<List<StoredProxy>> get(List<Long> ids);

        /** Numbers of what this instance serves, in any order. */
        Future<long[]> served();
    }
}
