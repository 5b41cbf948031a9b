package dev.sluice.net.farm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the way to the farm's proxies, and through them, is like.
 *
 * @param maxConnections accepted connections at a time, 1 or more; further ones wait unaccepted, and when the backlog is
 *     full their SYNs are not answered
 * @param maxExits outgoing connections at a time, 1 or more; who needs a further one waits for it
 * @param delay before a proxy that forwards reads the first byte, 0..{@value #MAX_DELAY_SECONDS} s
 * @param knee null for none
 */
public record Conditions(
        int maxConnections,
        int maxExits,
        Duration delay,
        @Nullable Knee knee) {
    /** Within 20,000 descriptors, however long every connection and its way out last. */
    public static final Conditions DEFAULT = new Conditions(9000, 9000, Duration.ZERO, null);

    private static final int MAX_DELAY_SECONDS = 20;

    public Conditions {
        if (maxConnections < 1) {
            throw new IllegalArgumentException("max-connections: " + maxConnections + " (expected: 1 or more)");
        }
        if (maxExits < 1) {
            throw new IllegalArgumentException("max-exits: " + maxExits + " (expected: 1 or more)");
        }
        if (delay.isNegative() || delay.compareTo(Duration.ofSeconds(MAX_DELAY_SECONDS)) > 0) {
            throw new IllegalArgumentException("delay: " + delay + " (expected: 0.." + MAX_DELAY_SECONDS + " s)");
        }
    }

    /** The same with at most {@code limit} accepted connections. */
    public Conditions withMaxConnections(int limit) {
        return new Conditions(limit, maxExits, delay, knee);
    }

    /** The same with {@code pause} before the first byte is read. */
    public Conditions withDelay(Duration pause) {
        return new Conditions(maxConnections, maxExits, pause, knee);
    }

    /** The same behind {@code bend}. */
    public Conditions withKnee(Knee bend) {
        return new Conditions(maxConnections, maxExits, delay, bend);
    }
}
