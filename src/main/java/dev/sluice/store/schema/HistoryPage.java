package dev.sluice.store.schema;

import dev.sluice.port.ProxyHistory.Event;
import dev.sluice.store.CheckBatch.Noted;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.HistoryRecords;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Histories of a few proxies, read, changed in memory, and to be written again. For one thread. */
public final class HistoryPage {
    private static final long A_SECOND = 1_000;
    private static final long MILLIS_A_DAY = 86_400_000L;

    private final long cutSeconds;
    private final int firstDay;
    private final Map<Long, PackedHistory> rows = new TreeMap<>();
    private final Set<Long> changed = new LinkedHashSet<>();
    private final List<Sealed> sealed = new ArrayList<>();

    /** With what is kept at {@code nowMillis}. */
    public HistoryPage(HistoryLimits limits, long nowMillis) {
        cutSeconds = cutSeconds(limits, nowMillis);
        firstDay = (int) (nowMillis / MILLIS_A_DAY) - limits.days();
    }

    /** Checks before this are no longer kept one by one. */
    public static long cutSeconds(HistoryLimits limits, long nowMillis) {
        return (nowMillis - limits.retention().toMillis()) / A_SECOND;
    }

    /** Whether batches are to be sorted: many, or many events in them, or the oldest has waited for long enough. */
    public static boolean due(HistoryLimits limits, long nowMillis, long batches, long events, long firstAtSeconds) {
        return batches > 0
                && (batches >= HistoryRecords.MOST_BATCHES
                        || events >= HistoryRecords.MOST_SORTED
                        || firstAtSeconds * A_SECOND
                                <= nowMillis - limits.foldAfter().toMillis());
    }

    /** Checks of a proxy that are sealed. */
    public record Sealed(long proxyId, PackedHistory.Segment segment) {}

    /** Puts in what a row says. */
    public void read(long proxyId, PackedHistory row) {
        rows.put(proxyId, row);
    }

    /** Adds what happened, sorted by proxy and time; proxies without a row get one. Drops what is too old of them. */
    public void add(List<Noted> happened) {
        for (int i = 0; i < happened.size(); ) {
            long proxy = happened.get(i).proxyId();
            List<Event> events = new ArrayList<>();
            while (i < happened.size() && happened.get(i).proxyId() == proxy) {
                events.add(happened.get(i++).event());
            }
            PackedHistory row = row(proxy);
            row.trim(cutSeconds, firstDay);
            row.add(events).forEach(segment -> sealed.add(new Sealed(proxy, segment)));
        }
    }

    /** Turns a segment of a proxy into days. */
    public void retire(long proxyId, byte[] segment) {
        row(proxyId).retire(segment);
    }

    private PackedHistory row(long proxyId) {
        changed.add(proxyId);
        return rows.computeIfAbsent(proxyId, id -> new PackedHistory());
    }

    /** Drops what is too old of all of them. */
    public void trim() {
        rows.forEach((proxy, row) -> {
            if (row.trim(cutSeconds, firstDay)) {
                changed.add(proxy);
            }
        });
    }

    /** Whether the row of a proxy is here. */
    public boolean has(long proxyId) {
        return rows.containsKey(proxyId);
    }

    /** Proxies whose rows are to be written; one of which nothing is left is to be removed. */
    public Set<Long> changed() {
        return changed;
    }

    /** The row of a proxy that was read or added to. */
    public PackedHistory get(long proxyId) {
        PackedHistory row = rows.get(proxyId);
        if (row == null) {
            throw new IllegalArgumentException("proxy: " + proxyId + " (expected: one of the page)");
        }
        return row;
    }

    /** Segments to be added. */
    public List<Sealed> sealed() {
        return sealed;
    }
}
