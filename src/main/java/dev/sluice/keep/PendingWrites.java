package dev.sluice.keep;

import dev.sluice.cadence.HealthRules;
import dev.sluice.port.ProxyHistory;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.CheckBatch.Noted;
import dev.sluice.store.HealthChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes on their way to the store, oldest first; at most one of each proxy waits.
 *
 * <p>A second change of a waiting proxy is merged into the first: one change with the first's expected version and the
 * second's state. A change of a proxy whose earlier change is in flight waits behind it and expects the version that
 * one writes. A batch that failed is tried again as it was, because the database may have taken it and only the answer
 * been lost: then the repetition fits no version, and what waits behind it still does. Not thread-safe.
 */
final class PendingWrites {
    private static final int MOST_HAPPENED = 8;

    private final LinkedHashMap<Long, Pending> waiting = new LinkedHashMap<>();
    private final LinkedHashMap<Long, Pending> inFlight = new LinkedHashMap<>();

    /** The newest change of {@code id} that is not yet written; null when there is none. */
    @Nullable
    Pending latest(long id) {
        Pending newest = waiting.get(id);
        return newest != null ? newest : inFlight.get(id);
    }

    /**
     * Queues a change.
     *
     * @param key identity as it was checked
     * @param served identity after the change
     * @param after derived from the {@linkplain #latest latest} state where there is one; one version above it
     * @return what is queued now; its version is lower than that of {@code after} when it was merged
     */
    Pending add(long id, ProxyKey key, ProxyKey served, Health after, List<Scheme> spoken, long checkedAtMillis) {
        Pending earlier = waiting.get(id);
        HealthChange change;
        if (earlier != null) {
            HealthChange first = earlier.change();
            change = new HealthChange(
                    id,
                    first.key(),
                    first.expectedVersion(),
                    HealthRules.withVersion(after, first.after().version()),
                    first.spoken().isEmpty() ? spoken : first.spoken());
        } else {
            change = new HealthChange(id, key, after.version() - 1, after, spoken);
        }
        Pending pending =
                new Pending(change, served, checkedAtMillis, earlier == null ? List.of() : earlier.happened());
        waiting.put(id, pending);
        return pending;
    }

    /**
     * Notes what happened to a proxy whose change waits; it is written with that change. While the store fails, the
     * latest {@value #MOST_HAPPENED} events of a proxy are kept.
     */
    void note(long id, ProxyHistory.Event event) {
        Pending pending = waiting.get(id);
        if (pending == null) {
            throw new IllegalArgumentException("proxy: " + id + " (expected: one whose change waits)");
        }
        List<ProxyHistory.Event> before = pending.happened();
        List<ProxyHistory.Event> happened = new ArrayList<>(before.size() + 1);
        happened.addAll(before.subList(Math.max(0, before.size() + 1 - MOST_HAPPENED), before.size()));
        happened.add(event);
        waiting.put(id, new Pending(pending.change(), pending.served(), pending.checkedAtMillis(), happened));
    }

    /** What happened to the proxies of the batch that {@link #begin} gave. */
    List<Noted> happened() {
        List<Noted> happened = new ArrayList<>(inFlight.size());
        inFlight.forEach((id, pending) -> pending.happened().forEach(event -> happened.add(new Noted(id, event))));
        return happened;
    }

    /** The next batch to write, at most {@code limit}; the batch that failed, unchanged, when there is one. */
    List<HealthChange> begin(int limit) {
        if (inFlight.isEmpty()) {
            Iterator<Map.Entry<Long, Pending>> oldest = waiting.entrySet().iterator();
            while (oldest.hasNext() && inFlight.size() < limit) {
                Map.Entry<Long, Pending> next = oldest.next();
                inFlight.put(next.getKey(), next.getValue());
                oldest.remove();
            }
        }
        List<HealthChange> batch = new ArrayList<>(inFlight.size());
        for (Pending pending : inFlight.values()) {
            batch.add(pending.change());
        }
        return batch;
    }

    /** The batch is written. */
    Collection<Pending> written() {
        List<Pending> batch = List.copyOf(inFlight.values());
        inFlight.clear();
        return batch;
    }

    /** Changes not yet written, those in flight included. */
    int size() {
        return waiting.size() + inFlight.size();
    }

    /** Changes that no batch has taken yet. */
    int waiting() {
        return waiting.size();
    }

    /**
     * A change that is not yet written.
     *
     * @param served identity after the change
     * @param checkedAtMillis of the newest outcome in it
     * @param happened for the proxy's history, oldest first
     */
    record Pending(HealthChange change, ProxyKey served, long checkedAtMillis, List<ProxyHistory.Event> happened) {}
}
