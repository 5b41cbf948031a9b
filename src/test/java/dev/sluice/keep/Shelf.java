package dev.sluice.keep;

import dev.sluice.cadence.DueCalendar;
import dev.sluice.cadence.Lane;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.store.HealthChange;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What survives a crash, by the rules of the SQLite store; and beside it the calendar of due work, which does not. The
 * calendar is the program's, and every entry that flies is noted a second time, in a plain map.
 */
final class Shelf {
    private static final class Row {
        private final ProxyKey key;
        private Health health;
        private boolean archived;

        Row(ProxyKey key, Health health) {
            this.key = key;
            this.health = health;
        }
    }

    private final List<Row> rows = new ArrayList<>();
    private final Map<Long, Long> flying = new HashMap<>();
    private DueCalendar calendar = new DueCalendar();

    /** The process begins: the calendar is made of what is stored. */
    void open() {
        calendar = new DueCalendar();
        flying.clear();
        calendar.reserve(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            if (!row.archived) {
                calendar.put(i + 1, row.health.priority(), row.health.nextCheckAtMillis());
            }
        }
    }

    /** Entries, the archived ones included. Their numbers are 1 to this. */
    int size() {
        return rows.size();
    }

    void add(ProxyKey key, Health health) {
        rows.add(new Row(key, health));
        calendar.put(rows.size(), health.priority(), health.nextCheckAtMillis());
    }

    Health health(long id) {
        return row(id).health;
    }

    ProxyKey key(long id) {
        return row(id).key;
    }

    boolean archived(long id) {
        return row(id).archived;
    }

    StoredProxy stored(long id) {
        Row row = row(id);
        return new StoredProxy(id, row.key, 0, row.health, Location.UNKNOWN, List.of(), 0, row.archived);
    }

    /** Checks a second that an entry asks for; none once it is archived. */
    double perSecond(long id) {
        Row row = row(id);
        return row.archived ? 0 : perSecond(row.health);
    }

    static double perSecond(Health health) {
        return health.checkEveryMillis() <= 0 ? 0 : 1_000.0 / health.checkEveryMillis();
    }

    long[] take(long nowMillis, Lane lane, int limit, long leaseMillis) {
        land(nowMillis);
        long[] taken = calendar.take(nowMillis, lane.lowest(), lane.highest(), limit, leaseMillis);
        for (long id : taken) {
            flying.put(id, nowMillis + leaseMillis);
        }
        return taken;
    }

    void giveBack(long id) {
        calendar.giveBack(id);
        flying.remove(id);
    }

    /** Writes a change if it fits the version that is stored. */
    boolean write(HealthChange change) {
        Row row = row(change.id());
        if (row.health.version() != change.expectedVersion()) {
            return false;
        }
        row.health = change.after();
        row.archived &= !row.health.alive();
        flying.remove(change.id());
        if (row.archived) {
            calendar.remove(change.id());
        } else {
            calendar.put(change.id(), row.health.priority(), row.health.nextCheckAtMillis());
        }
        return true;
    }

    /** Archives what has been dead since before a time. Returns the numbers. */
    List<Long> archive(long deadSinceMillis) {
        List<Long> gone = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            boolean excluded = row.health.tampering() != Tampering.NONE && row.health.active();
            if (!row.archived
                    && !row.health.alive()
                    && row.health.judged()
                    && !excluded
                    && row.health.stateSinceMillis() <= deadSinceMillis) {
                row.archived = true;
                calendar.remove(i + 1);
                flying.remove(i + 1L);
                gone.add(i + 1L);
            }
        }
        return gone;
    }

    /** What waits and is due. */
    int backlog(long nowMillis) {
        land(nowMillis);
        int sum = 0;
        for (int priority = 1; priority <= DueCalendar.HIGHEST_PRIORITY; priority++) {
            sum += calendar.due(priority, nowMillis);
        }
        return sum;
    }

    private void land(long nowMillis) {
        flying.values().removeIf(end -> end <= nowMillis);
    }

    /** Throws an {@link AssertionError} when the calendar is not what a recount of the entries gives. */
    void audit(long nowMillis) {
        backlog(nowMillis);
        int[] due = new int[DueCalendar.HIGHEST_PRIORITY + 1];
        int waiting = 0;
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            long id = i + 1;
            if (calendar.contains(id) == row.archived) {
                throw new AssertionError("calendar: entry " + id + " is " + (row.archived ? "in it" : "missing")
                        + " (expected: exactly what is not archived)");
            }
            if (!row.archived) {
                waiting++;
                if (!flying.containsKey(id) && row.health.nextCheckAtMillis() <= nowMillis) {
                    due[row.health.priority()]++;
                }
            }
        }
        equal("entries", calendar.size(), waiting);
        equal("flying", calendar.flying(), flying.size());
        for (int priority = 1; priority < due.length; priority++) {
            equal("due of priority " + priority, calendar.due(priority, nowMillis), due[priority]);
        }
    }

    /** The same by taking everything out, lane by lane: the calendar is of no use afterwards. */
    void emptied() {
        Map<Lane, Integer> expected = new EnumMap<>(Lane.class);
        for (Row row : rows) {
            if (!row.archived) {
                expected.merge(Lane.of(row.health.priority()), 1, Integer::sum);
            }
        }
        boolean[] seen = new boolean[rows.size() + 1];
        for (Lane lane : Lane.values()) {
            long[] ids = calendar.take(Long.MAX_VALUE - 1, lane.lowest(), lane.highest(), Integer.MAX_VALUE, 1);
            equal("lane " + lane.text(), ids.length, expected.getOrDefault(lane, 0));
            for (long id : ids) {
                Row row = row(id);
                if (seen[(int) id] || row.archived || Lane.of(row.health.priority()) != lane) {
                    throw new AssertionError("calendar: entry " + id + " in lane " + lane.text()
                            + " (expected: once, in the lane of its priority " + row.health.priority() + ")");
                }
                seen[(int) id] = true;
            }
        }
    }

    private static void equal(String what, int found, int expected) {
        if (found != expected) {
            throw new AssertionError("calendar, " + what + ": " + found + " (expected: " + expected + ")");
        }
    }

    private Row row(long id) {
        return rows.get((int) id - 1);
    }
}
