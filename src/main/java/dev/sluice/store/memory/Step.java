package dev.sluice.store.memory;

import org.jspecify.annotations.Nullable;

/**
 * One change of one thing. Confined to the thread of its model.
 *
 * @param table which the thing is in
 * @param key of the thing
 * @param before what it was, null where there was none
 * @param after what it is, null where there is none any more
 * @param <K> sort of keys
 * @param <V> sort of things
 */
public record Step<K extends Comparable<K>, V>(
        Table<K, V> table,
        K key,
        @Nullable V before,
        @Nullable V after) {
    void undo() {
        table.set(key, before);
    }

    /** Does again what was undone. */
    public void redo() {
        table.set(key, after);
    }
}
