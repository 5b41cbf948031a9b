package dev.sluice.check;

import dev.sluice.judge.JudgeSigner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The judges there are, Sluice's own all of them: they share a key.
 *
 * @param plain for plain HTTP, tried in order; none: nothing can be judged
 * @param tls for TLS, tried in order; none: certificates are not checked
 * @param tlsPin {@link dev.sluice.net.SpkiPin} of the TLS judges; null: their certificates must be valid for their names
 * @param signer verifies the answers
 */
public record Judges(
        List<JudgeUrl> plain, List<JudgeUrl> tls, @Nullable String tlsPin, JudgeSigner signer) {
    public Judges {
        plain = List.copyOf(plain);
        tls = List.copyOf(tls);
        for (JudgeUrl judge : plain) {
            if (judge.tls()) {
                throw new IllegalArgumentException("judge: " + judge.host() + " speaks TLS (expected: plain HTTP)");
            }
        }
        for (JudgeUrl judge : tls) {
            if (!judge.tls()) {
                throw new IllegalArgumentException("TLS judge: " + judge.host() + " speaks plain HTTP (expected: TLS)");
            }
        }
    }

    /**
     * Reads URLs as in {@code check.judges} and {@code check.tls-judges}.
     *
     * @throws IllegalArgumentException naming the URL that is none, or of the wrong scheme
     */
    public static Judges of(List<String> plain, List<String> tls, @Nullable String tlsPin, JudgeSigner signer) {
        return new Judges(
                plain.stream().map(JudgeUrl::parse).toList(),
                tls.stream().map(JudgeUrl::parse).toList(),
                tlsPin,
                signer);
    }
}
