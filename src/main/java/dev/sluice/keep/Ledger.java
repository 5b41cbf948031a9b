package dev.sluice.keep;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Circumstances;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.TierTransition;
import dev.sluice.keep.PendingWrites.Pending;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.ProxyChanged;
import dev.sluice.pool.PoolWriter;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.ProxyHistory;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.Located;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
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
    /** How many proxies that left are remembered: more than leave within a few seconds. */
    private static final int MOST_LEFT = 65_536;
    /** How many orders are remembered: more than are given while a check is under way. */
    private static final int MOST_ORDERED = 65_536;

    private CheckPolicy policy;
    private final Demand demand;
    private final RandomGenerator random;
    private final PoolWriter pool;
    private final PendingWrites writes;
    private final Whereabouts whereabouts;
    private final PendingPlaces places;
    private final Set<Long> unlocated = new HashSet<>();
    private final Map<Long, Long> uses = new HashMap<>();
    /** What was ordered lately: checks that were under way do not know of it. */
    private final Map<Long, Optional<ManualOverride>> ordered = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Optional<ManualOverride>> eldest) {
            return size() > MOST_ORDERED;
        }
    };
    /** Versions with which proxies left lately. */
    private final Map<Long, Integer> left = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
            return size() > MOST_LEFT;
        }
    };

    private int loaded;

    Ledger(
            CheckPolicy policy,
            Demand demand,
            RandomGenerator random,
            PoolWriter pool,
            PendingWrites writes,
            Whereabouts whereabouts,
            PendingPlaces places) {
        this.policy = policy;
        this.demand = demand;
        this.random = random;
        this.pool = pool;
        this.writes = writes;
        this.whereabouts = whereabouts;
        this.places = places;
    }

    /** Plans by another policy from now on; on the event loop. */
    void follow(CheckPolicy changed) {
        policy = changed;
    }

    /** Takes over what the store says at start-up. */
    void load(StoredProxy stored, long nowMillis) {
        if (stored.key().scheme() == Scheme.UNKNOWN) {
            return;
        }
        PooledProxy proxy = PooledProxy.of(located(stored), nowMillis);
        if (proxy.servable() && stored.key().usable()) {
            pool.put(proxy);
            loaded++;
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
        int known = pool.version(id);
        Health before = checked.health();
        if (earlier != null) {
            if (outcome.checkedAtMillis() <= earlier.checkedAtMillis()) {
                return null;
            }
            before = earlier.change().after();
        } else if (known > before.version()) {
            return null;
        }

        ProxyKey key = checked.key();
        List<Scheme> spoken = key.scheme() == Scheme.UNKNOWN ? outcome.spoken() : List.of();
        if (earlier != null && earlier.served().scheme() != Scheme.UNKNOWN) {
            key = earlier.served();
            spoken = List.of();
        }
        ProxyKey served = spoken.isEmpty() ? key : key.withScheme(spoken.get(0));

        Long counted = uses.remove(id);
        long used = counted == null ? 0 : counted;
        Health after = HealthRules.used(
                HealthRules.after(
                        before, outcome, policy, new Circumstances(override(checked), used, demand.factor()), random),
                used);
        demand.changed(before, after);
        after = writes.add(id, key, served, after, spoken, outcome.checkedAtMillis())
                .change()
                .after();
        boolean verdict = outcome.reason().isVerdict();
        ManualOverride order = override(checked);
        if (verdict) {
            writes.note(id, check(outcome));
        }
        noteMove(id, before, after, outcome.checkedAtMillis());
        if (verdict) {
            // What it counts as without the order, only the store knows.
            boolean typed = order != null && order.type() != null;
            place(id, served, after, known < 0 || typed || checked.kind().thorough());
            locate(id, served, before, after, order, outcome.checkedAtMillis());
        } else if (known >= 0 && !checked.key().usable()) {
            // Nobody can speak to it at present, which says nothing about it: it comes back as it was.
            drop(id, after.version());
        } else if (known >= 0) {
            pool.update(id, served, after);
        }
        return new Applied(verdict, changed(id, served, before, after));
    }

    /** Finds out where a pooled proxy is, unless that is known and its exit is the one it was. */
    private void locate(
            long id, ProxyKey key, Health before, Health after, @Nullable ManualOverride order, long atMillis) {
        if (!pool.holds(id)) {
            return;
        }
        Location here = pool.location(id);
        boolean moved = !Objects.equals(before.exitAddress(), after.exitAddress());
        if (here.isTold() && !moved) {
            pool.locate(id, StoredProxy.place(here, Location.UNKNOWN, order, atMillis));
            return;
        }
        Located found = whereabouts.of(id, key.host(), after.exitAddress());
        Location where = StoredProxy.place(
                Objects.requireNonNullElse(found.address(), Location.UNKNOWN),
                Objects.requireNonNullElse(found.exit(), Location.UNKNOWN),
                order,
                atMillis);
        Location now = moved ? where : where.over(here);
        if (!moved && now.equals(here)) {
            return;
        }
        pool.locate(id, now);
        if (!now.isTold()) {
            unlocated.add(id);
        }
        if (!found.isEmpty()) {
            places.withState(found);
        }
    }

    /** The entry with what memory knows of its place and the store does not; what it learns so, the store will be told. */
    private StoredProxy located(StoredProxy stored) {
        if (!PooledProxy.servable(stored.health())) {
            return stored;
        }
        Located found = whereabouts.missing(stored);
        StoredProxy located = Whereabouts.with(stored, found);
        if (!located.equals(stored)) {
            places.ofWritten(found);
        }
        return located;
    }

    /**
     * Takes over where a pooled proxy is.
     *
     * @param stored as it was read, with its new place
     */
    void relocated(StoredProxy stored, long nowMillis) {
        long id = stored.id();
        if (writes.latest(id) == null
                && pool.holds(id)
                && pool.version(id) <= stored.health().version()) {
            pool.locate(id, stored.place(nowMillis));
        }
    }

    private static ProxyHistory.Check check(CheckOutcome outcome) {
        double latency = outcome.latencyMillis();
        return new ProxyHistory.Check(
                outcome.checkedAtMillis(),
                outcome.reason(),
                outcome.alive() && latency > 0
                        ? (int) Math.min(Math.round(latency), ProxyHistory.Check.LONGEST_MILLIS)
                        : 0);
    }

    private void noteMove(long id, Health before, Health after, long atMillis) {
        TierTransition move = TierTransition.between(before, after);
        if (move != null) {
            writes.note(id, new ProxyHistory.Move(atMillis, move.from(), move.to(), move.reason()));
        }
    }

    private static @Nullable ProxyChanged changed(long id, ProxyKey key, Health before, Health after) {
        boolean changed = before.alive() != after.alive()
                || before.tier() != after.tier()
                || before.tampering() != after.tampering();
        return changed ? new ProxyChanged(id, key, before, after) : null;
    }

    private @Nullable ManualOverride override(DueProxy checked) {
        Optional<ManualOverride> latest = ordered.get(checked.id());
        return latest == null ? checked.override() : latest.orElse(null);
    }

    /**
     * Obeys what was ordered for a proxy, or that nothing is any more: in the pool at once, in the store by way of the
     * pending writes.
     *
     * @param stored as the store holds it since, with the order
     * @return null when memory knows a newer state: it is to be read once more
     */
    @Nullable
    Ordered order(StoredProxy stored, long nowMillis) {
        ordered.put(stored.id(), Optional.ofNullable(stored.override()));
        Ordered result = change(
                stored, nowMillis, before -> HealthRules.ordered(before, policy, around(stored), nowMillis, random));
        if (result != null && pool.holds(stored.id())) {
            pool.locate(stored.id(), located(stored).place(nowMillis));
            // A check whose result waits may have come from another exit.
            unlocated.add(stored.id());
        }
        return result;
    }

    /**
     * Plans the next check anew by the rules in force.
     *
     * @param stored as the store holds it
     * @return null when memory knows a newer state, which was planned by those rules already
     */
    @Nullable
    Ordered replan(StoredProxy stored, long nowMillis) {
        return writes.latest(stored.id()) != null
                ? null
                : change(
                        stored,
                        nowMillis,
                        before -> HealthRules.replanned(before, policy, around(stored), nowMillis, random));
    }

    private Circumstances around(StoredProxy stored) {
        return new Circumstances(stored.override(), 0, demand.factor());
    }

    /** In the pool at once, in the store by way of the pending writes. */
    private @Nullable Ordered change(StoredProxy stored, long nowMillis, UnaryOperator<Health> change) {
        long id = stored.id();
        Pending earlier = writes.latest(id);
        int known = pool.version(id);
        if (earlier == null && known > stored.health().version()) {
            return null;
        }
        Health before = earlier == null ? stored.health() : earlier.change().after();
        ProxyKey key = earlier == null ? stored.key() : earlier.served();
        Health after = change.apply(before);
        demand.changed(before, after);
        after = writes.add(
                        id,
                        key,
                        key,
                        after,
                        List.of(),
                        earlier == null ? before.lastCheckedAtMillis() : earlier.checkedAtMillis())
                .change()
                .after();
        noteMove(id, before, after, nowMillis);
        if (known >= 0) {
            pool.update(id, key, after);
        }
        return new Ordered(stored.with(after, stored.override()), changed(id, key, before, after));
    }

    private void place(long id, ProxyKey key, Health health, boolean ask) {
        if (PooledProxy.servable(health) && key.scheme() != Scheme.UNKNOWN) {
            if (ask) {
                unlocated.add(id);
            }
            left.remove(id);
            pool.update(id, key, health);
        } else {
            drop(id, health.version());
        }
    }

    private void drop(long id, int version) {
        unlocated.remove(id);
        uses.remove(id);
        if (pool.remove(id)) {
            left.put(id, version);
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
    void learnt(long id, Optional<StoredProxy> answer, long nowMillis) {
        if (answer.isEmpty()) {
            return;
        }
        StoredProxy stored = located(answer.get());
        if (stored.id() != id) {
            drop(id, Integer.MAX_VALUE);
            return;
        }
        boolean pending = writes.latest(id) != null;
        int known = pool.version(id);
        if (known < 0 && pending) {
            return;
        }
        unlocated.remove(id);
        // At the same version the store is right: a late outcome may have come to that number by another way.
        if (known >= 0 && (pending || known > stored.health().version())) {
            // What memory has found out came with a newer state, and maybe with another exit.
            Location here = pool.location(id);
            Location where = here.isTold()
                    ? StoredProxy.place(here, Location.UNKNOWN, stored.override(), nowMillis)
                    : stored.place(nowMillis);
            pool.describe(id, stored.key(), where, stored.lists());
            return;
        }
        if (known < 0 && left.getOrDefault(id, -1) > stored.health().version()) {
            // Read before our own verdict was written.
            return;
        }
        PooledProxy proxy = PooledProxy.of(stored, nowMillis);
        if (proxy.servable()
                && stored.key().scheme() != Scheme.UNKNOWN
                && stored.key().usable()) {
            pool.put(proxy);
        } else {
            drop(id, stored.health().version());
        }
    }

    /**
     * Counts a use by a client; it is written with the proxy's next change. The pool has been told already.
     *
     * @return false when the pool does not hold the proxy: its uses are not counted
     */
    boolean used(FeedbackReceived.Report report) {
        long id = report.proxyId();
        if (!pool.holds(id)) {
            return false;
        }
        if (report.counts()) {
            uses.merge(id, 1L, Long::sum);
        }
        return true;
    }

    /** Proxies that {@link #load} put into the pool. */
    int loaded() {
        return loaded;
    }

    /**
     * What an order came to.
     *
     * @param stored the entry as it is now
     * @param changed as in {@link Applied}
     */
    record Ordered(StoredProxy stored, @Nullable ProxyChanged changed) {}

    /**
     * What an outcome came to.
     *
     * @param verdict whether it said something about the proxy
     * @param changed the event to publish; null when neither verdict nor tier nor tampering changed
     */
    record Applied(boolean verdict, @Nullable ProxyChanged changed) {}
}
