package dev.sluice.check;

import dev.sluice.judge.AnonymityRules;
import dev.sluice.judge.EchoPage;
import dev.sluice.judge.HeaderChanges;
import dev.sluice.judge.JudgeAnswer;
import dev.sluice.judge.JudgeBaseline;
import dev.sluice.judge.JudgeForm;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.net.Request;
import dev.sluice.proxy.Anonymity;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * One judge. Immutable, thread-safe.
 *
 * @param url where it answers
 * @param form how it answers
 * @param pin {@link dev.sluice.net.SpkiPin} of its key; null: its certificate must be valid for its name, or it has none
 * @param signer verifies answers of form {@link JudgeForm#SLUICE}
 * @param baseline what it does to headers itself; nothing, where it signs
 */
record Judge(JudgeUrl url, JudgeForm form, @Nullable String pin, JudgeSigner signer, JudgeBaseline baseline) {
    /** A judge that shows requests as they arrive. */
    Judge(JudgeUrl url, JudgeForm form, @Nullable String pin, JudgeSigner signer) {
        this(url, form, pin, signer, JudgeBaseline.NONE);
    }

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
        return read(form, body, signer, nonce);
    }

    static JudgeAnswer.Reading read(JudgeForm form, byte[] body, JudgeSigner signer, String nonce) {
        return switch (form) {
            case SLUICE -> JudgeAnswer.read(body, signer, nonce);
            case JSON -> EchoPage.json(body, nonce);
            case ENVIRONMENT -> EchoPage.environment(body, nonce);
        };
    }

    /**
     * How much this judge learnt from {@code answer} to {@code sent}, its own doing left out.
     *
     * @param own our own addresses as judges see them
     */
    Anonymity anonymity(Request sent, JudgeAnswer answer, Collection<String> own) {
        return AnonymityRules.judge(sent.headers(), answer.headers(), own, answer.peer(), baseline);
    }

    /** What became of the headers of {@code sent} on the way to this judge, its own doing left out. */
    HeaderChanges changes(Request sent, JudgeAnswer answer) {
        return HeaderChanges.between(sent.headers(), answer.headers(), baseline, answer.peer());
    }
}
