package dev.sluice.proxy;

import java.util.Locale;

/** How likely a proxy is to be gone at its next use, judged from its history. */
public enum RiskCategory {
    /** No history to judge by. */
    UNRATED,
    LOW,
    MEDIUM,
    HIGH,
    /** Dead by the last confirmed verdict. */
    DEAD;

    /** Lower-case name as stored. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
