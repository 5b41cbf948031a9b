package dev.sluice.store;

import dev.sluice.port.GeoCache;
import dev.sluice.proxy.Location;
import dev.sluice.store.schema.Bounds;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A cache in memory that keeps the contract. */
final class MemoryGeoCache implements GeoCache {
    private record Answer(Location location, long expiresAt) {}

    private final Map<String, Answer> answers = new HashMap<>();
    private final Bounds bounds;
    private final Function<String, @Nullable StoreException> refusal;
    private long hits;
    private long misses;

    /** @param refusal why an action fails now; null where it does not */
    MemoryGeoCache(Bounds bounds, Function<String, @Nullable StoreException> refusal) {
        this.bounds = bounds;
        this.refusal = refusal;
    }

    @Override
    public Future<Map<String, Location>> get(Collection<String> addresses, long nowMillis) {
        return answer("reading answers", () -> {
            Map<String, Location> found = new HashMap<>();
            LinkedHashSet<String> asked = new LinkedHashSet<>(addresses);
            bounds.addresses("reading answers", asked.size());
            for (String address : asked) {
                Answer kept = answers.get(address);
                if (kept != null && kept.expiresAt > nowMillis) {
                    found.put(address, kept.location);
                }
            }
            hits += found.size();
            misses += asked.size() - found.size();
            return Map.copyOf(found);
        });
    }

    @Override
    public Future<Void> put(Map<String, Location> more, long nowMillis, long expiresAtMillis) {
        return answer("keeping answers", () -> {
                    bounds.addresses("keeping answers", more.size());
                    more.forEach((address, location) -> answers.put(address, new Answer(location, expiresAtMillis)));
                    return true;
                })
                .mapEmpty();
    }

    @Override
    public Future<Stats> stats(long nowMillis) {
        return answer(
                "counting answers",
                () -> new Stats(
                        answers.size(),
                        answers.values().stream()
                                .filter(kept -> kept.expiresAt <= nowMillis)
                                .count(),
                        hits,
                        misses));
    }

    @Override
    public Future<Integer> expire(long nowMillis, int limit) {
        return answer("forgetting answers", () -> {
            bounds.limit("forgetting answers", limit);
            List<String> gone = answers.entrySet().stream()
                    .filter(kept -> kept.getValue().expiresAt <= nowMillis)
                    .sorted(Map.Entry.comparingByValue((a, b) -> Long.compare(a.expiresAt, b.expiresAt)))
                    .limit(limit)
                    .map(Map.Entry::getKey)
                    .toList();
            gone.forEach(answers::remove);
            return gone.size();
        });
    }

    private synchronized <T> Future<T> answer(String action, Supplier<T> work) {
        StoreException why = refusal.apply(action);
        if (why != null) {
            return Future.failedFuture(why);
        }
        try {
            return Future.succeededFuture(work.get());
        } catch (StoreException refused) {
            return Future.failedFuture(refused);
        }
    }
}
