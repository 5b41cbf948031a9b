package dev.sluice.check;

import dev.sluice.judge.JudgeAnswer;
import dev.sluice.net.Exchange;
import dev.sluice.net.Request;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.List;
import java.util.Set;

/**
 * One judged request, and what its answer means. Immutable.
 *
 * @param judge who is asked
 * @param nonce what the answer must bear
 * @param request as it is sent
 */
record Echo(Judge judge, String nonce, Request request) {
    private static final double NANOS_A_MILLI = 1e6;

    static Echo at(Judge judge, String nonce) {
        return new Echo(judge, nonce, judge.echo(nonce));
    }

    /**
     * The verdict on what came back.
     *
     * @param own our own addresses as judges see them
     * @param capabilities what a genuine answer proves
     */
    Verdict read(Exchange exchange, Set<String> own, int capabilities) {
        if (!(exchange instanceof Exchange.Reached reached)) {
            return unanswered(Exchanges.reason(exchange));
        }
        if (reached.status() >= 400) {
            return failed(refusal(reached.status()));
        }
        JudgeAnswer.Reading reading = judge.read(reached.body(), nonce);
        if (reading instanceof JudgeAnswer.Surrounded surrounded) {
            return verdict(surrounded.answer(), reached, own, capabilities).caught(Tampering.CONTENT);
        }
        if (reached.status() == 200 && reading instanceof JudgeAnswer.Genuine genuine) {
            return verdict(genuine.answer(), reached, own, capabilities);
        }
        return failed(FailureReason.JUDGE_MISMATCH);
    }

    /** What a refusing status means: a proxy answers 407 for itself, anything else it may pass on or make up. */
    static FailureReason refusal(int status) {
        return status == 407 ? FailureReason.AUTH : FailureReason.TARGET;
    }

    private Verdict unanswered(FailureReason reason) {
        FailureReason known = reason == FailureReason.NONE ? FailureReason.PROTOCOL : reason;
        return known == FailureReason.TAMPERED
                ? failed(known).caught(Tampering.CERTIFICATE).suspecting(List.of(judge))
                : failed(known);
    }

    private Verdict failed(FailureReason reason) {
        return failed(reason, judge);
    }

    /** A failure of a request to {@code judge}, which may have caused it. */
    static Verdict failed(FailureReason reason, Judge judge) {
        Verdict failed = Verdict.failed(reason, Verified.FULL);
        return switch (reason) {
            case TARGET, TIMEOUT, RESET, JUDGE_MISMATCH -> failed.suspecting(List.of(judge));
            default -> failed;
        };
    }

    private Verdict verdict(JudgeAnswer answer, Exchange.Reached reached, Set<String> own, int capabilities) {
        Anonymity anonymity = judge.anonymity(request, answer, own);
        boolean named = IpAddress.parse(answer.peer()) != null;
        return Verdict.judged(
                new Verdict.Answer(
                        judge,
                        reached.firstByteNanos() / NANOS_A_MILLI,
                        named ? JudgeWatch.canonical(answer.peer()) : null),
                capabilities,
                anonymity);
    }
}
