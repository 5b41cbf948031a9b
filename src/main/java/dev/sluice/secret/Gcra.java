package dev.sluice.secret;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The generic cell rate algorithm (ITU-T I.371) as a limit of requests: a quota that may be used at once and grows back
 * evenly. The state of one who is limited is a single long, the theoretical arrival time: when the whole quota will be there
 * again. Immutable; time is a parameter, in nanoseconds of any origin, and may wrap.
 */
public final class Gcra {
    /** Longest debt there can be; a larger one comes from a clock that went back, and counts as this. */
    private static final long MAX_DEBT = Duration.ofHours(2).toNanos();

    private static final long SECOND = 1_000_000_000;

    private final int quota;
    private final long intervalNanos;
    private final long windowNanos;
    private final String policy;

    private Gcra(int quota, Duration window) {
        this.quota = quota;
        this.intervalNanos = Math.max(1, window.toNanos() / quota);
        this.windowNanos = intervalNanos * quota;
        this.policy = "\"default\";q=" + quota + ";w=" + window.toSeconds();
    }

    /**
     * A limit.
     *
     * @param quota requests in a window, 1..1,000,000
     * @param window 1 s..1 h, in whole seconds
     */
    public static Gcra of(int quota, Duration window) {
        if (quota < 1 || quota > 1_000_000) {
            throw new IllegalArgumentException("quota: " + quota + " (expected: 1..1000000)");
        }
        if (window.compareTo(Duration.ofSeconds(1)) < 0
                || window.compareTo(Duration.ofHours(1)) > 0
                || window.toNanosPart() != 0) {
            throw new IllegalArgumentException("window: " + window + " (expected: 1 s..1 h, in whole seconds)");
        }
        return new Gcra(quota, window);
    }

    /** State of one who has sent nothing yet. */
    public static long fresh(long nowNanos) {
        return nowNanos;
    }

    /** Requests that may be sent at once in a state. */
    int left(long state, long nowNanos) {
        return (int) Math.max(0, (windowNanos - debt(state, nowNanos)) / intervalNanos);
    }

    /** How long until a request is allowed in a state; 0 when it is now. */
    long waitNanos(long state, long nowNanos) {
        return Math.max(0, debt(state, nowNanos) + intervalNanos - windowNanos);
    }

    /** The state after a request that is allowed. */
    long after(long state, long nowNanos) {
        return nowNanos + debt(state, nowNanos) + intervalNanos;
    }

    /** The state in which a request is allowed after {@code waitNanos}. */
    long waiting(long waitNanos, long nowNanos) {
        return nowNanos + Math.min(MAX_DEBT, windowNanos - intervalNanos + waitNanos);
    }

    /** What of the quota is in use, in nanoseconds until it is there again. */
    static long debt(long state, long nowNanos) {
        return Math.min(MAX_DEBT, Math.max(0, state - nowNanos));
    }

    /**
     * Counts a request. Threads may share {@code state}.
     *
     * @param state as {@link #fresh} made it
     * @return what is left of the quota, 0 or more; or, when the request is not allowed, the complement ({@code ~}) of how
     *     many nanoseconds it has to wait
     */
    public long take(AtomicLong state, long nowNanos) {
        while (true) {
            long known = state.get();
            long wait = waitNanos(known, nowNanos);
            if (wait > 0) {
                return ~wait;
            }
            long next = after(known, nowNanos);
            if (state.compareAndSet(known, next)) {
                return left(next, nowNanos);
            }
        }
    }

    /** Takes a request back that {@link #take} has allowed a moment ago. */
    public void giveBack(AtomicLong state) {
        state.addAndGet(-intervalNanos);
    }

    /**
     * Value of the field {@code RateLimit} (draft-ietf-httpapi-ratelimit-headers-10).
     *
     * @param taken what {@link #take} returned
     */
    public String field(long taken) {
        return "\"default\";r=" + Math.max(0, taken) + ";t="
                + (taken < 0 ? seconds(~taken) : seconds((quota - taken) * intervalNanos));
    }

    /** Value of the field {@code RateLimit-Policy} (draft-ietf-httpapi-ratelimit-headers-10). */
    public String policy() {
        return policy;
    }

    /** Requests in a window. */
    public int quota() {
        return quota;
    }

    /** Whole seconds, rounded up. */
    public static long seconds(long nanos) {
        return nanos <= 0 ? 0 : (nanos - 1) / SECOND + 1;
    }
}
