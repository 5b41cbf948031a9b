package dev.sluice.api;

import dev.sluice.pool.Served;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.StoreException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeoutException;

/** {@code GET /api/v1/proxies}. */
final class SearchEndpoint {
    private final Searches searches;

    SearchEndpoint(Searches searches) {
        this.searches = searches;
    }

    void search(Exchange exchange) {
        SearchForm.Search search = SearchForm.parse(exchange.request().query());
        exchange.here(searches.run(search))
                .onSuccess(found -> exchange.json(200, form(search, found, exchange.maySeeCredentials())))
                .onFailure(failure -> refuse(exchange, failure));
    }

    /** Answers what ended in {@code failure}: that the database does not answer, where that is why. */
    static void refuse(Exchange exchange, Throwable failure) {
        boolean silent = failure instanceof TimeoutException
                || (failure instanceof StoreException store && store.kind() == StoreException.Kind.UNAVAILABLE);
        if (silent) {
            exchange.problem(Problems.storeSilent());
        } else {
            exchange.refuse(failure);
        }
    }

    private static JsonObject form(SearchForm.Search search, Searches.Found found, boolean credentials) {
        JsonArray proxies = new JsonArray();
        for (Searches.Hit hit : found.hits()) {
            proxies.add(summary(hit, credentials));
        }
        Cursor next = found.next();
        return new JsonObject()
                .put("state", search.state())
                .put("sort", search.sort())
                .put("total", found.total())
                .put("scanned", found.scanned())
                .put("next_cursor", next == null ? null : next.text(search.query()))
                .put("proxies", proxies);
    }

    static JsonObject summary(Searches.Hit hit, boolean credentials) {
        Served served = hit.served();
        StoredProxy stored = hit.stored();
        if (served != null) {
            return ProxySummary.of(served, credentials);
        }
        if (stored != null) {
            return ProxySummary.of(stored, credentials);
        }
        throw new IllegalStateException("proxy " + hit.id() + " comes from nowhere (expected: the pool or the store)");
    }
}
