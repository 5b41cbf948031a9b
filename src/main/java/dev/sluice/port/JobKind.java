package dev.sluice.port;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What sort of work a job is: each kind has workers of its own, so that a long import never keeps a check waiting. */
public enum JobKind {
    /** Checks of many entries at once. */
    VALIDATION,
    /** Locating what is stored. */
    GEO,
    /** Passes over what is stored: planning anew, roll-ups. */
    ANALYSIS,
    /** Imports of lists. */
    IMPORT,
    /** Exports into files. */
    EXPORT;

    /** Name in lower case, as users write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The kind of this name; null when there is none. */
    public static @Nullable JobKind of(String text) {
        for (JobKind kind : values()) {
            if (kind.text().equals(text)) {
                return kind;
            }
        }
        return null;
    }
}
