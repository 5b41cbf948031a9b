package dev.sluice.pace;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The controller at a moment.
 *
 * @param phase what it does
 * @param rate starts a second
 * @param startsPerSecond starts in the last full round
 * @param lastCutReason null when it never cut
 * @param lastCutNanos on the clock of the ticks; meaningless without a cut
 * @param cuts how often, by reason
 * @param lagNanos smoothed
 * @param anchorDelayNanos above the best of the last ten minutes, smoothed
 * @param anchorLoss 0..1, smoothed
 * @param answerRatio answered connects of those that ended, smoothed, {@code Double.NaN} before the first
 */
public record PaceState(
        Phase phase,
        double rate,
        double startsPerSecond,
        @Nullable String lastCutReason,
        long lastCutNanos,
        Map<String, Long> cuts,
        long lagNanos,
        long anchorDelayNanos,
        double anchorLoss,
        double answerRatio) {
    public PaceState {
        cuts = Map.copyOf(cuts);
    }

    /** What the controller does. */
    public enum Phase {
        /** Half as fast again each second, until something warns. */
        SLOW_START,
        /** A little faster each second. */
        GROWING,
        /** Something warns: no faster. */
        HOLDING,
        /** Cut in the last round. */
        CUT,
        /** Not limited by the rate, so nothing is learned about it. */
        DEMAND_LIMITED,
        /** Does not adapt. */
        FIXED,
        /** Starts nothing. */
        SUSPENDED
    }
}
