package dev.sluice.cadence;

import java.time.Duration;

/**
 * How often to check.
 *
 * @param active between checks of a working proxy
 * @param atRisk between checks of one that fails now and then, or died lately
 * @param inactive between checks of a dead one
 * @param confirm after a first failure, before it is confirmed
 * @param connectOnly whether a TCP connection is all that is asked of a proxy
 */
public record CheckPolicy(Duration active, Duration atRisk, Duration inactive, Duration confirm, boolean connectOnly) {
    public CheckPolicy {
        above0("active", active);
        above0("atRisk", atRisk);
        above0("inactive", inactive);
        above0("confirm", confirm);
    }

    private static void above0(String name, Duration duration) {
        if (duration.toMillis() <= 0) {
            throw new IllegalArgumentException(name + ": " + duration + " (expected: at least 1 ms)");
        }
    }
}
