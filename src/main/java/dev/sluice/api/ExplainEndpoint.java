package dev.sluice.api;

import dev.sluice.pool.Explanation;
import dev.sluice.pool.Feedback;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Foresight;
import dev.sluice.pool.Served;
import dev.sluice.pool.ServedName;
import dev.sluice.pool.Strategy;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import dev.sluice.store.ProxyQuery;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/explain}. Looks, and changes nothing: no turn is taken, no use is counted. */
final class ExplainEndpoint {
    private static final String PROXY = "proxy";
    private static final String SOURCE = "source";
    private static final String STRATEGY = "strategy";
    private static final String CANDIDATES = "candidates";
    private static final int MOST_CANDIDATES = 100;
    private static final int USUAL_CANDIDATES = 10;
    /** Below it a proxy is held back for an application. */
    private static final double HELD_BACK = Feedback.NEUTRAL;

    static final List<String> PARAMETERS = parameters();

    private final ProxiesArea.Sources from;
    private final Searches searches;
    private final CheckedLately lately;
    private final long patienceMillis;

    ExplainEndpoint(ProxiesArea.Sources from, Searches searches, CheckedLately lately, long patienceMillis) {
        this.from = from;
        this.searches = searches;
        this.lately = lately;
        this.patienceMillis = patienceMillis;
    }

    private static List<String> parameters() {
        List<String> names = new ArrayList<>(List.of(PROXY, SOURCE, STRATEGY, CANDIDATES));
        names.addAll(Filter.PARAMETERS);
        return List.copyOf(names);
    }

    void explain(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), PARAMETERS);
        String application = query.get(SOURCE);
        if (application != null && application.length() > FeedbackForm.MAX_SOURCE) {
            throw new Refused(Problems.invalidParameter(
                    SOURCE,
                    SOURCE + ": " + application.length() + " characters (expected: 1.." + FeedbackForm.MAX_SOURCE
                            + ")"));
        }
        int limit = query.number(CANDIDATES, 1, MOST_CANDIDATES, USUAL_CANDIDATES);
        Filter filter = Wish.valid(() -> Filter.parse(query.values()));
        String named = query.get(STRATEGY);
        Strategy strategy = named == null ? from.strategy().current() : Wish.valid(() -> Strategy.of(named));
        String name = query.get(PROXY);
        if (name == null) {
            choice(exchange, filter, strategy, application, limit);
        } else {
            proxy(exchange, name, filter, application);
        }
    }

    // What would be chosen, and why nothing.

    private void choice(Exchange exchange, Filter filter, Strategy strategy, @Nullable String application, int limit) {
        exchange.here(searches.pass(
                        () -> from.pool().foresee(from.pool().select(filter), strategy, application, limit)))
                .onSuccess(foresight ->
                        exchange.json(200, form(foresight, strategy, application, exchange.maySeeCredentials())))
                .onFailure(exchange::refuse);
    }

    private static JsonObject form(
            Foresight foresight, Strategy strategy, @Nullable String application, boolean credentials) {
        JsonArray filters = new JsonArray();
        for (Explanation.Step step : foresight.filters().steps()) {
            filters.add(new JsonObject().put("filter", step.condition()).put("left", step.left()));
        }
        JsonArray candidates = new JsonArray();
        for (Foresight.Candidate candidate : foresight.candidates()) {
            Served proxy = candidate.proxy();
            candidates.add(new JsonObject()
                    .put("id", proxy.id())
                    .put("url", ProxyForm.url(proxy, credentials))
                    .put("probability", Math.round(candidate.probability() * 1e6) / 1e6)
                    .put("reputation", ProxyForm.tenths(proxy.reputation()))
                    .put("latency_ms", ProxyForm.tenths(proxy.latencyMillis()))
                    .put("score", application == null ? null : ProxyForm.thousandths(candidate.score()))
                    .put("held_back", candidate.heldBack()));
        }
        JsonArray relaxations = new JsonArray();
        for (Foresight.Relaxation relaxation : foresight.relaxations()) {
            relaxations.add(new JsonObject()
                    .put("without", new JsonArray(relaxation.without()))
                    .put("left", relaxation.left()));
        }
        return new JsonObject()
                .put("matching", foresight.matching())
                .put("strategy", strategy.text())
                .put("because", because(foresight, strategy))
                .put("filters", filters)
                .put("candidates", candidates)
                .put("held_back", foresight.heldBack())
                .put("relaxations", relaxations);
    }

    private static String because(Foresight foresight, Strategy strategy) {
        if (foresight.matching() > 0) {
            String chosen = strategy.draws() ? "one is drawn, by probability" : "the first in order is taken";
            return foresight.matching() + " match; " + chosen
                    + (foresight.heldBack() == 0
                            ? ""
                            : "; " + foresight.heldBack()
                                    + " of them are held back, because they fail for the application");
        }
        if (foresight.filters().steps().get(0).left() == 0) {
            return "nothing is alive";
        }
        if (foresight.relaxations().isEmpty()) {
            return "nothing matches, and no one or two conditions less would change that";
        }
        Foresight.Relaxation nearest = foresight.relaxations().get(0);
        return "nothing matches; without " + String.join(" and ", nearest.without()) + " " + nearest.left() + " would";
    }

    // One proxy.

    private void proxy(Exchange exchange, String name, Filter filter, @Nullable String application) {
        exchange.here(find(name))
                .onSuccess(found -> {
                    Served served = found.served();
                    StoredProxy stored = found.stored();
                    if (served == null && stored == null) {
                        exchange.problem(Problems.noProxyNamed(name));
                    } else {
                        exchange.json(200, form(exchange, served, stored, filter, application));
                    }
                })
                .onFailure(failure -> SearchEndpoint.refuse(exchange, failure));
    }

    /** In the pool, in the store, or in both. */
    private record Known(@Nullable Served served, @Nullable StoredProxy stored) {}

    private Future<Known> find(String name) {
        if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            long id = id(name);
            return stored(from.pool().served(id), id);
        }
        ServedName parsed = ServedName.parse(name);
        if (parsed == null) {
            throw invalid(name);
        }
        Served served = from.pool().find(name);
        if (served != null) {
            return stored(served, served.id());
        }
        return searches.run(at(parsed))
                .map(found -> new Known(
                        null,
                        found.proxies().stream()
                                .filter(stored -> meant(parsed, stored))
                                .findFirst()
                                .orElse(null)));
    }

    private static long id(String text) {
        try {
            long id = Long.parseLong(text);
            if (id > 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // More than there can be: the same answer.
        }
        throw invalid(text);
    }

    private static Refused invalid(String text) {
        return new Refused(Problems.invalidParameter(
                PROXY, PROXY + ": " + text + " (expected: the id of a proxy, host:port, or its URL)"));
    }

    /** What is served is told about while the store does not answer. */
    private Future<Known> stored(@Nullable Served served, long id) {
        Future<Known> asked = from.lookup()
                .get(List.of(id))
                .timeout(patienceMillis, TimeUnit.MILLISECONDS)
                .map(found -> new Known(served, found.isEmpty() ? null : found.get(0)));
        return served == null ? asked : asked.otherwise(new Known(served, null));
    }

    private static ProxyQuery at(ServedName name) {
        return new ProxyQuery(
                ProxyQuery.State.ALL,
                ProxyQuery.Order.ID,
                false,
                Set.of(),
                null,
                0,
                Set.of(),
                Set.of(),
                null,
                List.of(name.host()),
                name.port(),
                0,
                Long.MAX_VALUE,
                null,
                ProxyQuery.MOST);
    }

    private static boolean meant(ServedName name, StoredProxy stored) {
        Scheme scheme = name.scheme();
        Credentials credentials = name.credentials();
        return (scheme == null || scheme == stored.key().scheme())
                && (credentials == null || credentials.equals(stored.key().credentials()));
    }

    private JsonObject form(
            Exchange exchange,
            @Nullable Served served,
            @Nullable StoredProxy stored,
            Filter filter,
            @Nullable String application) {
        long now = from.nowMillis().getAsLong();
        boolean credentials = exchange.maySeeCredentials();
        List<Condition> conditions = conditions(served, stored, filter, application, now);
        JsonArray told = new JsonArray();
        List<String> against = new ArrayList<>();
        for (Condition condition : conditions) {
            told.add(new JsonObject()
                    .put("condition", condition.name())
                    .put("met", condition.met())
                    .put("because", condition.because()));
            if (!condition.met()) {
                against.add(condition.name());
            }
        }
        JsonObject detail = served != null
                ? ProxyDetail.of(served, stored, credentials, now)
                : ProxyDetail.of(known(stored), credentials, now);
        return new JsonObject()
                .put(
                        "proxy",
                        served != null
                                ? ProxySummary.of(served, credentials)
                                : ProxySummary.of(known(stored), credentials))
                .put("served", against.isEmpty())
                .put(
                        "because",
                        against.isEmpty() ? "it meets every condition" : "not met: " + String.join(", ", against))
                .put("conditions", told)
                .put("reputation", detail.getJsonObject("reputation"))
                .put(
                        "next_check",
                        stored == null
                                ? null
                                : PlanForm.json(stored, from.plan().get(), now))
                .put("last_check", stored == null ? null : lastCheck(stored))
                .put("store_answers", stored != null);
    }

    private static StoredProxy known(@Nullable StoredProxy stored) {
        if (stored == null) {
            throw new IllegalStateException("a proxy that is nowhere (expected: one of the pool or the store)");
        }
        return stored;
    }

    private record Condition(String name, boolean met, String because) {}

    private List<Condition> conditions(
            @Nullable Served served,
            @Nullable StoredProxy stored,
            Filter filter,
            @Nullable String application,
            long now) {
        List<Condition> conditions = new ArrayList<>();
        if (served == null) {
            standing(conditions, known(stored));
        } else {
            conditions.add(new Condition("alive", true, "its last confirmed verdict was good"));
        }
        Verified verified =
                served != null ? served.verified() : known(stored).health().verified();
        boolean enough = verified == Verified.FULL || from.pool().servesConnectOnly();
        conditions.add(new Condition(
                "verified",
                enough,
                verified == Verified.FULL
                        ? "a judge's answer came back through it"
                        : enough
                                ? "a TCP connect is all that is asked at present"
                                : "only a TCP connect verified it, and more is asked while judges answer"));
        List<Filter.Condition> asked =
                served != null ? filter.conditions(served, now) : filter.conditions(known(stored), now);
        for (Filter.Condition condition : asked) {
            conditions.add(new Condition(
                    condition.name(),
                    condition.met(),
                    condition.met()
                            ? "it meets what is asked"
                            : "it does not meet what is asked, or that is not known of it"));
        }
        if (application != null) {
            long id = served != null ? served.id() : known(stored).id();
            conditions.add(heard(from.feedback().get(application, id)));
        }
        return conditions;
    }

    /** Why an entry of the store is not in the pool. */
    private static void standing(List<Condition> conditions, StoredProxy stored) {
        Health health = stored.health();
        conditions.add(new Condition(
                "alive",
                health.alive(),
                !health.judged()
                        ? "it was never checked"
                        : health.alive()
                                ? "its last confirmed verdict was good"
                                : "its last check ended with "
                                        + health.lastReason().text()));
        conditions.add(new Condition(
                "not_archived",
                !stored.archived(),
                stored.archived() ? "it was dead and unused for so long that it was archived" : "it is not archived"));
        boolean clean = health.tampering() == Tampering.NONE;
        conditions.add(new Condition(
                "not_tampering",
                clean,
                clean ? "it was not caught changing what it carries" : "it was caught changing what it carries"));
        boolean spoken = stored.key().scheme() != Scheme.UNKNOWN;
        conditions.add(new Condition(
                "protocol_known",
                spoken,
                spoken ? "it is known how to talk to it" : "no check has found how to talk to it"));
        boolean expected = health.alive() && !stored.archived() && clean && spoken;
        if (expected) {
            conditions.add(new Condition(
                    "in_pool",
                    false,
                    "this instance has not taken it into its pool yet, or knows something newer of it"));
        }
    }

    private static Condition heard(@Nullable Feedback feedback) {
        if (feedback == null) {
            return new Condition("feedback", true, "the application has reported nothing about it");
        }
        boolean good = feedback.score() >= HELD_BACK;
        return new Condition(
                "feedback",
                good,
                "score " + ProxyForm.thousandths(feedback.score()) + " after " + feedback.successes()
                        + " successes and "
                        + feedback.failures() + " failures"
                        + (good
                                ? ""
                                : "; below " + HELD_BACK
                                        + " it is given only where there is nothing better, or seldom"));
    }

    private JsonObject lastCheck(StoredProxy stored) {
        Health health = stored.health();
        long at = health.lastCheckedAtMillis();
        long asked = lately.before(stored.id(), at);
        return new JsonObject()
                .put("at", ProxyForm.time(at))
                .put(
                        "reason",
                        at == 0 || health.lastReason() == FailureReason.NONE
                                ? null
                                : health.lastReason().text())
                .put(
                        "because",
                        at == 0
                                ? "it was never checked"
                                : asked > 0
                                        ? "an administrator asked for it at " + ProxyForm.time(asked)
                                        : "its time had come, or a report of clients brought it forward: which is not kept");
    }
}
