package dev.sluice.pace;

import java.util.Arrays;

/**
 * Makes one signal of the probes of several anchors. A gateway answers in one millisecond and a judge far away in two
 * hundred, so a delay only says something above the best of the same anchor. Confined to one thread.
 *
 * <ul>
 *   <li>A probe that took 0.9 s more than its anchor's best counts as lost: its SYN was, and the kernel repeated it after a
 *       second (RFC 6298).
 *   <li>An anchor that failed five times in a row while another one answered is down by itself and no longer counts,
 *       until it answers again.
 * </ul>
 */
public final class AnchorReadings {
    private static final long REPEATED_NANOS = 900_000_000L;
    private static final int DOWN_BY_ITSELF = 5;

    private final WindowedMinimum[] best;
    private final double[] bestNanos;
    private final int[] failuresInARow;
    private long successes;
    private final long[] successesAtFailure;
    private int probes;
    private int failures;
    private int delays;
    private long sumNanos;

    /** @param anchors how many there are, 0 or more */
    public AnchorReadings(int anchors, long nowNanos) {
        best = new WindowedMinimum[anchors];
        Arrays.setAll(best, i -> new WindowedMinimum(nowNanos));
        bestNanos = new double[anchors];
        failuresInARow = new int[anchors];
        successesAtFailure = new long[anchors];
    }

    /**
     * A probe has ended.
     *
     * @param index 0 to the number of anchors, exclusive
     */
    public void probed(int index, boolean ok, long startedNanos, long endedNanos) {
        if (!ok) {
            failed(index);
            return;
        }
        successes++;
        failuresInARow[index] = 0;
        long delayNanos = Math.max(0, endedNanos - startedNanos);
        bestNanos[index] = best[index].add(delayNanos, endedNanos);
        long excessNanos = (long) (delayNanos - bestNanos[index]);
        probes++;
        if (excessNanos >= REPEATED_NANOS) {
            failures++;
        } else {
            delays++;
            sumNanos += excessNanos;
        }
    }

    private void failed(int index) {
        if (failuresInARow[index] == 0) {
            successesAtFailure[index] = successes;
        }
        failuresInARow[index] = Math.min(DOWN_BY_ITSELF, failuresInARow[index] + 1);
        boolean byItself = failuresInARow[index] == DOWN_BY_ITSELF && successes > successesAtFailure[index];
        if (!byItself) {
            probes++;
            failures++;
        }
    }

    /** What came since the last call. */
    public Reading take() {
        Reading reading = new Reading(probes, failures, delays == 0 ? 0 : sumNanos / delays);
        probes = 0;
        failures = 0;
        delays = 0;
        sumNanos = 0;
        return reading;
    }

    /**
     * The fields of {@link Signals} that speak of anchors.
     *
     * @param probes that ended
     * @param failures those of them that failed, or whose first packet was lost
     * @param nanos mean delay of the others above the best of their anchors, 0 without any
     */
    public record Reading(int probes, int failures, long nanos) {}
}
