package dev.sluice.message;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one check found out.
 *
 * @param proxy what was checked, as it was sent
 * @param alive whether it works; false where {@code reason} is no verdict
 * @param verified how deep the check went
 * @param reason {@link FailureReason#NONE} exactly when {@code alive}
 * @param latencyMillis time to the judge's first byte (connect time for connect-only), {@code Double.NaN} when not alive
 * @param capabilities proven in this check, {@link dev.sluice.proxy.Capability} bits
 * @param anonymity as judged, {@code UNKNOWN} when not judged
 * @param tampering what was noticed
 * @param exitAddress as the judge saw it, or null
 * @param exits how many different exit addresses its requests came from, 0 when none is known
 * @param latenciesMillis one for each judged request that was answered, {@code latencyMillis} included
 * @param deep what a deep check measured, null otherwise
 * @param spoken for an entry of unknown scheme: the schemes it speaks, the preferred one first; otherwise empty
 * @param checkedAtMillis when the check ended
 */
public record CheckOutcome(
        DueProxy proxy,
        boolean alive,
        Verified verified,
        FailureReason reason,
        double latencyMillis,
        int capabilities,
        Anonymity anonymity,
        Tampering tampering,
        @Nullable String exitAddress,
        int exits,
        List<Double> latenciesMillis,
        @Nullable DeepResult deep,
        List<Scheme> spoken,
        long checkedAtMillis) {
    public CheckOutcome {
        Objects.requireNonNull(proxy, "proxy");
        spoken = List.copyOf(spoken);
        latenciesMillis = List.copyOf(latenciesMillis);
        if (alive != (reason == FailureReason.NONE)) {
            throw new IllegalArgumentException("reason: " + reason + " (expected: NONE exactly when alive)");
        }
    }
}
