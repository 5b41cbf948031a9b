package dev.sluice.queue;

import java.util.random.RandomGenerator;

/**
 * Pauses with full jitter: evenly between nothing and a bound that doubles. After an outage attempts come spread out rather
 * than all at once (Brooker, "Exponential Backoff and Jitter", 2015).
 *
 * @param baseMillis bound of the first pause
 * @param limitMillis bound of any pause
 */
public record BackOff(long baseMillis, long limitMillis) {
    /**
     * The pause after a failure.
     *
     * @param failures how many there were, 1 and up
     * @return 0 to {@code min(limit, base * 2^(failures - 1))} milliseconds
     */
    public long pauseMillis(int failures, RandomGenerator random) {
        int doublings = Math.min(failures - 1, Long.numberOfLeadingZeros(baseMillis) - 2);
        long bound = Math.min(limitMillis, baseMillis << Math.max(0, doublings));
        return random.nextLong(bound + 1);
    }
}
