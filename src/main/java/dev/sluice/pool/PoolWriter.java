package dev.sluice.pool;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import java.util.List;

/**
 * Writing side of the pool. One writer thread: {@code keep}. Every change is seen by picks at once or, for newcomers, with
 * the next view.
 */
public interface PoolWriter {
    /** Adds it or replaces what is known under its id. What is not servable leaves at once. */
    void put(PooledProxy proxy);

    /**
     * Replaces the state of a proxy; where it is and who lists it stay as they are known. What is not here yet is added
     * without them, what is not servable leaves at once.
     *
     * @param key identity, never of unknown scheme
     */
    void update(long id, ProxyKey key, Health health);

    /** Replaces what is known of a proxy beside its state; unknown ids are ignored. */
    void describe(long id, ProxyKey key, Location location, List<String> lists);

    /** Replaces where it is; unknown ids are ignored. */
    void locate(long id, Location location);

    /** Where it is, as far as is known here; {@link Location#UNKNOWN} when it is not here. */
    Location location(long id);

    /** Takes it out; false when it is not here. */
    boolean remove(long id);

    /** Version of the health state that is known under this id; -1 when it is not here. */
    int version(long id);

    /** Whether it is here. */
    default boolean holds(long id) {
        return version(id) >= 0;
    }
}
