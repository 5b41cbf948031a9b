package dev.sluice.store.memory;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Things by their keys. What changes is noted, so that it can be written elsewhere or taken back. Confined to the thread
 * of its model.
 *
 * @param <K> sort of keys
 * @param <V> sort of things; immutable
 */
public final class Table<K extends Comparable<K>, V> {
    private final Part part;
    private final TreeMap<K, V> things = new TreeMap<>();
    private final List<Step<?, ?>> journal;
    private final Follower<V> follower;

    /** Keeps something in step with a table, also where changes are taken back. */
    @FunctionalInterface
    interface Follower<V> {
        void changed(@Nullable V before, @Nullable V after);
    }

    Table(Part part, List<Step<?, ?>> journal, Follower<V> follower) {
        this.part = part;
        this.journal = journal;
        this.follower = follower;
    }

    Table(Part part, List<Step<?, ?>> journal) {
        this(part, journal, (before, after) -> {});
    }

    /** What it holds. */
    public Part part() {
        return part;
    }

    /** How many things. */
    public int size() {
        return things.size();
    }

    /** All things, by key. */
    public Collection<V> all() {
        return things.values();
    }

    /** All things with their keys; not to be changed. */
    public NavigableMap<K, V> map() {
        return Collections.unmodifiableNavigableMap(things);
    }

    /** Those with keys above {@code key}, by key. */
    Collection<V> after(K key) {
        return things.tailMap(key, false).values();
    }

    /** All things behind {@code key} in either direction; all there are where it is null. */
    Collection<V> from(@Nullable K key, boolean descending) {
        if (key == null) {
            return (descending ? things.descendingMap() : things).values();
        }
        return (descending ? things.headMap(key, false).descendingMap() : things.tailMap(key, false)).values();
    }

    /** The thing with this key, or null. */
    public @Nullable V get(K key) {
        return things.get(key);
    }

    void put(K key, V after) {
        journal.add(new Step<>(this, key, set(key, after), after));
    }

    void remove(K key) {
        V before = set(key, null);
        if (before != null) {
            journal.add(new Step<>(this, key, before, null));
        }
    }

    /** Changes without a note: what is read in, taken back, or done again. @return what was there */
    public @Nullable V set(K key, @Nullable V after) {
        V before = after == null ? things.remove(key) : things.put(key, after);
        follower.changed(before, after);
        return before;
    }
}
