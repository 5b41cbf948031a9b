package dev.sluice.proxy;

import java.util.Locale;

/** By what kind of check the last verdict was reached. */
public enum Verified {
    NONE,
    /** A TCP connection opened; nothing more is known. */
    CONNECT,
    /** A judged request went through. */
    FULL;

    /** Lower-case name as served by the API. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
