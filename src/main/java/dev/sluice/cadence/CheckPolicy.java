package dev.sluice.cadence;

import dev.sluice.proxy.Tier;
import java.time.Duration;

/**
 * How often to check, how thoroughly, and how long to remember.
 *
 * <p>The interval to the next check grows with the time a proxy has been in its present state: {@link #aliveFactor} or
 * {@link #deadFactor} of that time, within the bounds of its tier. Equal bounds make a fixed interval.
 *
 * @param active between checks of a working proxy
 * @param atRisk between checks of one that fails now and then, or died lately
 * @param inactive between checks of a dead one
 * @param aliveFactor share of the time a proxy has been alive, 0 or more
 * @param deadFactor share of the time a proxy has been dead, 0 or more
 * @param byValue whether proxies in demand are checked sooner than that and poor ones later ({@link HealthRules#value})
 * @param leastDemand how far intervals may shrink where there is capacity to spare, {@value Demand#LEAST}..1; 1 for not
 *     at all
 * @param confirm mean time from a first failure to the check that confirms it
 * @param deepEvery between deep checks of a proxy of low risk; 0 for none
 * @param tamperedFor how long one that was caught tampering is excluded, from the last time it was caught
 * @param cleanChecks clean comprehensive checks in a row that lift it earlier, 1 or more
 * @param cleanOver time those must be spread over
 * @param connectOnly whether a TCP connection is all that is asked of a proxy
 */
public record CheckPolicy(
        Span active,
        Span atRisk,
        Span inactive,
        double aliveFactor,
        double deadFactor,
        boolean byValue,
        double leastDemand,
        Duration confirm,
        Duration deepEvery,
        Duration tamperedFor,
        int cleanChecks,
        Duration cleanOver,
        boolean connectOnly) {
    /** No working proxy goes unchecked for longer. */
    public static final Duration ACTIVE_CEILING = Duration.ofHours(24);
    /** No proxy that fails now and then, or died lately, goes unchecked for longer. */
    public static final Duration AT_RISK_CEILING = Duration.ofHours(12);
    /** No dead proxy goes unchecked for longer, until it is archived. */
    public static final Duration INACTIVE_CEILING = Duration.ofDays(7);

    public CheckPolicy {
        atMost("active", active, ACTIVE_CEILING);
        atMost("atRisk", atRisk, AT_RISK_CEILING);
        atMost("inactive", inactive, INACTIVE_CEILING);
        factor("aliveFactor", aliveFactor);
        factor("deadFactor", deadFactor);
        if (!(leastDemand >= Demand.LEAST && leastDemand <= 1)) {
            throw new IllegalArgumentException("leastDemand: " + leastDemand + " (expected: " + Demand.LEAST + "..1)");
        }
        if (confirm.toMillis() <= 0) {
            throw new IllegalArgumentException("confirm: " + confirm + " (expected: at least 1 ms)");
        }
        atLeast0("deepEvery", deepEvery);
        atLeast0("tamperedFor", tamperedFor);
        atLeast0("cleanOver", cleanOver);
        if (cleanChecks < 1) {
            throw new IllegalArgumentException("cleanChecks: " + cleanChecks + " (expected: 1 or more)");
        }
    }

    /** A policy with one fixed interval a tier. */
    public static CheckPolicy fixed(
            Duration active,
            Duration atRisk,
            Duration inactive,
            Duration confirm,
            Duration deepEvery,
            Duration tamperedFor,
            int cleanChecks,
            Duration cleanOver,
            boolean connectOnly) {
        return new CheckPolicy(
                Span.fixed(active),
                Span.fixed(atRisk),
                Span.fixed(inactive),
                0,
                0,
                false,
                1,
                confirm,
                deepEvery,
                tamperedFor,
                cleanChecks,
                cleanOver,
                connectOnly);
    }

    /** The bounds of a tier; those of {@code INACTIVE} for what was never judged. */
    public Span span(Tier tier) {
        return switch (tier) {
            case ACTIVE -> active;
            case AT_RISK -> atRisk;
            case INACTIVE, UNKNOWN -> inactive;
        };
    }

    /** What no interval of a tier exceeds, its jitter included, whatever the policy. */
    public static Duration ceiling(Tier tier) {
        return switch (tier) {
            case ACTIVE -> ACTIVE_CEILING;
            case AT_RISK -> AT_RISK_CEILING;
            case INACTIVE, UNKNOWN -> INACTIVE_CEILING;
        };
    }

    /**
     * Bounds of the interval between checks.
     *
     * @param shortest at least 1 ms
     * @param longest at least {@code shortest}
     */
    public record Span(Duration shortest, Duration longest) {
        public Span {
            if (shortest.toMillis() <= 0) {
                throw new IllegalArgumentException("shortest: " + shortest + " (expected: at least 1 ms)");
            }
            if (longest.compareTo(shortest) < 0) {
                throw new IllegalArgumentException(
                        "longest: " + longest + " (expected: at least the shortest, " + shortest + ")");
            }
        }

        /** An interval that never changes. */
        public static Span fixed(Duration interval) {
            return new Span(interval, interval);
        }
    }

    private static void atMost(String name, Span span, Duration ceiling) {
        if (span.longest().compareTo(ceiling) > 0) {
            throw new IllegalArgumentException(
                    name + ".longest: " + span.longest() + " (expected: at most " + ceiling + ")");
        }
    }

    private static void factor(String name, double factor) {
        if (!(factor >= 0 && factor <= 100)) {
            throw new IllegalArgumentException(name + ": " + factor + " (expected: 0..100)");
        }
    }

    private static void atLeast0(String name, Duration duration) {
        if (duration.toMillis() < 0) {
            throw new IllegalArgumentException(name + ": " + duration + " (expected: 0 or more)");
        }
    }
}
