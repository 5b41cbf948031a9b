package dev.sluice.keep;

import dev.sluice.pool.PoolWriter;
import dev.sluice.pool.PooledProxy;
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
    public void remove(long id) {
        threads.add(Thread.currentThread().getName());
        held.remove(id);
        changes.add(id);
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
