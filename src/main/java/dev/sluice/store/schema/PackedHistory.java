package dev.sluice.store.schema;

import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.ProxyHistory.Day;
import dev.sluice.port.ProxyHistory.Event;
import dev.sluice.port.ProxyHistory.Move;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Tier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The history of a proxy, as a row of {@code check_history} holds it. Mutable, for one thread.
 *
 * <p>Checks: the second of the first; then for each the seconds since the one before, times 16, plus the code of its reason;
 * and the latency in milliseconds where that is none. Three bytes for a failure of a proxy that is checked daily, five for a
 * success of one that is checked every half-hour. Beyond {@value #MOST_BYTES} bytes they are sealed: they become a row of
 * {@code check_segment}, which nobody changes any more, so that adding a check rewrites a short row however many there are.
 *
 * <p>Days: for each run of equal days how far behind the end of the last run, how many, checks, successes, and, where there
 * are successes, which makes a run of its own, the sum of latencies and the longest. A dead proxy's year is five bytes.
 */
public final class PackedHistory {
    /** Beyond it checks are sealed: then what a row adds up to stays below a quarter of a page of either database. */
    public static final int MOST_BYTES = 900;

    private static final int MOST_MOVES = 100;
    private static final int REASON_BITS = 4;
    private static final int TIER_BITS = 2;
    private static final int ROOM = 16;
    private static final int SECONDS_A_DAY = 86_400;
    private static final long A_SECOND = 1_000;
    private static final byte[] NOTHING = {};
    private static final Comparator<Event> BY_TIME = Comparator.comparingLong(Event::atMillis);

    private long lastAtSeconds;
    private byte[] checks;
    private byte[] days;
    private byte[] moves;

    /**
     * As a row says; null for nothing.
     *
     * @param lastAtSeconds of the latest check in {@code checks}
     */
    public PackedHistory(
            long lastAtSeconds, byte @Nullable [] checks, byte @Nullable [] days, byte @Nullable [] moves) {
        this.lastAtSeconds = lastAtSeconds;
        this.checks = checks == null ? NOTHING : checks;
        this.days = days == null ? NOTHING : days;
        this.moves = moves == null ? NOTHING : moves;
    }

    /** Nothing yet. */
    public PackedHistory() {
        this(0, null, null, null);
    }

    /** When the latest of the single checks was, or was that are gone. */
    public long lastAtSeconds() {
        return lastAtSeconds;
    }

    /** Single checks; null when there are none. */
    public byte @Nullable [] checks() {
        return checks.length == 0 ? null : checks;
    }

    /** Days; null when there are none. */
    public byte @Nullable [] days() {
        return days.length == 0 ? null : days;
    }

    /** Moves; null when there are none. */
    public byte @Nullable [] moves() {
        return moves.length == 0 ? null : moves;
    }

    /** Whether nothing is left. */
    public boolean isEmpty() {
        return checks.length + days.length + moves.length == 0;
    }

    /** Checks that are sealed: a row of {@code check_segment}. */
    public record Segment(long lastAtSeconds, byte[] checks) {}

    /** Adds what happened, sorted by time. Returns what is to be sealed. */
    public List<Segment> add(List<Event> events) {
        List<Segment> sealed = new ArrayList<>(0);
        List<Check> late = new ArrayList<>();
        List<Move> moved = new ArrayList<>();
        for (Event event : events) {
            if (event instanceof Move move) {
                moved.add(move);
            } else if (event instanceof Check check) {
                if (checks.length > 0 && seconds(check) < lastAtSeconds) {
                    late.add(check);
                } else {
                    append(check);
                    seal(sealed);
                }
            }
        }
        if (!late.isEmpty()) {
            // Instances fold one another's batches, and clocks differ.
            late.addAll(checks(checks));
            late.sort(BY_TIME);
            checks = pack(late);
            // What was there may just have been sealed: then the latest of these is not as late as that.
            lastAtSeconds = seconds(late.get(late.size() - 1));
            seal(sealed);
        }
        if (!moved.isEmpty()) {
            moved.addAll(moves(moves));
            moves = packMoves(moved, Long.MIN_VALUE);
        }
        return sealed;
    }

    private void seal(List<Segment> sealed) {
        if (checks.length > MOST_BYTES) {
            sealed.add(new Segment(lastAtSeconds, checks));
            checks = NOTHING;
        }
    }

    private void append(Check check) {
        boolean first = checks.length == 0;
        PackedBytes out = first ? PackedBytes.writer(ROOM) : PackedBytes.behind(checks, ROOM);
        long seconds = seconds(check);
        if (first) {
            out.write(seconds);
        }
        write(out, check, first ? 0 : seconds - lastAtSeconds);
        checks = out.bytes();
        lastAtSeconds = seconds;
    }

    /**
     * Turns single checks before an instant into days, and drops days and moves that are too old.
     *
     * @param cutSeconds checks before it become days
     * @param firstDay days before it, and moves before its beginning, go
     * @return whether anything changed
     */
    public boolean trim(long cutSeconds, int firstDay) {
        boolean changed = false;
        if (checks.length > 0 && firstSecond(checks) < cutSeconds) {
            List<Check> old = new ArrayList<>();
            List<Check> kept = new ArrayList<>();
            for (Check check : checks(checks)) {
                (seconds(check) < cutSeconds ? old : kept).add(check);
            }
            checks = kept.isEmpty() ? NOTHING : pack(kept);
            addDays(tally(old));
            changed = true;
        }
        Map<Integer, Day> all = days(days);
        if (all.keySet().removeIf(day -> day < firstDay)) {
            days = packDays(all.values());
            changed = true;
        }
        if (moves.length > 0 && firstSecond(moves) < (long) firstDay * SECONDS_A_DAY) {
            moves = packMoves(moves(moves), (long) firstDay * SECONDS_A_DAY * A_SECOND);
            changed = true;
        }
        return changed;
    }

    /** Turns a segment into days. */
    public void retire(byte[] segment) {
        addDays(tally(checks(segment)));
    }

    private void addDays(Map<Integer, Day> more) {
        Map<Integer, Day> all = days(days);
        more.forEach((day, tally) -> all.merge(day, tally, Day::and));
        days = packDays(all.values());
    }

    // Forms.

    private static long seconds(Event event) {
        return Math.max(0, event.atMillis() / A_SECOND);
    }

    private static long firstSecond(byte[] packed) {
        return PackedBytes.reader(packed).read();
    }

    private static byte[] pack(List<Check> sorted) {
        PackedBytes out = PackedBytes.writer(ROOM + sorted.size() * 5);
        long last = seconds(sorted.get(0));
        out.write(last);
        for (Check check : sorted) {
            write(out, check, seconds(check) - last);
            last = seconds(check);
        }
        return out.bytes();
    }

    private static void write(PackedBytes out, Check check, long afterSeconds) {
        out.write(afterSeconds << REASON_BITS | Codes.of(check.reason()));
        if (check.alive()) {
            out.write(check.latencyMillis());
        }
    }

    /** Single checks of a row or a segment, oldest first. */
    static List<Check> checks(byte[] packed) {
        List<Check> checks = new ArrayList<>();
        if (packed.length == 0) {
            return checks;
        }
        PackedBytes in = PackedBytes.reader(packed);
        long seconds = in.read();
        while (in.more()) {
            long word = in.read();
            seconds += word >>> REASON_BITS;
            FailureReason reason = Codes.reason(word & (1 << REASON_BITS) - 1);
            checks.add(new Check(seconds * A_SECOND, reason, reason == FailureReason.NONE ? latency(in.read()) : 0));
        }
        return checks;
    }

    /** What checks come to by day. */
    static Map<Integer, Day> tally(List<Check> checks) {
        Map<Integer, Day> days = new TreeMap<>();
        for (Check check : checks) {
            int day = (int) (seconds(check) / SECONDS_A_DAY);
            int good = check.alive() ? 1 : 0;
            days.merge(day, new Day(day, 1, good, check.latencyMillis(), check.latencyMillis()), Day::and);
        }
        return days;
    }

    private static byte[] packDays(Collection<Day> sorted) {
        if (sorted.isEmpty()) {
            return NOTHING;
        }
        PackedBytes out = PackedBytes.writer(ROOM);
        int end = 0;
        List<Day> days = new ArrayList<>(sorted);
        for (int i = 0; i < days.size(); ) {
            Day day = days.get(i);
            int run = 1;
            while (i + run < days.size() && goesOn(day, days.get(i + run), run)) {
                run++;
            }
            out.write(day.day() - end);
            out.write(run);
            out.write(day.checks());
            out.write(day.successes());
            if (day.successes() > 0) {
                out.write(day.latencySumMillis());
                out.write(day.slowestMillis());
            }
            end = day.day() + run;
            i += run;
        }
        return out.bytes();
    }

    private static boolean goesOn(Day day, Day later, int run) {
        return later.day() == day.day() + run
                && later.checks() == day.checks()
                && day.successes() == 0
                && later.successes() == 0;
    }

    /** By number of the day. */
    static Map<Integer, Day> days(byte[] packed) {
        Map<Integer, Day> days = new TreeMap<>();
        if (packed.length == 0) {
            return days;
        }
        PackedBytes in = PackedBytes.reader(packed);
        int end = 0;
        while (in.more()) {
            int day = end + (int) in.read();
            int run = (int) in.read();
            long checks = in.read();
            long successes = in.read();
            long sum = successes > 0 ? in.read() : 0;
            int slowest = successes > 0 ? (int) in.read() : 0;
            for (int i = 0; i < run; i++) {
                days.put(day + i, new Day(day + i, checks, successes, sum, slowest));
            }
            end = day + run;
        }
        return days;
    }

    private static byte[] packMoves(List<Move> moves, long fromMillis) {
        List<Move> sorted = new ArrayList<>(moves);
        sorted.removeIf(move -> move.atMillis() < fromMillis);
        if (sorted.isEmpty()) {
            return NOTHING;
        }
        sorted.sort(BY_TIME);
        List<Move> latest = sorted.subList(Math.max(0, sorted.size() - MOST_MOVES), sorted.size());
        PackedBytes out = PackedBytes.writer(ROOM + latest.size() * 6);
        long last = seconds(latest.get(0));
        out.write(last);
        for (Move move : latest) {
            out.write(seconds(move) - last);
            last = seconds(move);
            out.write(tiers(move));
            out.write(Codes.of(move.reason()));
        }
        return out.bytes();
    }

    /** Oldest first. */
    static List<Move> moves(byte[] packed) {
        List<Move> moves = new ArrayList<>();
        if (packed.length == 0) {
            return moves;
        }
        PackedBytes in = PackedBytes.reader(packed);
        long seconds = in.read();
        while (in.more()) {
            seconds += in.read();
            moves.add(move(seconds * A_SECOND, in.read(), in.read()));
        }
        return moves;
    }

    static int tiers(Move move) {
        return Codes.of(move.from()) - 1 << TIER_BITS | Codes.of(move.to()) - 1;
    }

    static Move move(long atMillis, long tiers, long reason) {
        return new Move(
                atMillis,
                Tier.ofNumber((int) (tiers >> TIER_BITS) + 1),
                Tier.ofNumber((int) (tiers & (1 << TIER_BITS) - 1) + 1),
                Codes.tierReason(reason));
    }

    static int latency(long stored) {
        return (int) Math.min(stored, Check.LONGEST_MILLIS);
    }
}
