package dev.sluice.api;

import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Served;
import dev.sluice.port.ProxyLookup;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/v1/proxies/{id}}: one proxy in detail, and why its reputation is what it is. What is served comes from
 * memory; the store adds what only it knows, and answers alone for the rest.
 */
final class ProxyEndpoint {
    /** How long an answer waits for the database. */
    static final long PATIENCE_MILLIS = 2_000;

    /** Most applications whose feedback is shown. */
    static final int MAX_APPLICATIONS = 100;

    private final Pool pool;
    private final FeedbackBook feedback;
    private final ProxyLookup lookup;
    private final long patienceMillis;

    ProxyEndpoint(Pool pool, FeedbackBook feedback, ProxyLookup lookup, long patienceMillis) {
        this.pool = pool;
        this.feedback = feedback;
        this.lookup = lookup;
        this.patienceMillis = patienceMillis;
    }

    void get(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        long id = id(exchange.segment("id"));
        Future<List<StoredProxy>> asked = lookup.get(List.of(id)).timeout(patienceMillis, TimeUnit.MILLISECONDS);
        exchange.here(asked).onComplete(result -> answer(exchange, id, result));
    }

    private void answer(Exchange exchange, long id, AsyncResult<List<StoredProxy>> result) {
        Served served = pool.served(id);
        StoredProxy stored = result.succeeded() && !result.result().isEmpty()
                ? result.result().get(0)
                : null;
        JsonObject form = form(exchange, served, stored);
        if (form != null) {
            form.put("store_answers", result.succeeded())
                    .put("feedback", ProxyDetail.feedback(feedback.about(id, MAX_APPLICATIONS)));
            exchange.json(200, form);
        } else {
            exchange.problem(result.succeeded() ? Problems.noSuchProxy(id) : Problems.storeSilent());
        }
    }

    private static @Nullable JsonObject form(Exchange exchange, @Nullable Served served, @Nullable StoredProxy stored) {
        if (served != null) {
            return ProxyDetail.of(served, stored, exchange.maySeeCredentials());
        }
        return stored == null ? null : ProxyDetail.of(stored, exchange.maySeeCredentials());
    }

    private static long id(String text) {
        boolean digits = text.length() <= 19 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        try {
            long id = digits ? Long.parseLong(text) : 0;
            if (id > 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // More than there can be: the same answer.
        }
        throw new Refused(Problems.invalidParameter(
                "id", "id: " + text + " (expected: a whole number, 1.." + Long.MAX_VALUE + ")"));
    }
}
