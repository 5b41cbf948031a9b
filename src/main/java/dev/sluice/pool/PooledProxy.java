package dev.sluice.pool;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import java.util.List;

/**
 * A proxy as it is put into the pool.
 *
 * @param id the store's number for it
 * @param key identity, never of unknown scheme
 * @param health last state
 * @param location where it counts as being
 * @param lists names of the sources that list it, sorted
 */
public record PooledProxy(long id, ProxyKey key, Health health, Location location, List<String> lists) {
    public PooledProxy {
        lists = List.copyOf(lists);
    }

    /**
     * From a stored one.
     *
     * @param nowMillis what is ordered for it then counts
     */
    public static PooledProxy of(StoredProxy stored, long nowMillis) {
        return new PooledProxy(stored.id(), stored.key(), stored.health(), stored.place(nowMillis), stored.lists());
    }

    /** Whether it may be handed out: alive and never caught tampering. */
    public boolean servable() {
        return servable(health);
    }

    /** Whether what is in this state may be handed out. */
    public static boolean servable(Health health) {
        return health.alive() && health.tampering() == Tampering.NONE;
    }
}
