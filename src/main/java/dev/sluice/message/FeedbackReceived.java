package dev.sluice.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What client applications reported, batched.
 *
 * @param reports at least one
 */
public record FeedbackReceived(List<Report> reports) {
    public FeedbackReceived {
        reports = List.copyOf(reports);
    }

    /**
     * One use of a proxy.
     *
     * @param application the client application
     * @param proxyId the store's number of the proxy
     * @param success whether it served
     * @param latencyMillis how long it took, {@code Double.NaN} when not told
     * @param reason the client's word for a failure, at most 200 characters, or null
     * @param target host that was requested, or null
     * @param atMillis when it was received
     * @param counts whether it counts as a use: an application's first ones about a proxy do, so that none of them alone
     *     can lift a reputation
     */
    public record Report(
            String application,
            long proxyId,
            boolean success,
            double latencyMillis,
            @Nullable String reason,
            @Nullable String target,
            long atMillis,
            boolean counts) {}
}
