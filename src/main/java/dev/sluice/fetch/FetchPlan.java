package dev.sluice.fetch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When which source is fetched. Times are milliseconds of any monotonic clock. Confined to one thread.
 *
 * <ul>
 *   <li>After a success: the source's period, or what it is stretched to, 10 % more or less, counted from the beginning
 *       of the fetch.
 *   <li>After a failure: exponential back-off with full jitter, from min(period, 60 s) up to max(period, 1 h), never
 *       earlier than the server asked for.
 *   <li>While every enabled source fails: each again after the retry interval, until one succeeds.
 *   <li>Never more than {@code concurrency} at a time, never two of the same source.
 * </ul>
 */
final class FetchPlan {
    private static final long MAX_BACK_OFF_BASE_MILLIS = 60_000;
    private static final long MIN_BACK_OFF_CAP_MILLIS = 3_600_000;
    private static final long MIN_BACK_OFF_MILLIS = 1_000;
    private static final int MAX_DOUBLINGS = 30;
    private static final long SPREAD_MILLIS = 250;
    private static final long MAX_SPREAD_MILLIS = 15_000;
    private static final double JITTER = 0.1;

    private final int concurrency;
    private final long retryMillis;
    private final RandomGenerator random;
    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private boolean active = true;
    private int running;

    /**
     * @param concurrency most fetches at the same time
     * @param retryInterval between tries while every source fails
     * @param random for jitter
     */
    FetchPlan(int concurrency, Duration retryInterval, RandomGenerator random) {
        this.concurrency = concurrency;
        this.retryMillis = retryInterval.toMillis();
        this.random = random;
    }

    /** Whether sources become due by time; asked-for fetches always do. */
    void activate(boolean on) {
        active = on;
    }

    /**
     * Adds a source, or changes one. The first of all is due at once, the others spread behind it, a changed one is due
     * at once.
     */
    void put(String name, Duration period, boolean enabled, long now) {
        Slot slot = slots.get(name);
        if (slot == null) {
            slot = new Slot(name);
            long spread = Math.min(MAX_SPREAD_MILLIS, slots.size() * SPREAD_MILLIS);
            slot.nextAt = now + Math.min(spread, period.toMillis() / 10);
            slots.put(name, slot);
        } else {
            slot.nextAt = now;
            slot.again = slot.running;
        }
        slot.periodMillis = Math.max(1, period.toMillis());
        slot.stretchedMillis = slot.periodMillis;
        slot.enabled = enabled;
        slot.removed = false;
        slot.failures = 0;
        slot.notBefore = now;
    }

    /** Switches a source on or off. One that is switched on is due at once. */
    void enable(String name, boolean enabled, long now) {
        Slot slot = slots.get(name);
        if (slot == null || slot.enabled == enabled) {
            return;
        }
        slot.enabled = enabled;
        if (enabled) {
            slot.failures = 0;
            slot.nextAt = now;
            slot.notBefore = now;
        }
    }

    /** From the next success on the source is due after {@code period}; where that is sooner, it is due sooner already. */
    void stretch(String name, Duration period, long now) {
        Slot slot = slots.get(name);
        if (slot == null) {
            return;
        }
        long before = slot.stretchedMillis;
        slot.stretchedMillis = Math.max(1, period.toMillis());
        if (slot.stretchedMillis < before && slot.failures == 0 && !slot.running) {
            slot.nextAt = Math.min(slot.nextAt, Math.max(now, slot.startedAt + slot.stretchedMillis));
        }
    }

    /** Takes a source away; one that is being fetched still counts until it has ended. */
    void remove(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            return;
        }
        if (slot.running) {
            slot.removed = true;
        } else {
            slots.remove(name);
        }
    }

    /** Makes {@code name} due at once, enabled or not; false when it is being fetched already, or is not there. */
    boolean ask(String name) {
        Slot slot = slots.get(name);
        if (slot == null || slot.running) {
            return false;
        }
        slot.asked = true;
        return true;
    }

    /** Takes the sources whose fetches begin now, those asked for first. Each must be {@linkplain #ended ended} once. */
    List<String> due(long now) {
        List<Slot> due = new ArrayList<>();
        for (Slot slot : slots.values()) {
            if (waits(slot) && dueAt(slot, now) <= now) {
                due.add(slot);
            }
        }
        due.sort(Comparator.comparing((Slot slot) -> !slot.asked).thenComparingLong(slot -> slot.nextAt));
        List<String> names = new ArrayList<>();
        for (Slot slot : due) {
            if (running >= concurrency) {
                break;
            }
            running++;
            slot.running = true;
            slot.asked = false;
            slot.startedAt = now;
            names.add(slot.name);
        }
        return names;
    }

    /** When {@link #due} has something next; {@link Long#MAX_VALUE} while nothing can begin. */
    long nextWakeAt(long now) {
        long next = Long.MAX_VALUE;
        if (running >= concurrency) {
            return next;
        }
        for (Slot slot : slots.values()) {
            if (waits(slot)) {
                next = Math.min(next, dueAt(slot, now));
            }
        }
        return next;
    }

    /**
     * A fetch has ended.
     *
     * @param retryAfter what the server asked for, null for nothing
     */
    void ended(String name, boolean success, @Nullable Duration retryAfter, long now) {
        Slot slot = slots.get(name);
        if (slot == null || !slot.running) {
            return;
        }
        running--;
        slot.running = false;
        if (slot.removed) {
            slots.remove(name);
            return;
        }
        if (slot.again) {
            // What ended was the fetch of another configuration.
            slot.again = false;
            slot.nextAt = now;
            return;
        }
        if (success) {
            slot.failures = 0;
            slot.notBefore = now;
            long jittered = Math.round(slot.stretchedMillis * (1 - JITTER + 2 * JITTER * random.nextDouble()));
            slot.nextAt = Math.max(slot.startedAt + jittered, now + Math.min(MIN_BACK_OFF_MILLIS, slot.periodMillis));
            return;
        }
        long cap = Math.max(slot.periodMillis, MIN_BACK_OFF_CAP_MILLIS);
        long base = Math.min(slot.periodMillis, MAX_BACK_OFF_BASE_MILLIS);
        long bound = Math.min(cap, base << Math.min(MAX_DOUBLINGS, slot.failures));
        slot.failures++;
        slot.notBefore = retryAfter == null ? now : now + Math.min(cap, retryAfter.toMillis());
        slot.nextAt = now + Math.max(Math.min(base, MIN_BACK_OFF_MILLIS), Math.round(bound * random.nextDouble()));
        if (everySourceFails()) {
            slot.nextAt = now + retryMillis;
            for (Slot other : slots.values()) {
                other.nextAt = Math.min(other.nextAt, now + retryMillis);
            }
        }
    }

    /** Whether there are enabled sources and none of them succeeded at its last try. */
    boolean everySourceFails() {
        boolean any = false;
        for (Slot slot : slots.values()) {
            if (slot.enabled && !slot.removed) {
                if (slot.failures == 0) {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }

    /** When {@code name} is due next; {@link Long#MAX_VALUE} when never, or while it is being fetched. */
    long nextAt(String name, long now) {
        Slot slot = slots.get(name);
        return slot == null || !waits(slot) ? Long.MAX_VALUE : dueAt(slot, now);
    }

    /** Failures in a row. */
    int failures(String name) {
        Slot slot = slots.get(name);
        return slot == null ? 0 : slot.failures;
    }

    private boolean waits(Slot slot) {
        return !slot.running && (slot.asked || active && slot.enabled);
    }

    private static long dueAt(Slot slot, long now) {
        return slot.asked ? now : Math.max(slot.nextAt, slot.notBefore);
    }

    private static final class Slot {
        private final String name;
        private long periodMillis;
        private long stretchedMillis;
        private boolean enabled;
        private boolean asked;
        private boolean running;
        private boolean removed;
        private boolean again;
        private long startedAt;
        private long nextAt;
        private long notBefore;
        private int failures;

        Slot(String name) {
            this.name = name;
        }
    }
}
