package dev.sluice.proxy;

import java.util.Locale;

/** What a proxy was caught doing to traffic. Anything but {@link #NONE} keeps it from being served. */
public enum Tampering {
    NONE,
    /** A known body arrived altered. */
    CONTENT,
    /** Another TLS certificate than the judge's arrived through the tunnel. */
    CERTIFICATE;

    /** Lower-case name as served by the API. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
