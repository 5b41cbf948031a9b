package dev.sluice.cadence;

import java.time.Duration;

/**
 * How often to check, how thoroughly, and how long to remember.
 *
 * @param active between checks of a working proxy
 * @param atRisk between checks of one that fails now and then, or died lately
 * @param inactive between checks of a dead one
 * @param confirm after a first failure, before it is confirmed
 * @param deepEvery between deep checks of a proxy of low risk; 0 for none
 * @param tamperedFor how long one that was caught tampering is excluded, from the last time it was caught
 * @param cleanChecks clean comprehensive checks in a row that lift it earlier, 1 or more
 * @param cleanOver time those must be spread over
 * @param connectOnly whether a TCP connection is all that is asked of a proxy
 */
public record CheckPolicy(
        Duration active,
        Duration atRisk,
        Duration inactive,
        Duration confirm,
        Duration deepEvery,
        Duration tamperedFor,
        int cleanChecks,
        Duration cleanOver,
        boolean connectOnly) {
    public CheckPolicy {
        above0("active", active);
        above0("atRisk", atRisk);
        above0("inactive", inactive);
        above0("confirm", confirm);
        atLeast0("deepEvery", deepEvery);
        atLeast0("tamperedFor", tamperedFor);
        atLeast0("cleanOver", cleanOver);
        if (cleanChecks < 1) {
            throw new IllegalArgumentException("cleanChecks: " + cleanChecks + " (expected: 1 or more)");
        }
    }

    private static void above0(String name, Duration duration) {
        if (duration.toMillis() <= 0) {
            throw new IllegalArgumentException(name + ": " + duration + " (expected: at least 1 ms)");
        }
    }

    private static void atLeast0(String name, Duration duration) {
        if (duration.toMillis() < 0) {
            throw new IllegalArgumentException(name + ": " + duration + " (expected: 0 or more)");
        }
    }
}
