package dev.sluice.port;

import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import java.util.List;
import java.util.Objects;

/**
 * What is remembered of a proxy. Times are milliseconds since 1970-01-01T00:00Z, kept to the second.
 *
 * @param checks single checks, newest first, as many as were asked for
 * @param summary of all single checks since the time that was asked for
 * @param days by day (UTC), newest first; days of which single checks are kept are counted from those
 * @param moves between tiers, newest first
 */
public record ProxyHistory(List<Check> checks, Summary summary, List<Day> days, List<Move> moves) {
    public ProxyHistory {
        checks = List.copyOf(checks);
        days = List.copyOf(days);
        moves = List.copyOf(moves);
    }

    /** Something that happened to a proxy. */
    public sealed interface Event {
        /** When. */
        long atMillis();
    }

    /**
     * A check.
     *
     * @param reason why it failed; {@code NONE} when the proxy worked
     * @param latencyMillis to the first byte, 0 when it failed
     */
    public record Check(long atMillis, FailureReason reason, int latencyMillis) implements Event {
        /** Longer ones are kept as this: an hour. */
        public static final int LONGEST_MILLIS = 3_600_000;

        public Check {
            Objects.requireNonNull(reason, "reason");
            if (latencyMillis < 0 || latencyMillis > LONGEST_MILLIS) {
                throw new IllegalArgumentException(
                        "latencyMillis: " + latencyMillis + " (expected: 0.." + LONGEST_MILLIS + ')');
            }
        }

        /** Whether the proxy worked. */
        public boolean alive() {
            return reason == FailureReason.NONE;
        }
    }

    /** A move from one tier to another. */
    public record Move(long atMillis, Tier from, Tier to, TierReason reason) implements Event {}

    /**
     * What a day came to.
     *
     * @param day days since 1970-01-01, UTC
     * @param latencySumMillis of all successes; divided by them, the mean
     * @param slowestMillis of all successes, 0 without any
     */
    public record Day(int day, long checks, long successes, long latencySumMillis, int slowestMillis) {
        /** Both together, of the same day. */
        public Day and(Day other) {
            return new Day(
                    day,
                    checks + other.checks,
                    successes + other.successes,
                    latencySumMillis + other.latencySumMillis,
                    Math.max(slowestMillis, other.slowestMillis));
        }
    }

    /**
     * What many checks come to. Percentiles are exact, by nearest rank; {@code Double.NaN} without successes.
     *
     * @param checks how many there were
     */
    public record Summary(
            long checks, long successes, double p50Millis, double p90Millis, double p95Millis, double p99Millis) {}
}
