package dev.sluice.check;

import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeForm;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.net.Request;
import org.jspecify.annotations.Nullable;

/**
 * One judge. Immutable, thread-safe.
 *
 * @param url where it answers
 * @param form how it answers
 * @param pin {@link dev.sluice.net.SpkiPin} of its key; null: its certificate must be valid for its name, or it has none
 * @param signer verifies answers of form {@link JudgeForm#SLUICE}
 */
record Judge(JudgeUrl url, JudgeForm form, @Nullable String pin, JudgeSigner signer) {
    /** Whether its answers prove themselves. */
    boolean signed() {
        return form == JudgeForm.SLUICE;
    }

    boolean tls() {
        return url.tls();
    }

    /** The request that is echoed. */
    Request echo(String nonce) {
        return url.echo(nonce, pin);
    }

    /** The request for a known page, null where the judge has none. */
    @Nullable
    Request page(String token) {
        return signed() ? url.page(token, pin) : null;
    }

    /** What came back for {@code nonce}. */
    JudgeAnswer.Reading read(byte[] body, String nonce) {
        return JudgeAnswer.read(body, signer, nonce);
    }
}
