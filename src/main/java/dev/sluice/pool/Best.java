package dev.sluice.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** Picks the best of many by reputation, in one pass and with memory for those picked only. */
public final class Best {
    private static final Comparator<Rated> BETTER_FIRST = Comparator.comparingDouble(Rated::reputation)
            .reversed()
            .thenComparingLong(rated -> rated.proxy().id());

    private record Rated(PooledProxy proxy, double reputation) {}

    private Best() {}

    /**
     * The best of what is wanted, best first; of equals the lower id.
     *
     * @param limit most of them, 0 or more
     */
    public static List<PooledProxy> of(Iterable<PooledProxy> proxies, Predicate<PooledProxy> wanted, int limit) {
        if (limit <= 0) {
            return List.of();
        }
        PriorityQueue<Rated> best = new PriorityQueue<>(BETTER_FIRST.reversed());
        for (PooledProxy proxy : proxies) {
            if (!wanted.test(proxy)) {
                continue;
            }
            Rated rated = new Rated(proxy, Reputation.of(proxy.health()));
            if (best.size() < limit) {
                best.add(rated);
            } else if (BETTER_FIRST.compare(rated, best.peek()) < 0) {
                best.poll();
                best.add(rated);
            }
        }
        List<Rated> sorted = new ArrayList<>(best);
        sorted.sort(BETTER_FIRST);
        List<PooledProxy> picked = new ArrayList<>(sorted.size());
        sorted.forEach(rated -> picked.add(rated.proxy()));
        return picked;
    }
}
