package dev.sluice.port;

import dev.sluice.proxy.LatencyCounts;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How the whole has developed. {@code store} keeps it, {@code keep} writes, {@code api} asks. Thread-safe. */
public interface SeriesHistory {
    /**
     * Keeps buckets; one that is there already, of the same writer, is replaced. So who writes again, because an answer was
     * lost or because more has happened, counts nothing twice, and several writers add up. One transaction.
     *
     * @param buckets at most 100
     */
    Future<Void> put(List<Bucket> buckets);

    /**
     * Buckets that begin in {@code [fromMillis, toMillis)}, oldest first; several of one begin where several wrote.
     *
     * @return at most 20,000: the buckets of two dozen writers, however they are asked for by the API
     */
    Future<List<Bucket>> read(Dimension dimension, Width width, long fromMillis, long toMillis);

    /** Removes what is older than its width is kept; at most {@code limit} buckets. The future tells how many. */
    Future<Integer> prune(long nowMillis, int limit);

    /** What is told apart. */
    enum Dimension {
        /** Nothing: everything together, under the one name {@code total}. */
        TOTAL,
        /** Protocols. */
        PROTOCOL,
        /** Countries. */
        COUNTRY,
        /** Sources. A proxy counts once for each that lists it. */
        SOURCE;

        /** Lower-case name. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How wide a bucket is, and for how long such buckets are kept. */
    enum Width {
        /** Kept for two days. */
        FIVE_MINUTES(300, 2),
        /** Kept for 35 days. */
        HOUR(3_600, 35),
        /** Kept for 400 days. */
        DAY(86_400, 400);

        private final int seconds;
        private final int keptDays;

        Width(int seconds, int keptDays) {
            this.seconds = seconds;
            this.keptDays = keptDays;
        }

        /** How wide it is. */
        public int seconds() {
            return seconds;
        }

        /** When the oldest one begins that is kept. */
        public long oldestMillis(long nowMillis) {
            return start(nowMillis - keptDays * 86_400_000L);
        }

        /** When the bucket of an instant begins. */
        public long start(long atMillis) {
            return Math.floorDiv(atMillis, seconds * 1_000L) * seconds * 1_000L;
        }
    }

    /**
     * What one writer saw in one bucket.
     *
     * @param startMillis when it begins, a multiple of the width
     * @param writer who wrote it, 1..64 characters
     * @param tallies by name: a protocol, a country, a source
     */
    record Bucket(Dimension dimension, Width width, long startMillis, String writer, Map<String, Tally> tallies) {}

    /** What happened in a bucket, and what there was. Not thread-safe. */
    final class Tally {
        private final LatencyCounts latencies = new LatencyCounts();
        private long checks;
        private long successes;
        private long samples;
        private long servedSum;
        private long storedSum;

        /** Nothing yet. */
        public Tally() {}

        /** As one was that told these numbers. */
        public Tally(
                long checks, long successes, long samples, long servedSum, long storedSum, LatencyCounts latencies) {
            this.checks = checks;
            this.successes = successes;
            this.samples = samples;
            this.servedSum = servedSum;
            this.storedSum = storedSum;
            this.latencies.add(latencies);
        }

        /** A check that failed. */
        public void failed() {
            checks++;
        }

        /** A check that was good. */
        public void succeeded(double latencyMillis) {
            checks++;
            successes++;
            latencies.add(latencyMillis);
        }

        /** What there is now. */
        public void sampled(long served, long stored) {
            samples++;
            servedSum += served;
            storedSum += stored;
        }

        /** Checks that were a verdict. */
        public long checks() {
            return checks;
        }

        /** Those of them that were good. */
        public long successes() {
            return successes;
        }

        /** How often it was looked at what there is. */
        public long samples() {
            return samples;
        }

        /** What was served, added up over the samples. */
        public long servedSum() {
            return servedSum;
        }

        /** What was stored, added up over the samples. */
        public long storedSum() {
            return storedSum;
        }

        /** Of good checks. Not to be changed. */
        public LatencyCounts latencies() {
            return latencies;
        }

        /** With all of another. What there was stays a mean over all samples. */
        public void add(Tally other) {
            checks += other.checks;
            successes += other.successes;
            samples += other.samples;
            servedSum += other.servedSum;
            storedSum += other.storedSum;
            latencies.add(other.latencies);
        }

        /** A copy that later changes do not touch. */
        public Tally copy() {
            Tally copy = new Tally();
            copy.add(this);
            return copy;
        }
    }

    /** Adds each tally of {@code from} to that of the same name. */
    static void addAll(Map<String, Tally> to, Map<String, Tally> from) {
        from.forEach(
                (name, tally) -> to.computeIfAbsent(name, fresh -> new Tally()).add(tally));
    }

    /** Copies all of them, by name in order. */
    static Map<String, Tally> copy(Map<String, Tally> tallies) {
        Map<String, Tally> copy = new TreeMap<>();
        tallies.forEach((name, tally) -> copy.put(name, tally.copy()));
        return copy;
    }
}
