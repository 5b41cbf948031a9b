package dev.sluice.net.farm;

/**
 * A token bucket of a fiftieth of a second's tokens, at least one: in {@code t} seconds at most {@code perSecond * t} and what
 * the bucket holds. Times are of {@link System#nanoTime}, never going back. Not thread-safe.
 */
final class TokenBucket {
    private static final double NANOS_A_SECOND = 1e9;
    private static final double HELD_SECONDS = 0.02;
    private static final double ROUNDING = 1e-6;

    private int perSecond;
    private double tokens;
    private long filledNanos;

    /** A full one. */
    TokenBucket(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        this.filledNanos = nowNanos;
        this.tokens = depth();
    }

    int perSecond() {
        return perSecond;
    }

    /** Most tokens it holds. */
    double depth() {
        return Math.max(1, perSecond * HELD_SECONDS);
    }

    /** From now on it fills at another rate. */
    void setPerSecond(int rate, long nowNanos) {
        fill(nowNanos);
        perSecond = rate;
        tokens = Math.min(tokens, depth());
    }

    /** Takes a token, on credit when there is none. */
    void take(long nowNanos) {
        fill(nowNanos);
        tokens--;
    }

    /** How long until there is a token, in nanoseconds; 0 when there is one. */
    long untilTokenNanos(long nowNanos) {
        fill(nowNanos);
        double missing = 1 - ROUNDING - tokens;
        return missing <= 0 ? 0 : (long) Math.ceil(missing * NANOS_A_SECOND / perSecond);
    }

    private void fill(long nowNanos) {
        tokens = Math.min(depth(), tokens + (nowNanos - filledNanos) * perSecond / NANOS_A_SECOND);
        filledNanos = nowNanos;
    }
}
