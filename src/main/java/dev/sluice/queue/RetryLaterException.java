package dev.sluice.queue;

import java.time.Duration;

/** An attempt failed, and it is known when the next makes sense, as from {@code Retry-After}. It counts as an attempt. */
public final class RetryLaterException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Duration delay;

    /**
     * @param message what failed; no secrets
     * @param delay until the next attempt, 0 or more; a day at most, more counts as a day
     */
    public RetryLaterException(String message, Duration delay) {
        super(message);
        if (delay.isNegative()) {
            throw new IllegalArgumentException("delay: " + delay + " (expected: 0 or more)");
        }
        this.delay = delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    }

    /** Until the next attempt. */
    public Duration delay() {
        return delay;
    }
}
