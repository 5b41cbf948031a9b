package dev.sluice.proxy;

import java.util.Locale;

/** What a target learns about the client behind the proxy; declared from the least of protection to the most. */
public enum Anonymity {
    /** Not judged yet. */
    UNKNOWN,
    /** The client's address reaches the target. */
    TRANSPARENT,
    /** The target sees that a proxy is used, but not for whom. */
    ANONYMOUS,
    /** The request arrives as it was sent. */
    ELITE;

    /** Lower-case name as served by the API. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
