package dev.sluice.api;

import dev.sluice.pool.Ranking;
import dev.sluice.pool.Served;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxySearch;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs searches: passes over the pool one after the other beside the event loops, others in the store. Thread-safe. */
final class Searches {
    /** Passes of an instance that may wait: a second or two of work. */
    static final int MOST_WAITING = 32;

    private final ProxiesArea.Sources from;
    private final WorkerExecutor passes;
    private final long patienceMillis;
    private final AtomicInteger waiting = new AtomicInteger();

    Searches(ProxiesArea.Sources from, WorkerExecutor passes, long patienceMillis) {
        this.from = from;
        this.passes = passes;
        this.patienceMillis = patienceMillis;
    }

    /**
     * What was found.
     *
     * @param hits in order
     * @param total how many match in all; null where nobody counted
     * @param next where to go on; null at the end
     * @param scanned entries that were looked at, where the page ended for that reason; null otherwise
     */
    record Found(
            List<Hit> hits,
            @Nullable Integer total,
            @Nullable Cursor next,
            @Nullable Integer scanned) {}

    /** One proxy, as the one or the other has it. */
    record Hit(long id, @Nullable Served served, @Nullable StoredProxy stored) {}

    /** @return fails with {@link Refused} when too many wait, or with what the store failed with */
    Future<Found> run(SearchForm.Search search) {
        if (search instanceof SearchForm.OfPool pool) {
            return pass(() -> found(pool));
        }
        SearchForm.OfStore store = (SearchForm.OfStore) search;
        return run(store.wanted()).map(Searches::found);
    }

    /** Asks the store, but not for long. */
    Future<ProxySearch.Found> run(ProxyQuery query) {
        return from.search().search(query).timeout(patienceMillis, TimeUnit.MILLISECONDS);
    }

    /** Does something that takes as long as a look at each proxy of the pool. */
    <T> Future<T> pass(Callable<T> work) {
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(new Refused(Problems.overloaded()));
        }
        return passes.executeBlocking(work, false).onComplete(done -> waiting.decrementAndGet());
    }

    private Found found(SearchForm.OfPool search) {
        Ranking.Page page = from.pool()
                .rank(
                        from.pool().select(search.filter()),
                        search.by(),
                        search.descending(),
                        search.after(),
                        search.limit());
        List<Hit> hits = new ArrayList<>();
        page.proxies().forEach(served -> hits.add(new Hit(served.id(), served, null)));
        Ranking.Rank next = page.next();
        return new Found(hits, page.total(), next == null ? null : new Cursor(next.value(), next.id()), null);
    }

    private static Found found(ProxySearch.Found page) {
        List<Hit> hits = new ArrayList<>();
        page.proxies().forEach(stored -> hits.add(new Hit(stored.id(), null, stored)));
        ProxyQuery.Position next = page.next();
        return new Found(
                hits,
                null,
                next == null ? null : new Cursor(next.value(), next.id()),
                page.cut() ? (Integer) ProxySearch.MOST_LOOKED_AT : null);
    }
}
