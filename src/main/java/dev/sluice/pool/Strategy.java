package dev.sluice.pool;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How one of the proxies that match is chosen. Every pick takes a number of steps that does not grow with the pool. Several
 * picks for one request are all different. What is promised holds for the members of a view; a view is at most
 * {@code pool.view-refresh} behind the pool, but what is dead or no longer matches is passed over at once.
 *
 * <p>For a client application that reports what worked, those that draw by chance ({@link #draws}) prefer what has proven
 * itself for it; the others keep to their order and pass over what keeps failing for it.
 */
public enum Strategy {
    /**
     * One after the other. While the members stay the same, as many picks as there are members give each of them exactly
     * once. All requests with the same filter share the rotation; it goes on from its place when members come and go. The
     * order mixes entries that came from a list one after the other.
     */
    ROUND_ROBIN,
    /**
     * The one whose last pick, by whatever filter and strategy, lies furthest back; what was never picked comes first.
     * Exact. A pick takes a constant number of steps, and one look into a heap when other strategies or filters picked
     * members in between. Picks of this strategy with the same filter take turns.
     */
    LEAST_RECENTLY_USED,
    /** In proportion to 1 + reputation in whole points, as it was when the view was built. */
    WEIGHTED_RANDOM,
    /** One of those with the highest reputation in whole points, in turns; they share the picks equally. */
    BEST_REPUTATION,
    /**
     * One of those that are as fast as the fastest, in turns; they share the picks equally. As fast is what takes at most a
     * tenth longer, and a millisecond. Always the very fastest would have to bear everything, and would not stay it.
     */
    FASTEST_RESPONSE,
    /** Each as likely as any other. */
    RANDOM,
    /**
     * In 70 % of picks one of the faster half, in 30 % one of all; "all" includes the faster half, which therefore gets 85 %
     * of the picks.
     */
    FASTEST_HALF;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Lower-case name with dashes, for example {@code fastest-half}. */
    public String text() {
        return text;
    }

    /** Whether it is a matter of chance which one is chosen. */
    public boolean draws() {
        return this == WEIGHTED_RANDOM || this == RANDOM || this == FASTEST_HALF;
    }

    /**
     * The strategy with this {@link #text()}.
     *
     * @throws IllegalArgumentException listing the known ones
     */
    public static Strategy of(String text) {
        for (Strategy strategy : values()) {
            if (strategy.text.equals(text)) {
                return strategy;
            }
        }
        String known = Arrays.stream(values()).map(Strategy::text).sorted().collect(Collectors.joining(", "));
        throw new IllegalArgumentException("strategy: " + text + " (expected: " + known + ")");
    }
}
