package dev.sluice.cadence;

import dev.sluice.proxy.Health;

/**
 * Fits the checks that are planned to the checks that can be made: the factor by which intervals are stretched so that
 * they take {@value #SHARE} of the capacity.
 *
 * <p>What is planned is known at any time without counting: {@link Health#checkEveryMillis()} is the interval a proxy's
 * own history asks for, before it is stretched, and the sum of checks a second over all proxies changes with each
 * proxy's change. As that sum does not contain the factor, the factor follows from it directly and nothing swings,
 * however long it takes until proxies are planned anew. The sum begins with what the store counts, and is put right
 * whenever the store counts again.
 *
 * <p>Proxies at their longest interval can't be stretched, so the factor alone may not suffice. What then stays undone
 * makes a backlog, and a backlog raises the factor further: by half for what takes two hours,
 * doubling it at most: gently, because it takes hours until that shows.
 *
 * <p>Reading is thread-safe. One thread changes what is planned, and one observes.
 */
public final class Demand {
    /** Smallest factor. */
    public static final double LEAST = 0.25;
    /** Largest factor. */
    public static final double MOST = 8;
    /** Share of the capacity that planned checks may take; the rest is for first checks, retries and what is asked for. */
    public static final double SHARE = 0.8;

    /** Time in which the factor covers two thirds of the way to where it should be. */
    private static final double SETTLES_IN_SECONDS = 60;
    /** Work for so long, at capacity, doubles the factor. */
    private static final double BACKLOG_DOUBLES_SECONDS = 4 * 3_600;

    private volatile double least;
    private volatile double planned;
    private volatile double factor = 1;
    private volatile double capacity = Double.NaN;
    private long observedAtNanos;
    private boolean observed;

    /** Shrinks intervals as far as {@code policy} lets it. */
    public Demand(CheckPolicy policy) {
        this.least = policy.leastDemand();
    }

    /** Shrinks intervals as far as another policy lets it, from the next observation on. Thread-safe. */
    public void follow(CheckPolicy policy) {
        least = policy.leastDemand();
    }

    /** By how much intervals are stretched, {@value #LEAST}..{@value #MOST}; 1 at rest. Thread-safe. */
    public double factor() {
        return factor;
    }

    /** Checks a second that all proxies together ask for, before they are stretched. Thread-safe. */
    public double plannedPerSecond() {
        return planned;
    }

    /** Checks a second that could be made when it was last observed; {@code NaN} where nobody knows. Thread-safe. */
    public double capacityPerSecond() {
        return capacity;
    }

    /** The plan for a proxy has changed. Called by the thread that owns health. */
    public void changed(Health before, Health after) {
        if (before.checkEveryMillis() != after.checkEveryMillis()) {
            planned = Math.max(0, planned + perSecond(after) - perSecond(before));
        }
    }

    /**
     * What the store counted replaces what was summed up. Called by the thread that owns health.
     *
     * @param perSecond checks a second that all stored proxies ask of this instance
     */
    public void counted(double perSecond) {
        planned = Math.max(0, perSecond);
    }

    /**
     * Fits the factor to what is known now; to be called about once a second, always by the same thread.
     *
     * @param capacityPerSecond checks a second that can be made; 0 or {@code NaN} where nobody knows, and then the
     *     factor goes back to 1
     * @param backlog proxies that are due and not handed out; 0 where nobody knows
     * @param nowNanos monotonic clock
     */
    public void observe(double capacityPerSecond, long backlog, long nowNanos) {
        double elapsedSeconds = observed ? Math.max(0, nowNanos - observedAtNanos) / 1e9 : 0;
        observed = true;
        observedAtNanos = nowNanos;
        capacity = capacityPerSecond > 0 ? capacityPerSecond : Double.NaN;
        factor = next(factor, target(planned, capacityPerSecond, backlog, least), elapsedSeconds);
    }

    /** The factor at which {@code planned} fits the capacity. */
    static double target(double planned, double capacityPerSecond, long backlog, double least) {
        if (!(capacityPerSecond > 0)) {
            return 1;
        }
        double waitingSeconds = Math.max(0, backlog) / capacityPerSecond;
        double pressed = 1 + Math.min(1, waitingSeconds / BACKLOG_DOUBLES_SECONDS);
        return Math.max(least, Math.min(MOST, pressed * planned / (SHARE * capacityPerSecond)));
    }

    /** The factor after some time on its way to {@code target}, in equal ratios. */
    static double next(double factor, double target, double elapsedSeconds) {
        double way = 1 - Math.exp(-elapsedSeconds / SETTLES_IN_SECONDS);
        return Math.max(LEAST, Math.min(MOST, factor * Math.pow(target / factor, way)));
    }

    private static double perSecond(Health health) {
        return health.checkEveryMillis() <= 0 ? 0 : 1_000.0 / health.checkEveryMillis();
    }
}
