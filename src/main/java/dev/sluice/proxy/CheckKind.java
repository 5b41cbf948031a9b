package dev.sluice.proxy;

import java.util.Locale;

/** How thorough a check is. */
public enum CheckKind {
    /** TCP connect only. */
    CONNECT,
    /** One judged request. */
    LIGHT,
    /** HTTP, HTTPS through a tunnel, and tampering. */
    COMPREHENSIVE,
    /** Comprehensive, then judged requests in a row: how steady it is. */
    DEEP;

    /** Whether it looks at everything a proxy does: HTTP, HTTPS and tampering. */
    public boolean thorough() {
        return this == COMPREHENSIVE || this == DEEP;
    }

    /** Lower-case name as used in metrics. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
