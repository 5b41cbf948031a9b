package dev.sluice.pace;

/**
 * How long to wait for a connect, from what successful ones took: half as long again as all but one in two hundred of the
 * last ten minutes, within bounds. A shorter wait for the silent ones is what lets a limit of descriptors bear a higher
 * rate.
 *
 * <p>Only what lies between the bounds is told apart, in {@value #STEPS} steps. Confined to one thread.
 */
public final class ConnectTimeout {
    private static final int STEPS = 512;
    private static final int WINDOWS = 10;
    private static final long WINDOW_NANOS = 60_000_000_000L;
    private static final double FACTOR = 1.5;

    /** One in so many may take longer. */
    private static final long EXCEPTIONS = 200;

    private static final long LEAST_CONNECTS = 200;

    private final long floorNanos;
    private final long ceilingNanos;
    private final double stepNanos;
    private final int[][] counts = new int[WINDOWS][STEPS + 1];
    private final long[] totals = new long[STEPS + 1];
    private long connects;
    private int at;
    private long windowStartNanos;
    private int step;

    /** Connects that took as long as the step says, or longer. */
    private long reaching;

    /**
     * @param floorNanos shortest timeout, above 0
     * @param ceilingNanos longest one, not below the floor
     */
    public ConnectTimeout(long floorNanos, long ceilingNanos, long nowNanos) {
        if (floorNanos <= 0 || ceilingNanos < floorNanos) {
            throw new IllegalArgumentException(
                    "timeouts: " + floorNanos + ".." + ceilingNanos + " (expected: 0 < floor <= ceiling)");
        }
        this.floorNanos = floorNanos;
        this.ceilingNanos = ceilingNanos;
        this.stepNanos = Math.max(1, (ceilingNanos - floorNanos) / FACTOR / STEPS);
        this.windowStartNanos = nowNanos;
    }

    /**
     * A connect succeeded.
     *
     * @param tookNanos how long it took
     */
    public void connected(long tookNanos, long nowNanos) {
        turn(nowNanos);
        int taken = step(tookNanos);
        counts[at][taken]++;
        totals[taken]++;
        connects++;
        reaching += taken >= step ? 1 : 0;
        follow();
    }

    /** How long to wait now; the ceiling until 200 connects were seen. */
    public long nanos() {
        return connects < LEAST_CONNECTS
                ? ceilingNanos
                : Math.min(ceilingNanos, floorNanos + (long) (step * stepNanos * FACTOR));
    }

    private void turn(long nowNanos) {
        long passed = Math.max(0, (nowNanos - windowStartNanos) / WINDOW_NANOS);
        windowStartNanos += passed * WINDOW_NANOS;
        for (long i = 0; i < Math.min(passed, WINDOWS); i++) {
            at = (at + 1) % WINDOWS;
            for (int gone = 0; gone <= STEPS; gone++) {
                totals[gone] -= counts[at][gone];
                connects -= counts[at][gone];
                reaching -= gone >= step ? counts[at][gone] : 0;
                counts[at][gone] = 0;
            }
        }
    }

    /** Moves to the highest step that more connects reach than may be exceptions. Rarely more than one step away. */
    private void follow() {
        long exceptions = connects / EXCEPTIONS;
        while (step < STEPS && reaching - totals[step] > exceptions) {
            reaching -= totals[step++];
        }
        while (step > 0 && reaching <= exceptions) {
            reaching += totals[--step];
        }
    }

    /** 0 is all up to the floor, each further step as much more, the last all from the ceiling on. */
    private int step(long tookNanos) {
        double beyond = tookNanos - floorNanos / FACTOR;
        return beyond <= 0 ? 0 : (int) Math.min(STEPS, Math.ceil(beyond / stepNanos));
    }
}
