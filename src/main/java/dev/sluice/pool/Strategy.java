package dev.sluice.pool;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How one of the proxies that match is chosen. Every pick takes a number of steps that does not grow with the pool. */
public enum Strategy {
    /** In proportion to 1 + reputation, as it was when the view was built. */
    WEIGHTED_RANDOM,
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
