package dev.sluice.api;

import dev.sluice.pool.Filter;
import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import io.vertx.core.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** {@code /get-proxy}, {@code /list}, {@code /random}: everything comes from memory. */
final class ReadEndpoints {
    static final int MAX_LIMIT = 1_000;
    static final List<String> PARAMETERS = parameters();

    private final Pool pool;
    private final StrategyInForce inForce;
    private final RandomGenerator random;

    ReadEndpoints(Pool pool, StrategyInForce inForce, RandomGenerator random) {
        this.pool = pool;
        this.inForce = inForce;
        this.random = random;
    }

    private static List<String> parameters() {
        List<String> names = new ArrayList<>(List.of("source", "limit", "all", "format", "strategy"));
        names.addAll(Filter.PARAMETERS);
        return List.copyOf(names);
    }

    void getProxy(Exchange exchange) {
        pick(exchange, inForce.current());
    }

    void random(Exchange exchange) {
        pick(exchange, Strategy.FASTEST_HALF);
    }

    /** Fastest first; a strategy and a client application have no say in it. */
    void list(Exchange exchange) {
        Wish wish = Wish.read(exchange, inForce.current(), MAX_LIMIT);
        answer(exchange, wish, pool.all(wish.filter, wish.all ? Integer.MAX_VALUE : wish.limit));
    }

    private void pick(Exchange exchange, Strategy usual) {
        Wish wish = Wish.read(exchange, usual, 1);
        List<PooledProxy> picked = wish.all
                ? pool.all(wish.filter, Integer.MAX_VALUE)
                : pool.pick(wish.filter, wish.strategy, wish.application, wish.limit, random);
        answer(exchange, wish, picked);
    }

    private void answer(Exchange exchange, Wish wish, List<PooledProxy> proxies) {
        if (proxies.isEmpty()) {
            exchange.problem(Problems.noProxy(pool.explain(wish.filter)));
        } else {
            new ProxyStream(pool, exchange, proxies, wish.json).write();
        }
    }

    /** What a request asks for. */
    private record Wish(
            Filter filter, Strategy strategy, @Nullable String application, int limit, boolean all, boolean json) {

        static Wish read(Exchange exchange, Strategy usual, int usualLimit) {
            Query query = Query.parse(exchange.request().query(), PARAMETERS);
            boolean all = query.flag("all");
            if (all && query.get("limit") != null) {
                throw new Refused(
                        Problems.invalidParameter("limit", "limit: given together with all=1 (expected: one of them)"));
            }
            String application = query.get("source");
            if (application != null && application.length() > FeedbackForm.MAX_SOURCE) {
                throw new Refused(Problems.invalidParameter(
                        "source",
                        "source: " + application.length() + " characters (expected: 1.." + FeedbackForm.MAX_SOURCE
                                + ")"));
            }
            int limit = query.number("limit", 1, MAX_LIMIT, usualLimit);
            boolean json = json(exchange, query.get("format"));
            try {
                String strategy = query.get("strategy");
                return new Wish(
                        Filter.parse(query.values()),
                        strategy == null ? usual : Strategy.of(strategy),
                        application,
                        limit,
                        all,
                        json);
            } catch (IllegalArgumentException e) {
                // Its message names the parameter first, then its value and what was expected.
                String message = String.valueOf(e.getMessage());
                throw new Refused(Problems.invalidParameter(message.substring(0, message.indexOf(':')), message));
            }
        }

        private static boolean json(Exchange exchange, @Nullable String format) {
            if (format == null) {
                return Accept.prefers(
                        exchange.request().getHeader(HttpHeaders.ACCEPT), "application/json", "text/plain");
            }
            return switch (format) {
                case "json" -> true;
                case "text" -> false;
                default ->
                    throw new Refused(
                            Problems.invalidParameter("format", "format: " + format + " (expected: text, json)"));
            };
        }
    }
}
