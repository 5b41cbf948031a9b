package dev.sluice.keep;

import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import dev.sluice.store.StoreException;
import dev.sluice.store.UnexpectedStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/**
 * What other instances wrote, and what this one asks for. Answers only what is needed to follow them and to expedite
 * checks; the rest must not be called.
 */
final class ScriptedStore extends UnexpectedStore implements Synchroniser.Shelves {
    /** What was asked, in order. */
    final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

    private final TreeMap<Long, StoredProxy> rows = new TreeMap<>();
    private boolean down;
    private long[] served = {};

    /** Stores it, or replaces what was there. */
    synchronized void put(StoredProxy proxy) {
        rows.put(proxy.id(), proxy);
    }

    synchronized void down(boolean value) {
        down = value;
    }

    /** What this instance serves. */
    synchronized void serve(long... ids) {
        served = ids.clone();
    }

    private synchronized <T> Future<T> answer(String question, Supplier<T> answer) {
        asked.add(question);
        return down
                ? Future.failedFuture(new StoreException(StoreException.Kind.UNAVAILABLE, "made to fail"))
                : Future.succeededFuture(answer.get());
    }

    @Override
    public Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit) {
        return answer(
                "turned " + sinceMillis + " " + afterId,
                () -> rows.tailMap(afterId, false).values().stream()
                        .filter(each -> each.health().stateSinceMillis() >= sinceMillis)
                        .limit(limit)
                        .toList());
    }

    @Override
    public Future<List<StoredProxy>> page(long afterId, int limit) {
        return answer(
                "page " + afterId,
                () -> rows.tailMap(afterId, false).values().stream()
                        .limit(limit)
                        .toList());
    }

    @Override
    public Future<List<StoredProxy>> alive(long afterId, int limit) {
        return answer(
                "alive " + afterId,
                () -> rows.tailMap(afterId, false).values().stream()
                        .filter(each -> each.health().alive())
                        .limit(limit)
                        .toList());
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        return answer("get " + ids.size(), () -> {
            List<StoredProxy> found = new ArrayList<>();
            rows.forEach((id, each) -> {
                if (ids.contains(id)) {
                    found.add(each);
                }
            });
            return found;
        });
    }

    @Override
    public synchronized Future<long[]> served() {
        return Future.succeededFuture(served.clone());
    }

    @Override
    public Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        return answer("expedite " + ids + " " + priority, ids::size);
    }

    /** An entry whose verdict is from {@code stateSinceMillis}. */
    static StoredProxy stored(long id, boolean alive, long stateSinceMillis, int version) {
        return new StoredProxy(
                id,
                new ProxyKey(Scheme.HTTP, "127.0.0.1", 1_024 + (int) (id % 60_000), null),
                0,
                new Health(
                        alive,
                        true,
                        Verified.FULL,
                        0,
                        Anonymity.ELITE,
                        Tampering.NONE,
                        null,
                        Tier.ACTIVE,
                        RiskCategory.LOW,
                        5,
                        stateSinceMillis,
                        1_000,
                        stateSinceMillis,
                        stateSinceMillis,
                        stateSinceMillis,
                        1,
                        100,
                        0,
                        1,
                        1,
                        0,
                        FailureReason.NONE,
                        version),
                Location.UNKNOWN,
                List.of(),
                0,
                false);
    }

    /** As the store has what the pool has. */
    static StoredProxy stored(PooledProxy proxy) {
        return new StoredProxy(proxy.id(), proxy.key(), 0, proxy.health(), proxy.location(), proxy.lists(), 0, false);
    }
}
