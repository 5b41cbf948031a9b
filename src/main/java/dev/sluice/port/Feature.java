package dev.sluice.port;

import java.util.Locale;

/** What can be rolled out little by little: section {@code features}. What is rolled out for good leaves this list. */
public enum Feature {
    /** The usual answers of the API are written on the event loop itself, past Vert.x's own requests. By application. */
    FAST_LANE,
    /** What applications report moves the next check of a proxy. By proxy. */
    TESTIMONY;

    /** Its name in the configuration, in kebab-case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
