package dev.sluice.proxy;

import java.util.Locale;

/** How thorough a check is. */
public enum CheckKind {
    /** TCP connect only. */
    CONNECT,
    /** One judged request. */
    LIGHT,
    /** HTTP, HTTPS through a tunnel, and tampering. */
    COMPREHENSIVE;

    /** Lower-case name as used in metrics. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
