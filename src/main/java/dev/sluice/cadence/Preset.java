package dev.sluice.cadence;

import dev.sluice.cadence.CheckPolicy.Span;
import java.time.Duration;

/**
 * How much checking is worth: the numbers of the re-check rule in one place. Each can be set by itself as well.
 * In the order of the table: shortest and longest interval of {@code ACTIVE}, {@code AT_RISK} and {@code INACTIVE},
 * factor of the time alive and of the time dead, whether value counts, how far intervals shrink where there is room,
 * and when a first failure is confirmed.
 *
 * <p>The numbers were tuned by hand on a recording of real lists; docs/benchmarks.md, "When to check", has what they gave,
 * and what settings gave that were chosen on one part of it and scored on another.
 */
public enum Preset {
    /**
     * Working proxies are checked again every half hour at the latest, more often where there is room. Better than a fixed
     * interval of 3 h for half of its checks.
     */
    FRESH(minutes(10, 25), minutes(10, 25), minutes(60, 2 * 24 * 60), 0.2, 0.03, true, Demand.LEAST, seconds(30)),
    /** Better than a fixed interval of 12 h for less than half of its checks. */
    BALANCED(minutes(60, 24 * 60), minutes(60, 6 * 60), minutes(120, 7 * 24 * 60), 0.4, 0.09, true, 1, seconds(40)),
    /** Better than a fixed interval of 24 h for half of its checks. */
    FRUGAL(minutes(90, 24 * 60), minutes(90, 6 * 60), minutes(180, 7 * 24 * 60), 1, 0.16, true, 1, seconds(40));

    private final Span active;
    private final Span atRisk;
    private final Span inactive;
    private final double aliveFactor;
    private final double deadFactor;
    private final boolean byValue;
    private final double leastDemand;
    private final Duration confirm;

    Preset(
            Span active,
            Span atRisk,
            Span inactive,
            double aliveFactor,
            double deadFactor,
            boolean byValue,
            double leastDemand,
            Duration confirm) {
        this.active = active;
        this.atRisk = atRisk;
        this.inactive = inactive;
        this.aliveFactor = aliveFactor;
        this.deadFactor = deadFactor;
        this.byValue = byValue;
        this.leastDemand = leastDemand;
        this.confirm = confirm;
    }

    /** {@link CheckPolicy#active()}. */
    public Span active() {
        return active;
    }

    /** {@link CheckPolicy#atRisk()}. */
    public Span atRisk() {
        return atRisk;
    }

    /** {@link CheckPolicy#inactive()}. */
    public Span inactive() {
        return inactive;
    }

    /** {@link CheckPolicy#aliveFactor()}. */
    public double aliveFactor() {
        return aliveFactor;
    }

    /** {@link CheckPolicy#deadFactor()}. */
    public double deadFactor() {
        return deadFactor;
    }

    /** {@link CheckPolicy#byValue()}. */
    public boolean byValue() {
        return byValue;
    }

    /** {@link CheckPolicy#leastDemand()}. */
    public double leastDemand() {
        return leastDemand;
    }

    /** {@link CheckPolicy#confirm()}. */
    public Duration confirm() {
        return confirm;
    }

    private static Span minutes(long shortest, long longest) {
        return new Span(Duration.ofMinutes(shortest), Duration.ofMinutes(longest));
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
