package dev.sluice.check;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DeepResult;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a proxy in the course of its check. A proxy that tampers is not alive: reason {@code TAMPERED}, with
 * {@code tampering} set. Immutable.
 *
 * @param latencyMillis of the first answer (of the connection for connect-only), {@code Double.NaN} when not alive
 * @param answers of judges that came back genuine, in order
 * @param deep what a deep check measured
 * @param spoken for an entry of unknown scheme: what it speaks
 * @param suspects judges that may have caused the failure themselves: they are asked before it counts
 */
record Verdict(
        FailureReason reason,
        Verified verified,
        double latencyMillis,
        int capabilities,
        Anonymity anonymity,
        Tampering tampering,
        List<Answer> answers,
        @Nullable DeepResult deep,
        List<Scheme> spoken,
        List<Judge> suspects) {
    Verdict {
        answers = List.copyOf(answers);
        spoken = List.copyOf(spoken);
        suspects = List.copyOf(suspects);
    }

    /**
     * One judged request that was answered.
     *
     * @param judge who answered
     * @param latencyMillis until its first byte
     * @param exitAddress canonical, as the judge saw it; null when it told none
     */
    record Answer(
            Judge judge, double latencyMillis, @Nullable String exitAddress) {}

    static Verdict failed(FailureReason reason, Verified depth) {
        return ended(reason, reason.isVerdict() ? depth : Verified.NONE, Double.NaN);
    }

    /** Nothing can be said: our own side is at fault. */
    static Verdict none() {
        return failed(FailureReason.LOCAL, Verified.NONE);
    }

    static Verdict connected(double latencyMillis) {
        return ended(FailureReason.NONE, Verified.CONNECT, latencyMillis);
    }

    private static Verdict ended(FailureReason reason, Verified verified, double latencyMillis) {
        return new Verdict(
                reason,
                verified,
                latencyMillis,
                Capability.NONE,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                List.of(),
                null,
                List.of(),
                List.of());
    }

    static Verdict judged(Answer answer, int capabilities, Anonymity anonymity) {
        return new Verdict(
                FailureReason.NONE,
                Verified.FULL,
                answer.latencyMillis(),
                capabilities,
                anonymity,
                Tampering.NONE,
                List.of(answer),
                null,
                List.of(),
                List.of());
    }

    boolean alive() {
        return reason == FailureReason.NONE;
    }

    /** The same, with what {@code other} adds: capabilities and answers. */
    Verdict with(Verdict other) {
        List<Answer> all = new ArrayList<>(answers);
        all.addAll(other.answers);
        return copy(capabilities | other.capabilities, anonymity, all, deep, spoken, suspects);
    }

    /** Two judges' verdicts about one thing. */
    Verdict agreeing(Verdict other) {
        Verdict both = with(other);
        return both.copy(
                both.capabilities, vouchedFor(anonymity, other.anonymity), both.answers, deep, spoken, suspects);
    }

    /** One who saw our address is enough; any other level needs both, and the lower is what both vouch for. */
    private static Anonymity vouchedFor(Anonymity one, Anonymity other) {
        if (one == Anonymity.TRANSPARENT || other == Anonymity.TRANSPARENT) {
            return Anonymity.TRANSPARENT;
        }
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** After a deep check, with the answers that came in its course. */
    Verdict measured(DeepResult result, List<Answer> further) {
        List<Answer> all = new ArrayList<>(answers);
        all.addAll(further);
        return copy(capabilities, anonymity, all, result, spoken, suspects);
    }

    Verdict speaking(List<Scheme> schemes) {
        return copy(capabilities, anonymity, answers, deep, schemes, suspects);
    }

    Verdict suspecting(List<Judge> judges) {
        return copy(capabilities, anonymity, answers, deep, spoken, judges);
    }

    private Verdict copy(
            int nowCapable,
            Anonymity nowAnonymous,
            List<Answer> nowAnswers,
            @Nullable DeepResult nowDeep,
            List<Scheme> nowSpoken,
            List<Judge> nowSuspects) {
        return new Verdict(
                reason,
                verified,
                latencyMillis,
                nowCapable,
                nowAnonymous,
                tampering,
                nowAnswers,
                nowDeep,
                nowSpoken,
                nowSuspects);
    }

    /** The same proxy, caught. */
    Verdict caught(Tampering how) {
        return turned(FailureReason.TAMPERED, how);
    }

    /** The same proxy, which does not pass a check of the operator's own. */
    Verdict failingTarget() {
        return turned(FailureReason.TARGET_CHECK, tampering);
    }

    private Verdict turned(FailureReason why, Tampering how) {
        return new Verdict(
                why, Verified.FULL, Double.NaN, capabilities, anonymity, how, answers, deep, spoken, suspects);
    }

    CheckOutcome outcome(DueProxy due, long nowMillis) {
        Set<String> exits = new HashSet<>();
        List<Double> latencies = new ArrayList<>(answers.size());
        String exitAddress = null;
        for (Answer answer : answers) {
            if (answer.exitAddress() != null) {
                exitAddress = exitAddress == null ? answer.exitAddress() : exitAddress;
                exits.add(answer.exitAddress());
            }
            latencies.add(answer.latencyMillis());
        }
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
                exits.size(),
                latencies,
                deep,
                spoken,
                nowMillis);
    }
}
