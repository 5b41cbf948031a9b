package dev.sluice.store.schema;

import dev.sluice.port.ProxyHistory;
import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.ProxyHistory.Day;
import dev.sluice.port.ProxyHistory.Event;
import dev.sluice.port.ProxyHistory.Move;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts together what the tables hold of one proxy: its row, its segments, and batches that were not folded yet. */
public final class HistoryReading {
    /** Kinds of rows a query for it yields: with it, the bytes. */
    public static final int CHECKS = 0;

    /** Days of a row. */
    public static final int DAYS = 1;

    /** Moves of a row. */
    public static final int MOVES = 2;

    /** A batch, folded or not. */
    public static final int BATCH = 3;

    private static final long MILLIS_A_DAY = 86_400_000L;

    private final long proxy;
    private final List<Check> checks = new ArrayList<>();
    private final List<Move> moves = new ArrayList<>();
    private final Map<Integer, Day> days = PackedHistory.days(new byte[0]);

    /** Of the proxy with this number. */
    public HistoryReading(long proxy) {
        this.proxy = proxy;
    }

    /** Adds a row. */
    public void add(long kind, byte @Nullable [] bytes) {
        if (bytes == null) {
            return;
        }
        switch ((int) kind) {
            case CHECKS -> checks.addAll(PackedHistory.checks(bytes));
            case DAYS -> PackedHistory.days(bytes).forEach((day, tally) -> days.merge(day, tally, Day::and));
            case MOVES -> moves.addAll(PackedHistory.moves(bytes));
            default -> {
                for (Event event : PackedEvents.unpack(bytes, proxy)) {
                    if (event instanceof Check check) {
                        checks.add(check);
                    } else if (event instanceof Move move) {
                        moves.add(move);
                    }
                }
            }
        }
    }

    /** What it came to; to be called once, when everything was added. */
    public ProxyHistory done(long sinceMillis, int limit) {
        PackedHistory.tally(checks).forEach((day, tally) -> days.merge(day, tally, Day::and));
        checks.removeIf(check -> check.atMillis() < sinceMillis);
        moves.removeIf(move -> move.atMillis() < sinceMillis);
        List<Day> since = new ArrayList<>(days.values());
        since.removeIf(day -> (day.day() + 1) * MILLIS_A_DAY <= sinceMillis);
        since.sort(Comparator.comparingInt(Day::day).reversed());
        return new ProxyHistory(newest(checks, limit), summary(checks), since, newest(moves, limit));
    }

    /** Those of an instant in the other order they happened in, as all others. */
    private static <E extends Event> List<E> newest(List<E> events, int limit) {
        events.sort(Comparator.comparingLong(Event::atMillis));
        List<E> newest = new ArrayList<>(Math.min(limit, events.size()));
        for (int i = events.size() - 1; i >= 0 && newest.size() < limit; i--) {
            newest.add(events.get(i));
        }
        return newest;
    }

    private static ProxyHistory.Summary summary(Collection<Check> checks) {
        int[] latencies = checks.stream()
                .filter(Check::alive)
                .mapToInt(Check::latencyMillis)
                .toArray();
        Arrays.sort(latencies);
        return new ProxyHistory.Summary(
                checks.size(),
                latencies.length,
                percentile(latencies, 50),
                percentile(latencies, 90),
                percentile(latencies, 95),
                percentile(latencies, 99));
    }

    private static double percentile(int[] sorted, int percent) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) ((sorted.length * (long) percent + 99) / 100) - 1];
    }
}
