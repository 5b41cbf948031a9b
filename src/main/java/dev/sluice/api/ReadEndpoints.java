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
        serve(exchange, wish, Strategy.FASTEST_HALF, (from, selection) -> {
            if (wish.all()) {
                return from.fastest(selection)::next;
            }
            return supplier(from.all(selection, wish.limit() == 0 ? Wish.MAX_LIMIT : wish.limit()));
        });
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
                wish,
                strategy,
                (from, selection) -> supplier(
                        from.pick(selection, strategy, wish.application(), Math.max(1, wish.limit()), random)));
    }

    private Wish wish(Exchange exchange) {
        String query = exchange.request().query();
        return query == null ? wishes.of("", 0) : wishes.of(query, 0);
    }

    /** How entries are chosen. */
    private interface Choosing {
        Supplier<@Nullable Served> choose(Pool from, Selection selection);
    }

    private void serve(Exchange exchange, Wish wish, Strategy strategy, Choosing choosing) {
        boolean stale = pool.alive() == 0 && lastGood.alive() > 0;
        Pool from = stale ? lastGood : pool;
        Selection selection = stale ? from.select(wish.selection().filter()) : wish.selection();
        if (from.ready(selection, strategy)) {
            answer(exchange, wish, from, selection, choosing);
            return;
        }
        Context context = exchange.vertx().getOrCreateContext();
        boolean waits = from.prepare(
                selection,
                strategy,
                () -> context.runOnContext(
                        built -> exchange.guarded(() -> answer(exchange, wish, from, selection, choosing))));
        if (!waits) {
            exchange.problem(Problems.tooManyFilters());
        }
    }

    private void answer(Exchange exchange, Wish wish, Pool from, Selection selection, Choosing choosing) {
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
        new ProxyStream(exchange, first, chosen, json(exchange, wish), stale).write();
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
