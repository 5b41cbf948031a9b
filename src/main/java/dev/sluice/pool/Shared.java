package dev.sluice.pool;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** A value that many slots have in common, kept once. What it says never changes; who uses it is counted by the writer. */
abstract class Shared {
    /**
     * What the scan with the number in the upper 56 bits thinks of it, in the lower 8. Scans that run at the same time
     * overwrite one another's, and ask again.
     */
    volatile long verdict;

    private int users;

    /**
     * The values in use, by what they say. Confined to the pool's writer.
     *
     * @param <K> what a value says, with value equality
     * @param <V> the value
     */
    static final class Stock<K, V extends Shared> {
        private final Map<K, V> values = new HashMap<>();
        private final Function<K, V> maker;
        private final Function<V, K> keyOf;

        Stock(Function<K, V> maker, Function<V, K> keyOf) {
            this.maker = maker;
            this.keyOf = keyOf;
        }

        /** The value that says {@code key}, with one more user. */
        V take(K key) {
            V value = values.get(key);
            if (value == null) {
                value = maker.apply(key);
                values.put(key, value);
            }
            Shared counted = value;
            counted.users++;
            return value;
        }

        /** Takes a user away; without any, the value leaves the stock. */
        void release(V value) {
            Shared counted = value;
            if (--counted.users == 0) {
                values.remove(keyOf.apply(value));
            }
        }
    }
}
