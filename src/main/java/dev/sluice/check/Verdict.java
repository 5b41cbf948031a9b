package dev.sluice.check;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a proxy in the course of its check. A proxy that tampers is not alive: reason {@code TAMPERED}, with
 * {@code tampering} set.
 */
record Verdict(
        FailureReason reason,
        Verified verified,
        double latencyMillis,
        int capabilities,
        Anonymity anonymity,
        Tampering tampering,
        @Nullable String exitAddress,
        List<Scheme> spoken) {
    static Verdict failed(FailureReason reason, Verified depth) {
        return new Verdict(
                reason,
                reason.isVerdict() ? depth : Verified.NONE,
                Double.NaN,
                Capability.NONE,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                List.of());
    }

    static Verdict connected(double latencyMillis) {
        return new Verdict(
                FailureReason.NONE,
                Verified.CONNECT,
                latencyMillis,
                Capability.NONE,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                List.of());
    }

    static Verdict judged(double latencyMillis, int capabilities, Anonymity anonymity, String exitAddress) {
        return new Verdict(
                FailureReason.NONE,
                Verified.FULL,
                latencyMillis,
                capabilities,
                anonymity,
                Tampering.NONE,
                exitAddress,
                List.of());
    }

    boolean alive() {
        return reason == FailureReason.NONE;
    }

    Verdict with(int moreCapabilities) {
        return new Verdict(
                reason,
                verified,
                latencyMillis,
                capabilities | moreCapabilities,
                anonymity,
                tampering,
                exitAddress,
                spoken);
    }

    Verdict speaking(List<Scheme> schemes) {
        return new Verdict(reason, verified, latencyMillis, capabilities, anonymity, tampering, exitAddress, schemes);
    }

    /** The same proxy, caught. */
    Verdict caught(Tampering how) {
        return new Verdict(
                FailureReason.TAMPERED, Verified.FULL, Double.NaN, capabilities, anonymity, how, exitAddress, spoken);
    }

    CheckOutcome outcome(DueProxy due, long nowMillis) {
        return new CheckOutcome(
                due,
                alive(),
                verified,
                reason,
                latencyMillis,
                capabilities,
                anonymity,
                tampering,
                exitAddress,
                exitAddress == null ? 0 : 1,
                Double.isNaN(latencyMillis) ? List.of() : List.of(latencyMillis),
                null,
                spoken,
                nowMillis);
    }
}
