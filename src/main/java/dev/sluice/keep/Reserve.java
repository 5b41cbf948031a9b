package dev.sluice.keep;

import dev.sluice.message.ProxyChanged;
import dev.sluice.pool.LastGood;
import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Tampering;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The last good set as a pool of its own, from which answers come, marked as stale, while nothing else is alive. What was
 * caught tampering leaves it at once. Thread-safe: the only writer of that pool, one call at a time.
 */
public final class Reserve {
    private final LastGood lastGood;
    private final Pool pool;
    private final Set<Long> held = new HashSet<>();

    /**
     * An empty one.
     *
     * @param lastGood remembers which proxies belong to it
     * @param pool is filled with them, and written by nobody else
     */
    public Reserve(LastGood lastGood, Pool pool) {
        this.lastGood = lastGood;
        this.pool = pool;
    }

    /** Replaces the set. */
    public synchronized void hold(List<PooledProxy> set) {
        Set<Long> gone = new HashSet<>(held);
        for (PooledProxy each : set) {
            if (each.health().tampering() == Tampering.NONE
                    && lastGood.contains(each.id())
                    && each.key().usable()) {
                pool.put(
                        new PooledProxy(each.id(), each.key(), each.health().revived(), each.location(), each.lists()));
                held.add(each.id());
                gone.remove(each.id());
            }
        }
        for (long id : gone) {
            pool.remove(id);
            held.remove(id);
        }
    }

    /** To be told of every change: takes out what was caught tampering. */
    public synchronized void changed(ProxyChanged change) {
        if (change.after().tampering() != Tampering.NONE) {
            lastGood.remove(change.id());
            if (held.remove(change.id())) {
                pool.remove(change.id());
            }
        }
    }
}
