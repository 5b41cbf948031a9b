package dev.sluice.keep;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.keep.PendingWrites.Pending;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.ProxyChanged;
import dev.sluice.pool.PoolWriter;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is known about proxies in memory: turns outcomes into states, pool entries and pending writes. Only writer of the
 * pool. Not thread-safe.
 *
 * <p>An outcome that comes twice, or after a newer one, changes nothing: it is recognised by its time while its change
 * waits, by its version while the proxy is pooled, and by the store afterwards.
 */
final class Ledger {
    /** Uses beyond which a further one no longer raises the reputation, so the pool need not know at once. */
    private static final long MOST_COUNTING_USES = 100;

    private final CheckPolicy policy;
    private final RandomGenerator random;
    private final PoolWriter pool;
    private final PendingWrites writes;
    private final Map<Long, PooledProxy> pooled = new HashMap<>();
    private final Set<Long> unlocated = new HashSet<>();
    private final Map<Long, Long> uses = new HashMap<>();

    Ledger(CheckPolicy policy, RandomGenerator random, PoolWriter pool, PendingWrites writes) {
        this.policy = policy;
        this.random = random;
        this.pool = pool;
        this.writes = writes;
    }

    /** Takes over what the store says at start-up. */
    void load(StoredProxy stored) {
        if (stored.key().scheme() == Scheme.UNKNOWN) {
            return;
        }
        PooledProxy proxy = PooledProxy.of(stored);
        if (proxy.servable()) {
            pooled.put(proxy.id(), proxy);
            pool.put(proxy);
        }
    }

    /**
     * Applies an outcome: to the pool at once, to the store by way of the pending writes.
     *
     * @return null when it was late or came twice
     */
    @Nullable
    Applied apply(CheckOutcome outcome) {
        DueProxy checked = outcome.proxy();
        long id = checked.id();
        Pending earlier = writes.latest(id);
        PooledProxy known = pooled.get(id);
        Health before = checked.health();
        if (earlier != null) {
            if (outcome.checkedAtMillis() <= earlier.checkedAtMillis()) {
                return null;
            }
            before = earlier.change().after();
        } else if (known != null && known.health().version() > before.version()) {
            return null;
        }

        ProxyKey key = checked.key();
        List<Scheme> spoken = key.scheme() == Scheme.UNKNOWN ? outcome.spoken() : List.of();
        if (earlier != null && earlier.served().scheme() != Scheme.UNKNOWN) {
            key = earlier.served();
            spoken = List.of();
        }
        ProxyKey served = spoken.isEmpty() ? key : key.withScheme(spoken.get(0));

        Health after = HealthRules.after(before, outcome, policy, random);
        Long used = uses.remove(id);
        if (used != null) {
            after = HealthRules.used(after, used);
        }
        after = writes.add(id, key, served, after, spoken, outcome.checkedAtMillis())
                .change()
                .after();
        boolean verdict = outcome.reason().isVerdict();
        if (verdict) {
            place(id, served, after, known, checked.kind().thorough());
        } else if (known != null) {
            pooled.put(id, new PooledProxy(id, known.key(), after, known.location(), known.lists()));
        }
        boolean changed = before.alive() != after.alive()
                || before.tier() != after.tier()
                || before.tampering() != after.tampering();
        return new Applied(verdict, changed ? new ProxyChanged(id, served, before, after) : null);
    }

    private void place(long id, ProxyKey key, Health health, @Nullable PooledProxy known, boolean askAgain) {
        PooledProxy proxy = known == null
                ? new PooledProxy(id, key, health, Location.UNKNOWN, List.of())
                : new PooledProxy(id, key, health, known.location(), known.lists());
        if (proxy.servable() && key.scheme() != Scheme.UNKNOWN) {
            if (known == null || askAgain) {
                unlocated.add(id);
            }
            pooled.put(id, proxy);
            pool.put(proxy);
        } else {
            drop(id);
        }
    }

    private void drop(long id) {
        unlocated.remove(id);
        uses.remove(id);
        if (pooled.remove(id) != null) {
            pool.remove(id);
        }
    }

    /** Whether the pool serves {@code id} and its location and lists are not known, or were not asked for lately. */
    boolean wantsDetails(long id) {
        return unlocated.contains(id);
    }

    /**
     * What the store says about a proxy after a change of it was written: where it is, who lists it; and, where nothing
     * newer is pending, its state. An entry that the store holds under another number is a duplicate and leaves.
     *
     * @param id the number it was asked for
     */
    void learnt(long id, Optional<StoredProxy> answer) {
        if (answer.isEmpty()) {
            return;
        }
        StoredProxy stored = answer.get();
        if (stored.id() != id) {
            drop(id);
            return;
        }
        boolean pending = writes.latest(id) != null;
        PooledProxy known = pooled.get(id);
        if (known == null && pending) {
            return;
        }
        Health health = known != null
                        && (pending
                                || known.health().version() >= stored.health().version())
                ? known.health()
                : stored.health();
        PooledProxy proxy = new PooledProxy(id, stored.key(), health, stored.location(), stored.lists());
        unlocated.remove(id);
        if (proxy.servable() && stored.key().scheme() != Scheme.UNKNOWN) {
            pooled.put(id, proxy);
            pool.put(proxy);
        } else {
            drop(id);
        }
    }

    /**
     * Counts a use by a client; it is written with the proxy's next change.
     *
     * @return false when the pool does not hold the proxy: its uses are not counted
     */
    boolean used(FeedbackReceived.Report report) {
        long id = report.proxyId();
        PooledProxy known = pooled.get(id);
        if (known == null) {
            return false;
        }
        uses.merge(id, 1L, Long::sum);
        if (known.health().uses() < MOST_COUNTING_USES) {
            Health health = HealthRules.used(known.health(), 1);
            PooledProxy proxy = new PooledProxy(id, known.key(), health, known.location(), known.lists());
            pooled.put(id, proxy);
            pool.put(proxy);
        }
        return true;
    }

    /** Proxies in the pool. */
    int pooled() {
        return pooled.size();
    }

    /**
     * What an outcome came to.
     *
     * @param verdict whether it said something about the proxy
     * @param changed the event to publish; null when neither verdict nor tier nor tampering changed
     */
    record Applied(boolean verdict, @Nullable ProxyChanged changed) {}
}
