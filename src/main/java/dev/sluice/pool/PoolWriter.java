package dev.sluice.pool;

/** Writing side of the pool. One writer thread: {@code keep}. Every change is seen by picks at once or, for newcomers, with the next view. */
public interface PoolWriter {
    /** Adds it or replaces what is known under its id. What is not servable leaves at once. */
    void put(PooledProxy proxy);

    /** Takes it out; unknown ids are ignored. */
    void remove(long id);
}
