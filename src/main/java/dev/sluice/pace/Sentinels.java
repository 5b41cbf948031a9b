package dev.sluice.pace;

import java.util.Arrays;

/**
 * How many of the proxies succeed that have been alive for a day or more: fewer than six tenths of what is usual, and it
 * is rather our network than all of them.
 */
final class Sentinels {
    private static final int WINDOW_SECONDS = 10;
    private static final long SECOND = 1_000_000_000L;

    /** How far back a fall is looked for. */
    static final long WINDOW_NANOS = WINDOW_SECONDS * SECOND;

    private static final int LEAST = 20;
    private static final double FALLEN = 0.6;

    /** Sentinels that make something usual. */
    private static final double USUAL_LEAST = 100;

    /** So many sentinels make up what is usual; older ones fade. */
    private static final double USUAL_MOST = 2_000;

    /** Alarms in a row after which the sentinels have changed, and not the network that anchors find in order. */
    private static final int ALARMS = 3;

    private final int[] ended = new int[WINDOW_SECONDS];
    private final int[] succeeded = new int[WINDOW_SECONDS];
    private int at;
    private long secondNanos;
    private double usualEnded;
    private double usualSucceeded;
    private int alarms;

    Sentinels(long nowNanos) {
        secondNanos = nowNanos;
    }

    void add(boolean ok, long nowNanos) {
        roll(nowNanos);
        ended[at]++;
        succeeded[at] += ok ? 1 : 0;
    }

    /** Whether far fewer than usual succeeded in the last seconds. */
    boolean fallen(long nowNanos) {
        roll(nowNanos);
        int all = Arrays.stream(ended).sum();
        if (all < LEAST || usualEnded < USUAL_LEAST) {
            return false;
        }
        double share = (double) Arrays.stream(succeeded).sum() / all;
        if (share >= FALLEN * usualSucceeded / usualEnded) {
            alarms = 0;
            return false;
        }
        if (++alarms <= ALARMS) {
            return true;
        }
        alarms = 0;
        usualSucceeded = share * usualEnded;
        return false;
    }

    /** The window begins anew; what is usual stays. */
    void restart(long nowNanos) {
        Arrays.fill(ended, 0);
        Arrays.fill(succeeded, 0);
        secondNanos = nowNanos;
    }

    private void roll(long nowNanos) {
        long passed = Math.max(0, (nowNanos - secondNanos) / SECOND);
        secondNanos += passed * SECOND;
        for (long i = 0; i < Math.min(passed, WINDOW_SECONDS); i++) {
            at = (at + 1) % WINDOW_SECONDS;
            usualEnded += ended[at];
            usualSucceeded += succeeded[at];
            ended[at] = 0;
            succeeded[at] = 0;
        }
        if (usualEnded > USUAL_MOST) {
            usualSucceeded *= USUAL_MOST / usualEnded;
            usualEnded = USUAL_MOST;
        }
    }
}
