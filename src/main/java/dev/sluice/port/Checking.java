package dev.sluice.port;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the checker is doing. {@code check} implements it, {@code api} uses it. Thread-safe. */
public interface Checking {
    /** A consistent picture, at most a second old. */
    State state();

    /** What holds checking back; {@link Resources.Bottleneck#NONE} where nobody knows. */
    default Resources.Bottleneck bottleneck() {
        return Resources.Bottleneck.NONE;
    }

    /**
     * The checker at a moment.
     *
     * @param suspended whether judgement is suspended because our own network failed
     * @param ratePerSecond starts a second that are allowed now
     * @param startsPerSecond starts in the last full second
     * @param maxRatePerSecond upper bound of the rate
     * @param limit most checks at the same time
     * @param inFlight checks under way
     * @param waiting accepted, not yet started
     * @param held failures that wait for an anchor to vouch for our own network
     * @param repeated verdicts that were dropped and repeated, in all
     * @param phase what the controller does: {@code slow-start}, {@code growing}, {@code holding}, {@code cut},
     *     {@code demand-limited}, {@code fixed}, {@code suspended}
     * @param lastCutReason why the rate was last cut; null when it never was
     * @param lastCutAtMillis when, 0 for never
     * @param cuts how often, by reason
     * @param lagMillis lateness of event loops, the worst, smoothed
     * @param anchorDelayMillis delay of anchors above their best, smoothed
     * @param anchorLoss share of anchor probes that failed, 0..1, smoothed
     * @param anchors each of them
     * @param judges each of them
     */
    record State(
            boolean suspended,
            double ratePerSecond,
            double startsPerSecond,
            double maxRatePerSecond,
            int limit,
            int inFlight,
            int waiting,
            int held,
            long repeated,
            String phase,
            @Nullable String lastCutReason,
            long lastCutAtMillis,
            Map<String, Long> cuts,
            double lagMillis,
            double anchorDelayMillis,
            double anchorLoss,
            List<Anchor> anchors,
            List<Judge> judges) {
        public State {
            cuts = Map.copyOf(cuts);
            anchors = List.copyOf(anchors);
            judges = List.copyOf(judges);
        }

        /** Of a checker that does not run. */
        public static final State NOT_RUNNING =
                new State(false, 0, 0, 0, 0, 0, 0, 0, 0, "stopped", null, 0, Map.of(), 0, 0, 0, List.of(), List.of());
    }

    /**
     * A known endpoint.
     *
     * @param address {@code host:port}
     * @param up whether its last probe succeeded
     * @param delayMillis of the last success, {@code Double.NaN} before the first
     */
    record Anchor(String address, boolean up, double delayMillis) {}

    /**
     * A judge.
     *
     * @param url where it answers
     * @param form {@code sluice}, or the form of a public page
     * @param up whether it answers
     */
    record Judge(String url, String form, boolean up) {}
}
