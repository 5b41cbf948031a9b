package dev.sluice.api;

import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Served;
import dev.sluice.port.Overrides;
import dev.sluice.port.ProxyLookup;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.StoreException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/proxies/{id}}: one proxy in detail, and why its reputation is what it is. What is served comes from
 * memory; the store adds what only it knows, and answers alone for the rest. Below it, {@code /override}: what an
 * administrator orders for it.
 */
final class ProxyEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyEndpoint.class);

    /** How long an answer waits for the database. */
    static final long PATIENCE_MILLIS = 2_000;

    /** Most applications whose feedback is shown. */
    static final int MAX_APPLICATIONS = 100;

    private final Pool pool;
    private final FeedbackBook feedback;
    private final ProxyLookup lookup;
    private final Overrides overrides;
    private final Supplier<CheckPlan> plan;
    private final BodyReader bodies;
    private final LongSupplier nowMillis;
    private final long patienceMillis;

    ProxyEndpoint(
            Pool pool,
            FeedbackBook feedback,
            ProxyLookup lookup,
            Overrides overrides,
            Supplier<CheckPlan> plan,
            BodyReader bodies,
            LongSupplier nowMillis,
            long patienceMillis) {
        this.pool = pool;
        this.feedback = feedback;
        this.lookup = lookup;
        this.overrides = overrides;
        this.plan = plan;
        this.bodies = bodies;
        this.nowMillis = nowMillis;
        this.patienceMillis = patienceMillis;
    }

    void get(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        long id = id(exchange.segment("id"));
        Future<List<StoredProxy>> asked = lookup.get(List.of(id)).timeout(patienceMillis, TimeUnit.MILLISECONDS);
        exchange.here(asked).onComplete(result -> answer(exchange, id, result));
    }

    /** Orders something; what was ordered before is replaced as a whole. */
    void override(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        long id = id(exchange.segment("id"));
        ordered(
                exchange,
                id,
                "override ordered",
                bodies.read(exchange)
                        .map(body -> OverrideForm.parse(body, nowMillis.getAsLong()))
                        .compose(order -> overrides.override(id, order)));
    }

    /** Takes back what was ordered, if anything was. */
    void obeyRules(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        long id = id(exchange.segment("id"));
        ordered(exchange, id, "override taken back", overrides.override(id, null));
    }

    private void ordered(Exchange exchange, long id, String what, Future<Optional<StoredProxy>> order) {
        exchange.here(order)
                .onSuccess(obeyed -> {
                    StoredProxy stored = obeyed.orElse(null);
                    JsonObject form = stored == null ? null : detail(exchange, id, stored, true);
                    if (stored == null || form == null) {
                        exchange.problem(Problems.noSuchProxy(id));
                        return;
                    }
                    tell(what, id, stored.override(), exchange);
                    exchange.json(200, form);
                })
                .onFailure(failure -> refused(exchange, failure));
    }

    /** A line for those who ask later who did it. */
    private void tell(String what, long id, @Nullable ManualOverride order, Exchange exchange) {
        LOG.atInfo()
                .addKeyValue("proxy", id)
                .addKeyValue("order", OverrideForm.json(order, nowMillis.getAsLong()))
                .addKeyValue("by", exchange.caller().name())
                .addKeyValue("request", exchange.id())
                .log(what);
    }

    private static void refused(Exchange exchange, Throwable failure) {
        if (failure instanceof StoreException store && store.kind() == StoreException.Kind.UNAVAILABLE) {
            LOG.atWarn().addKeyValue("error", failure.getMessage()).log("an override could not be stored");
            exchange.problem(Problems.storeUnavailable());
        } else {
            exchange.refuse(failure);
        }
    }

    private void answer(Exchange exchange, long id, AsyncResult<List<StoredProxy>> result) {
        StoredProxy stored = result.succeeded() && !result.result().isEmpty()
                ? result.result().get(0)
                : null;
        JsonObject form = detail(exchange, id, stored, result.succeeded());
        if (form != null) {
            exchange.json(200, form);
        } else {
            exchange.problem(result.succeeded() ? Problems.noSuchProxy(id) : Problems.storeSilent());
        }
    }

    /** What memory and the store know of a proxy; null where neither knows it. */
    private @Nullable JsonObject detail(
            Exchange exchange, long id, @Nullable StoredProxy stored, boolean storeAnswers) {
        JsonObject form = form(pool.served(id), stored, exchange.maySeeCredentials(), nowMillis.getAsLong());
        return form == null
                ? null
                : form.put(
                                "next_check",
                                stored == null ? null : PlanForm.json(stored, plan.get(), nowMillis.getAsLong()))
                        .put("store_answers", storeAnswers)
                        .put("feedback", ProxyDetail.feedback(feedback.about(id, MAX_APPLICATIONS)));
    }

    private static @Nullable JsonObject form(
            @Nullable Served served, @Nullable StoredProxy stored, boolean credentials, long nowMillis) {
        if (served != null) {
            return ProxyDetail.of(served, stored, credentials, nowMillis);
        }
        return stored == null ? null : ProxyDetail.of(stored, credentials, nowMillis);
    }

    /**
     * The number of a proxy.
     *
     * @throws Refused when {@code text} is none
     */
    static long id(String text) {
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
