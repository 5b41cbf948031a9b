package dev.sluice.judge;

import java.util.Locale;

/** The forms in which judges answer. */
public enum JudgeForm {
    /** Sluice's own: the raw request with a nonce, signed ({@link JudgeAnswer}). */
    SLUICE,
    /** A JSON object with {@code headers} and mostly {@code origin}, as httpbin has it. Not signed. */
    JSON,
    /** Lines {@code NAME = value} of a CGI environment, as azenv.php has them. Not signed. */
    ENVIRONMENT;

    /** Lower-case name. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
