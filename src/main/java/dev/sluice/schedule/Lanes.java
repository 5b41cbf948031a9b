package dev.sluice.schedule;

import dev.sluice.cadence.Lane;
import dev.sluice.config.ScheduleConfig;
import dev.sluice.store.DueLevel;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** The lanes of due work as they are told about: what was taken from each, what waits in it, and for how long. */
final class Lanes {
    private static final Lane[] LANES = Lane.values();

    private final Map<Lane, Counter> taken = new EnumMap<>(Lane.class);
    private final AtomicLongArray backlog = new AtomicLongArray(LANES.length);
    private final AtomicLongArray overdueMillis = new AtomicLongArray(LANES.length);

    Lanes(MeterRegistry meters) {
        for (Lane lane : LANES) {
            taken.put(
                    lane,
                    Counter.builder("sluice.schedule.due.taken")
                            .description("Due proxies taken from the store")
                            .tag("lane", lane.text())
                            .register(meters));
            Gauge.builder("sluice.schedule.due.backlog", () -> backlog.get(lane.ordinal()))
                    .description("Proxies that are due and not taken, as last counted")
                    .tag("lane", lane.text())
                    .register(meters);
            Gauge.builder("sluice.schedule.due.oldest", () -> overdueMillis.get(lane.ordinal()) / 1e3)
                    .description("For how long the one that waits for longest has been due, as last counted")
                    .baseUnit("seconds")
                    .tag("lane", lane.text())
                    .register(meters);
        }
    }

    /** The rule by which they share what the checker has room for. */
    static Map<Lane, Integer> shares(ScheduleConfig config) {
        Map<Lane, Integer> shares = new EnumMap<>(Lane.class);
        shares.put(Lane.INTERACTIVE, config.shares().interactive());
        shares.put(Lane.DUE, config.shares().due());
        shares.put(Lane.BULK, config.shares().bulk());
        shares.put(Lane.MAINTENANCE, config.shares().maintenance());
        return shares;
    }

    /** Checks that a round over the lanes hands out. */
    static int round(ScheduleConfig config) {
        return Math.max(100, config.batch());
    }

    /** So many were taken. */
    void took(Lane lane, int count) {
        Counter counter = taken.get(lane);
        if (counter != null) {
            counter.increment(count);
        }
    }

    /** What waits, as the store has counted it at {@code nowMillis}. */
    void counted(List<DueLevel> levels, long nowMillis) {
        long[] due = new long[LANES.length];
        long[] oldest = new long[LANES.length];
        for (DueLevel level : levels) {
            int lane = Lane.of(level.priority()).ordinal();
            due[lane] += level.due();
            oldest[lane] = Math.max(oldest[lane], nowMillis - level.oldestDueAtMillis());
        }
        for (int i = 0; i < LANES.length; i++) {
            backlog.set(i, due[i]);
            overdueMillis.set(i, oldest[i]);
        }
    }

    /** What waits in all of them, as last counted. Thread-safe. */
    long backlog() {
        long sum = 0;
        for (int i = 0; i < LANES.length; i++) {
            sum += backlog.get(i);
        }
        return sum;
    }
}
