package dev.sluice.api;

import dev.sluice.port.CheckOrders;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /api/v1/proxies/{id}/check} and {@code POST /api/v1/proxies/check}. Confined to one event loop. */
final class CheckEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(CheckEndpoint.class);
    private static final String WAIT = "wait";
    private static final String IDS = "ids";
    private static final String FILTER = "filter";
    private static final int MOST_WAIT_SECONDS = 30;

    private final ProxiesArea.Sources from;
    private final Searches searches;
    private final CheckedLately lately;
    private final BodyReader bodies;
    private final long patienceMillis;
    private final CheckWatch watch;

    CheckEndpoint(
            ProxiesArea.Sources from,
            Searches searches,
            CheckedLately lately,
            Vertx vertx,
            BodyReader bodies,
            long patienceMillis) {
        this.from = from;
        this.searches = searches;
        this.lately = lately;
        this.bodies = bodies;
        this.patienceMillis = patienceMillis;
        this.watch = new CheckWatch(vertx, from.lookup());
    }

    // One.

    void one(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), List.of(WAIT));
        long waitMillis = waitMillis(query.get(WAIT));
        long id = ProxyEndpoint.id(exchange.segment("id"));
        checking();
        exchange.here(from.lookup().get(List.of(id)).timeout(patienceMillis, TimeUnit.MILLISECONDS))
                .compose(found -> {
                    if (found.isEmpty()) {
                        return Future.failedFuture(new Refused(Problems.noSuchProxy(id)));
                    }
                    StoredProxy before = found.get(0);
                    if (before.archived()) {
                        return Future.failedFuture(new Refused(Problems.archived(id)));
                    }
                    return exchange.here(order(List.of(id)))
                            .onSuccess(due -> tell(exchange, 1, due))
                            .compose(due -> outcome(exchange, before, due, waitMillis));
                })
                .onFailure(failure -> SearchEndpoint.refuse(exchange, failure));
    }

    private static long waitMillis(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        boolean seconds = text.matches("[1-9][0-9]?s");
        int wait = seconds ? Integer.parseInt(text.substring(0, text.length() - 1)) : 0;
        if (wait < 1 || wait > MOST_WAIT_SECONDS) {
            throw new Refused(Problems.invalidParameter(
                    WAIT, WAIT + ": " + text + " (expected: 1s.." + MOST_WAIT_SECONDS + "s)"));
        }
        return wait * 1_000L;
    }

    private void checking() {
        if (!from.checking().getAsBoolean()) {
            throw new Refused(Problems.checkingOff());
        }
    }

    private Future<Integer> order(List<Long> ids) {
        long now = from.nowMillis().getAsLong();
        return from.orders()
                .expedite(ids, CheckOrders.AT_ONCE, now)
                .timeout(patienceMillis, TimeUnit.MILLISECONDS)
                .onSuccess(due -> lately.asked(ids, now));
    }

    private Future<Void> outcome(Exchange exchange, StoredProxy before, int due, long waitMillis) {
        if (waitMillis == 0) {
            exchange.json(202, accepted(before, due));
            return Future.succeededFuture();
        }
        return exchange.here(watch.changed(before, waitMillis)).map(changed -> {
            if (!exchange.gone()) {
                changed.ifPresentOrElse(
                        after -> exchange.json(200, done(before, after, exchange.maySeeCredentials())),
                        () -> exchange.json(202, accepted(before, due)));
            }
            return null;
        });
    }

    /**
     * It will be checked.
     *
     * @param due 0 where it is being checked at this moment
     */
    private static JsonObject accepted(StoredProxy before, int due) {
        return new JsonObject()
                .put("id", before.id())
                .put("under_way", due == 0)
                .put("last_checked_at", ProxyForm.time(before.health().lastCheckedAtMillis()))
                .put("version", before.health().version())
                .put("proxy", "/api/v1/proxies/" + before.id());
    }

    private static JsonObject done(StoredProxy before, StoredProxy after, boolean credentials) {
        Health health = after.health();
        boolean verdict = health.lastCheckedAtMillis() > before.health().lastCheckedAtMillis();
        return new JsonObject()
                .put("id", after.id())
                .put("verdict", verdict)
                .put("worked", verdict ? (Boolean) (health.lastReason() == FailureReason.NONE) : null)
                .put("was_alive", before.health().alive())
                .put("version", health.version())
                .put("proxy", ProxySummary.of(after, credentials));
    }

    // Several.

    void several(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        checking();
        bodies.read(exchange)
                .compose(body -> wanted(body, exchange))
                .compose(wanted -> wanted.ids().isEmpty()
                        ? Future.succeededFuture(answered(exchange, wanted, 0))
                        : exchange.here(order(wanted.ids())).map(due -> answered(exchange, wanted, due)))
                .onFailure(failure -> SearchEndpoint.refuse(exchange, failure));
    }

    /** Which, and whether there are more than can be taken at once. */
    private record Wanted(List<Long> ids, boolean more) {}

    private boolean answered(Exchange exchange, Wanted wanted, int due) {
        tell(exchange, wanted.ids().size(), due);
        exchange.json(
                202,
                new JsonObject()
                        .put("asked", wanted.ids().size())
                        .put("due", due)
                        .put("more", wanted.more()));
        return true;
    }

    /** A line for those who ask later who did it. */
    private static void tell(Exchange exchange, int asked, int due) {
        LOG.atInfo()
                .addKeyValue("proxies", asked)
                .addKeyValue("due", due)
                .addKeyValue("by", exchange.caller().name())
                .log("checks were asked for");
    }

    private Future<Wanted> wanted(Buffer body, Exchange exchange) {
        JsonObject json = JsonBody.object(body, IDS + " or " + FILTER);
        Set<String> names = json.fieldNames();
        if (names.size() != 1 || !(json.containsKey(IDS) || json.containsKey(FILTER))) {
            throw refused("", "the members " + names + " (expected: " + IDS + " or " + FILTER + ", and nothing else)");
        }
        if (json.containsKey(IDS)) {
            return Future.succeededFuture(new Wanted(ids(json.getValue(IDS)), false));
        }
        SearchForm.Search search = SearchForm.of(Query.of(filter(json.getValue(FILTER))), CheckOrders.MOST);
        return exchange.here(searches.run(search))
                .map(found ->
                        new Wanted(found.hits().stream().map(Searches.Hit::id).toList(), found.next() != null));
    }

    private static List<Long> ids(@Nullable Object value) {
        if (!(value instanceof JsonArray array) || array.isEmpty() || array.size() > CheckOrders.MOST) {
            throw refused("/" + IDS, "invalid (expected: 1.." + CheckOrders.MOST + " numbers of proxies)");
        }
        Set<Long> ids = new LinkedHashSet<>();
        for (int i = 0; i < array.size(); i++) {
            Object id = array.getValue(i);
            boolean whole = id instanceof Integer || id instanceof Long;
            if (!whole || ((Number) id).longValue() < 1) {
                throw refused("/" + IDS + '/' + i, "invalid (expected: a whole number, 1.." + Long.MAX_VALUE + ")");
            }
            ids.add(((Number) id).longValue());
        }
        return List.copyOf(ids);
    }

    private static Map<String, String> filter(@Nullable Object value) {
        if (!(value instanceof JsonObject object)) {
            throw refused("/" + FILTER, "invalid (expected: an object with parameters of GET /api/v1/proxies)");
        }
        Map<String, String> filter = new LinkedHashMap<>();
        for (Map.Entry<String, Object> member : object) {
            String name = member.getKey();
            String pointer = "/" + FILTER + '/' + FeedbackForm.escaped(name);
            boolean known = SearchForm.PARAMETERS.contains(name)
                    && !name.equals(SearchForm.LIMIT)
                    && !name.equals(SearchForm.CURSOR);
            if (!known) {
                throw refused(pointer, "unknown (expected: a parameter of GET /api/v1/proxies but limit and cursor)");
            }
            Object its = member.getValue();
            if (!(its instanceof String || its instanceof Number)
                    || its.toString().isEmpty()) {
                throw refused(pointer, "invalid (expected: a text or a number)");
            }
            filter.put(name, its.toString());
        }
        return filter;
    }

    private static Refused refused(String pointer, String detail) {
        return new Refused(Problems.invalidBody(
                "the order has errors; nothing was asked for",
                new JsonArray().add(new JsonObject().put("pointer", pointer).put("detail", detail))));
    }
}
