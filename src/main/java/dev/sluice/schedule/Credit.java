package dev.sluice.schedule;

import dev.sluice.message.CheckCredit;

/** How many checks the checker has room for. Credits of one epoch add up; a new epoch forgets the old. Not thread-safe. */
final class Credit {
    private long epoch = Long.MIN_VALUE;
    private int available;

    /** The checker has granted more; what an older epoch granted is ignored. */
    void grant(CheckCredit granted) {
        if (granted.epoch() < epoch || granted.granted() <= 0) {
            return;
        }
        if (granted.epoch() > epoch) {
            epoch = granted.epoch();
            available = 0;
        }
        available = (int) Math.min(Integer.MAX_VALUE, (long) available + granted.granted());
    }

    /** Takes {@code count}, at most what is available. */
    void use(int count) {
        if (count > available) {
            throw new IllegalArgumentException("count: " + count + " (expected: 0.." + available + ")");
        }
        available -= count;
    }

    /** Gives back what was used in {@code ofEpoch} for something that could not be sent; nothing in a newer one. */
    void restore(int count, long ofEpoch) {
        if (ofEpoch == epoch) {
            available = (int) Math.min(Integer.MAX_VALUE, (long) available + count);
        }
    }

    /** Checks that may be sent now. */
    int available() {
        return available;
    }

    /** The epoch of what is available. */
    long epoch() {
        return epoch;
    }
}
