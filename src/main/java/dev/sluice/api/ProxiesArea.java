package dev.sluice.api;

import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.StrategyInForce;
import dev.sluice.port.CheckOrders;
import dev.sluice.port.ProxyLookup;
import dev.sluice.store.ProxySearch;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The administration's view of proxies: searched ({@code GET /api/v1/proxies}), checked now ({@code POST …/check}), explained
 * ({@code GET /api/v1/explain}).
 */
public final class ProxiesArea implements Area {
    private static final long PATIENCE_MILLIS = 2_000;

    private final Sources from;
    private final CheckedLately lately = new CheckedLately();

    /** Over these sources. */
    public ProxiesArea(Sources from) {
        this.from = from;
    }

    /**
     * What it asks. Everything is thread-safe.
     *
     * @param pool what is alive
     * @param feedback what applications reported
     * @param strategy how proxies are chosen where nobody says so
     * @param lookup entries by number
     * @param search entries by their properties
     * @param orders has entries checked
     * @param plan how often proxies are checked
     * @param checking whether anything is checked at all
     * @param nowMillis milliseconds since 1970-01-01T00:00Z
     */
    public record Sources(
            Pool pool,
            FeedbackBook feedback,
            StrategyInForce strategy,
            ProxyLookup lookup,
            ProxySearch search,
            CheckOrders orders,
            Supplier<CheckPlan> plan,
            BooleanSupplier checking,
            LongSupplier nowMillis) {}

    @Override
    public List<Route> routes(Desk desk) {
        // One thread for all instances: a pass over a million proxies is a matter for one core at a time.
        WorkerExecutor passes = desk.vertx().createSharedWorkerExecutor("sluice-search", 1);
        Searches searches = new Searches(from, passes, PATIENCE_MILLIS);
        SearchEndpoint search = new SearchEndpoint(searches);
        CheckEndpoint check = new CheckEndpoint(from, searches, lately, desk.vertx(), desk.bodies(), PATIENCE_MILLIS);
        ExplainEndpoint explain = new ExplainEndpoint(from, searches, lately, PATIENCE_MILLIS);
        return List.of(
                desk.get("/api/v1/proxies", "proxies, searched, page after page", search::search),
                desk.admin("POST", "/api/v1/proxies/check", "have proxies checked now", check::several),
                desk.admin("POST", "/api/v1/proxies/{id}/check", "have a proxy checked now", check::one),
                desk.get("/api/v1/explain", "why this proxy, why none", explain::explain));
    }
}
