package dev.sluice.keep;

import dev.sluice.message.CheckOutcome;
import dev.sluice.pool.Served;
import dev.sluice.pool.Survey;
import dev.sluice.port.Census;
import dev.sluice.port.SeriesHistory;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.port.SeriesHistory.Width;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts checks and what there is, by total, protocol, country and source, in buckets of every width. What is written of a
 * bucket replaces what this recorder wrote of it before. Thread-safe: checks come from one event loop, the rest from another.
 */
final class SeriesRecorder {
    /** Stands for names beyond the busiest. */
    static final String OTHERS = "others";

    /** Names of a dimension in one row. */
    static final int MOST_NAMES = 64;

    private static final String TOTAL = "total";
    /** Names of a dimension in memory; the next ones are counted as others. */
    private static final int MOST_COUNTED = 1_000;

    /** Buckets that wait: twelve hours of five minutes in four dimensions. */
    private static final int MOST_CLOSED = 600;

    private final String writer;
    private final LongFunction<@Nullable Served> served;
    private final Map<Width, Open> open = new EnumMap<>(Width.class);
    private final List<Bucket> closed = new ArrayList<>();

    /** A bucket that is being filled. The wider ones hold what narrower ones held when they closed. */
    private static final class Open {
        private final long startMillis;
        private final Map<Dimension, Map<String, Tally>> tallies = new EnumMap<>(Dimension.class);

        Open(long startMillis) {
            this.startMillis = startMillis;
            for (Dimension dimension : Dimension.values()) {
                tallies.put(dimension, new HashMap<>());
            }
        }

        Map<String, Tally> by(Dimension dimension) {
            Map<String, Tally> by = tallies.get(dimension);
            return by == null ? Map.of() : by;
        }

        Tally tally(Dimension dimension, String name) {
            Map<String, Tally> by = by(dimension);
            Tally known = by.get(name);
            return known != null
                    ? known
                    : by.computeIfAbsent(by.size() < MOST_COUNTED ? name : OTHERS, fresh -> new Tally());
        }

        void add(Open other) {
            for (Dimension dimension : Dimension.values()) {
                other.by(dimension)
                        .forEach((name, tally) -> tally(dimension, name).add(tally));
            }
        }
    }

    /**
     * Empty.
     *
     * @param writer name of this process, another one after each start
     * @param served what the pool holds under a number, or null
     */
    SeriesRecorder(String writer, LongFunction<@Nullable Served> served) {
        this.writer = writer;
        this.served = served;
    }

    /** Counts a check at its time, or now where it ended in a bucket that is closed. */
    synchronized void checked(CheckOutcome outcome, long nowMillis) {
        Open now = at(nowMillis);
        Served entry = served.apply(outcome.proxy().id());
        count(now.tally(Dimension.TOTAL, TOTAL), outcome);
        count(
                now.tally(
                        Dimension.PROTOCOL,
                        (entry == null ? outcome.proxy().key().scheme() : entry.scheme()).text()),
                outcome);
        // Where it is and who lists it is in memory of what is served only.
        count(now.tally(Dimension.COUNTRY, entry == null ? Survey.UNKNOWN : Survey.country(entry)), outcome);
        if (entry == null || entry.lists().isEmpty()) {
            count(now.tally(Dimension.SOURCE, Survey.UNKNOWN), outcome);
        } else {
            for (String source : entry.lists()) {
                count(now.tally(Dimension.SOURCE, source), outcome);
            }
        }
    }

    private static void count(Tally tally, CheckOutcome outcome) {
        if (!outcome.alive()) {
            tally.failed();
        } else {
            double latency = outcome.latencyMillis();
            tally.succeeded(latency >= 0 ? latency : 0);
        }
    }

    /** Counts what there is. */
    synchronized void sampled(Survey survey, Census.Figures stored, long nowMillis) {
        Open now = at(nowMillis);
        now.tally(Dimension.TOTAL, TOTAL).sampled(survey.proxies(), stored.total());
        sampled(now, Dimension.PROTOCOL, survey.byProtocol(), stored.byProtocol());
        sampled(now, Dimension.COUNTRY, survey.byCountry(), Map.of());
        sampled(now, Dimension.SOURCE, survey.bySource(), stored.listedBySource());
    }

    /** What is there no more counts as none, so that its mean falls: every name of the bucket is sampled. */
    private static void sampled(Open now, Dimension dimension, Map<String, Long> served, Map<String, Long> stored) {
        Map<String, long[]> samples = new TreeMap<>();
        now.by(dimension).keySet().forEach(name -> samples.put(name, new long[2]));
        served.forEach((name, count) -> samples.computeIfAbsent(name, fresh -> new long[2])[0] = count);
        stored.forEach((name, count) -> samples.computeIfAbsent(name, fresh -> new long[2])[1] = count);
        Map<Tally, long[]> sums = new HashMap<>();
        samples.forEach((name, sample) -> {
            long[] sum = sums.computeIfAbsent(now.tally(dimension, name), fresh -> new long[2]);
            sum[0] += sample[0];
            sum[1] += sample[1];
        });
        sums.forEach((tally, sum) -> tally.sampled(sum[0], sum[1]));
    }

    /**
     * What is to be written now: buckets that were closed and not written yet, and those that are being filled.
     *
     * @param nowMillis closes what ended before
     */
    synchronized List<Bucket> unwritten(long nowMillis) {
        Open now = at(nowMillis);
        List<Bucket> buckets = new ArrayList<>(closed);
        add(buckets, Width.FIVE_MINUTES, now);
        for (Width width : List.of(Width.HOUR, Width.DAY)) {
            Open wide = new Open(width.start(now.startMillis));
            Open before = open.get(width);
            if (before != null) {
                wide.add(before);
            }
            wide.add(now);
            add(buckets, width, wide);
        }
        return buckets;
    }

    /** Those were written: of them, closed ones need not be written again. */
    synchronized void written(List<Bucket> buckets) {
        closed.removeAll(buckets);
    }

    /** The bucket of five minutes that is being filled; closes what ended before. A clock that goes back goes on in it. */
    private Open at(long nowMillis) {
        long start = Width.FIVE_MINUTES.start(nowMillis);
        Open now = open.get(Width.FIVE_MINUTES);
        if (now != null && start <= now.startMillis) {
            return now;
        }
        if (now != null) {
            close(Width.FIVE_MINUTES, now);
            for (Width width : List.of(Width.HOUR, Width.DAY)) {
                Open wide = open.computeIfAbsent(width, fresh -> new Open(width.start(now.startMillis)));
                wide.add(now);
                if (width.start(start) > wide.startMillis) {
                    close(width, wide);
                    open.remove(width);
                }
            }
        }
        Open next = new Open(start);
        open.put(Width.FIVE_MINUTES, next);
        return next;
    }

    private void close(Width width, Open ended) {
        add(closed, width, ended);
        // A store that does not answer for half a day: then hours and days go on, and the oldest five minutes are lost.
        while (closed.size() > MOST_CLOSED) {
            closed.remove(0);
        }
    }

    private void add(List<Bucket> buckets, Width width, Open bucket) {
        for (Dimension dimension : Dimension.values()) {
            if (!bucket.by(dimension).isEmpty()) {
                buckets.add(new Bucket(dimension, width, bucket.startMillis, writer, busiest(bucket.by(dimension))));
            }
        }
    }

    /** Copies; what is beyond the busiest names goes together. */
    private static Map<String, Tally> busiest(Map<String, Tally> tallies) {
        if (tallies.size() <= MOST_NAMES) {
            return SeriesHistory.copy(tallies);
        }
        List<String> names = new ArrayList<>(tallies.keySet());
        names.sort(Comparator.comparingLong((String name) -> weight(tallies, name))
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        Map<String, Tally> kept = new TreeMap<>();
        Others others = new Others();
        for (String name : names) {
            Tally tally = tallies.getOrDefault(name, new Tally());
            if (kept.size() < MOST_NAMES - 1 && !name.equals(OTHERS)) {
                kept.put(name, tally.copy());
            } else {
                others.add(tally);
            }
        }
        kept.put(OTHERS, others.together());
        return kept;
    }

    private static long weight(Map<String, Tally> tallies, String name) {
        Tally tally = tallies.getOrDefault(name, new Tally());
        return tally.checks() + tally.servedSum() + tally.storedSum();
    }

    /** Adds up what there was at the same times, where {@link Tally#add} means other times. */
    private static final class Others {
        private final Tally sum = new Tally();
        private long samples;

        void add(Tally tally) {
            sum.add(tally);
            samples = Math.max(samples, tally.samples());
        }

        Tally together() {
            return new Tally(sum.checks(), sum.successes(), samples, sum.servedSum(), sum.storedSum(), sum.latencies());
        }
    }
}
