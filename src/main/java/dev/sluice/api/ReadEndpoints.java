package dev.sluice.api;

import dev.sluice.pool.Pool;
import dev.sluice.pool.Selection;
import dev.sluice.pool.Served;
import dev.sluice.pool.Strategy;
import dev.sluice.pool.StrategyInForce;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * {@code /get-proxy}, {@code /list}, {@code /random}: everything comes from memory. Where nothing is alive, the last good set
 * answers, marked as stale. Confined to one event loop, which never builds a view of a large pool itself.
 */
final class ReadEndpoints {
    /** Marks answers from the last good set. */
    static final String STALE = "x-sluice-stale";

    private final Pool pool;
    private final Pool lastGood;
    private final StrategyInForce inForce;
    private final RandomGenerator random;
    private final Runnable staleAnswer;
    private final Wish.Memory wishes;

    /**
     * The endpoints of one event loop.
     *
     * @param lastGood what answers while nothing in {@code pool} is alive
     * @param staleAnswer told of each answer from it
     */
    ReadEndpoints(Pool pool, Pool lastGood, StrategyInForce inForce, RandomGenerator random, Runnable staleAnswer) {
        this.pool = pool;
        this.lastGood = lastGood;
        this.inForce = inForce;
        this.random = random;
        this.staleAnswer = staleAnswer;
        this.wishes = new Wish.Memory(pool);
    }

    Wish.Memory wishes() {
        return wishes;
    }

    void getProxy(Exchange exchange) {
        pick(exchange, inForce.current());
    }

    void random(Exchange exchange) {
        pick(exchange, Strategy.FASTEST_HALF);
    }

    /** Fastest first; a strategy and a client application have no say in it. */
    void list(Exchange exchange) {
        Wish wish = wish(exchange);
        Giving giving = giving(exchange, wish);
        if (wish.all()) {
            everything(exchange, wish.selection(), giving);
            return;
        }
        serve(
                exchange,
                wish.selection(),
                Strategy.FASTEST_HALF,
                (from, selection) -> supplier(from.all(selection, wish.limit() == 0 ? Wish.MAX_LIMIT : wish.limit())),
                giving);
    }

    /** Everything that matches, fastest first. Where nothing does, it is answered so, and {@code giving} not asked. */
    void everything(Exchange exchange, Selection selection, Giving giving) {
        serve(exchange, selection, Strategy.FASTEST_HALF, (from, found) -> from.fastest(found)::next, giving);
    }

    private void pick(Exchange exchange, Strategy usual) {
        Wish wish = wish(exchange);
        if (wish.all()) {
            list(exchange);
            return;
        }
        Strategy named = wish.strategy();
        Strategy strategy = named == null ? usual : named;
        serve(
                exchange,
                wish.selection(),
                strategy,
                (from, selection) ->
                        supplier(from.pick(selection, strategy, wish.application(), Math.max(1, wish.limit()), random)),
                giving(exchange, wish));
    }

    private static Giving giving(Exchange exchange, Wish wish) {
        return (first, more, stale) -> new ProxyStream(exchange, first, more, json(exchange, wish), stale).write();
    }

    private Wish wish(Exchange exchange) {
        String query = exchange.request().query();
        return query == null ? wishes.of("", 0) : wishes.of(query, 0);
    }

    /** How entries are chosen. */
    private interface Choosing {
        Supplier<@Nullable Served> choose(Pool from, Selection selection);
    }

    /** How what was chosen is answered. */
    @FunctionalInterface
    interface Giving {
        /**
         * Answers.
         *
         * @param first the first entry
         * @param more the others one after the other, then null
         * @param stale whether they are the last that worked rather than such that work; a header says so already
         */
        void give(Served first, Supplier<@Nullable Served> more, boolean stale);
    }

    private void serve(Exchange exchange, Selection wanted, Strategy strategy, Choosing choosing, Giving giving) {
        boolean stale = pool.alive() == 0 && lastGood.alive() > 0;
        Pool from = stale ? lastGood : pool;
        Selection selection = stale ? from.select(wanted.filter()) : wanted;
        if (from.ready(selection, strategy)) {
            answer(exchange, from, selection, choosing, giving);
            return;
        }
        Context context = exchange.vertx().getOrCreateContext();
        boolean waits = from.prepare(
                selection,
                strategy,
                () -> context.runOnContext(
                        built -> exchange.guarded(() -> answer(exchange, from, selection, choosing, giving))));
        if (!waits) {
            exchange.problem(Problems.tooManyFilters());
        }
    }

    private void answer(Exchange exchange, Pool from, Selection selection, Choosing choosing, Giving giving) {
        Supplier<@Nullable Served> chosen = choosing.choose(from, selection);
        Served first = chosen.get();
        if (first == null) {
            Context context = exchange.vertx().getOrCreateContext();
            from.explain(
                    selection,
                    explanation -> context.runOnContext(counted -> exchange.problem(Problems.noProxy(explanation))));
            return;
        }
        boolean stale = from == lastGood;
        if (stale) {
            staleAnswer.run();
            exchange.request().response().putHeader(STALE, "true");
        }
        giving.give(first, chosen, stale);
    }

    private static boolean json(Exchange exchange, Wish wish) {
        Boolean told = wish.json();
        return told == null
                ? Accept.prefers(exchange.request().getHeader(HttpHeaders.ACCEPT), "application/json", "text/plain")
                : told;
    }

    private static Supplier<@Nullable Served> supplier(List<Served> proxies) {
        Iterator<Served> iterator = proxies.iterator();
        return () -> iterator.hasNext() ? iterator.next() : null;
    }
}
