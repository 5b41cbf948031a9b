package dev.sluice.net.farm;

import java.time.Duration;

/**
 * The knee of the path to the farm: so many connections a second come through, of all proxies and the anchor together, and
 * what is above loses its SYN.
 *
 * @param perSecond connections a second, 1..{@value #MAX_PER_SECOND}
 * @param thenPerSecond as {@code perSecond}, from {@code after} on
 * @param after since the first connection, above 0 where the rates differ
 * @param backlog connections that wait their turn, 1..{@value #MAX_BACKLOG}; a SYN beyond is not answered
 */
public record Knee(int perSecond, int thenPerSecond, Duration after, int backlog) {
    /** Backlog unless told otherwise. */
    public static final int DEFAULT_BACKLOG = 32;

    private static final int MAX_PER_SECOND = 1_000_000;
    private static final int MAX_BACKLOG = 4096;

    public Knee {
        checkRate("knee", perSecond);
        checkRate("knee-then", thenPerSecond);
        if (after.isNegative() || (after.isZero() && perSecond != thenPerSecond)) {
            throw new IllegalArgumentException("knee-after: " + after + " (expected: above 0)");
        }
        if (backlog < 1 || backlog > MAX_BACKLOG) {
            throw new IllegalArgumentException("knee-backlog: " + backlog + " (expected: 1.." + MAX_BACKLOG + ")");
        }
    }

    /** A knee that stays where it is. */
    public static Knee of(int perSecond) {
        return new Knee(perSecond, perSecond, Duration.ZERO, DEFAULT_BACKLOG);
    }

    static void checkRate(String name, int perSecond) {
        if (perSecond < 1 || perSecond > MAX_PER_SECOND) {
            throw new IllegalArgumentException(name + ": " + perSecond + " (expected: 1.." + MAX_PER_SECOND + ")");
        }
    }
}
