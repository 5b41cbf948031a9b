package dev.sluice.keep;

import dev.sluice.pool.PoolWriter;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A pool that remembers what was written, in order, and by which threads. */
final class RecordingPool implements PoolWriter {
    final Map<Long, PooledProxy> held = new ConcurrentHashMap<>();
    final Set<String> threads = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Long> changes = new LinkedBlockingQueue<>();

    @Override
    public void put(PooledProxy proxy) {
        threads.add(Thread.currentThread().getName());
        held.put(proxy.id(), proxy);
        changes.add(proxy.id());
    }

    @Override
    public void update(long id, ProxyKey key, Health health) {
        PooledProxy known = held.get(id);
        PooledProxy next = known == null
                ? new PooledProxy(id, key, health, Location.UNKNOWN, List.of())
                : new PooledProxy(id, key, health, known.location(), known.lists());
        if (next.servable()) {
            put(next);
        } else {
            remove(id);
        }
    }

    @Override
    public void describe(long id, ProxyKey key, Location location, List<String> lists) {
        PooledProxy known = held.get(id);
        if (known != null) {
            put(new PooledProxy(id, key, known.health(), location, lists));
        }
    }

    @Override
    public void locate(long id, Location location) {
        PooledProxy known = held.get(id);
        if (known != null) {
            put(new PooledProxy(id, known.key(), known.health(), location, known.lists()));
        }
    }

    @Override
    public Location location(long id) {
        PooledProxy known = held.get(id);
        return known == null ? Location.UNKNOWN : known.location();
    }

    @Override
    public boolean remove(long id) {
        threads.add(Thread.currentThread().getName());
        boolean was = held.remove(id) != null;
        changes.add(id);
        return was;
    }

    @Override
    public int version(long id) {
        PooledProxy known = held.get(id);
        return known == null ? -1 : known.health().version();
    }

    @Nullable
    PooledProxy get(long id) {
        return held.get(id);
    }

    /** Waits for changes until {@code expected} holds. */
    void await(Predicate<RecordingPool> expected) throws InterruptedException {
        while (!expected.test(this)) {
            if (changes.poll(10, TimeUnit.SECONDS) == null) {
                throw new AssertionError("nothing changes in the pool; it holds " + held);
            }
        }
    }
}
