package dev.sluice.proxy;

import java.util.Locale;

/** Why a proxy is in its tier: what moved it there, or what has happened to it there since. */
public enum TierReason {
    /** Nothing has moved it yet, or a program that did not note reasons has. */
    NONE,
    /** Worked for the first time. */
    FIRST_SUCCESS,
    /** Was dead and works again. */
    RECOVERED,
    /** Failed now and then, and has worked for long enough since. */
    STEADY,
    /** The failure that brought it into doubt was not confirmed. */
    FORGIVEN,
    /** Worked until now and failed once: that is to be confirmed. */
    FIRST_FAILURE,
    /** Works, and fails too often to be relied on. */
    UNSTEADY,
    /** Its failure was confirmed. */
    DIED,
    /** Failed too often in a row. */
    FAILURES_IN_A_ROW,
    /** Was checked and has never worked. */
    NEVER_WORKED,
    /** Was caught tampering. */
    TAMPERED,
    /** Was caught tampering once, and has shown itself clean. */
    CLEAN_AGAIN,
    /** Its port answers: it is to be looked at thoroughly. */
    REACHED,
    /** An administrator ordered it. */
    OVERRIDDEN,
    /** What an administrator ordered has ended. */
    OVERRIDE_ENDED,
    /** Another entry stands in for it. */
    REPLACED;

    /** Lower-case name with dashes, for example {@code first-failure}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
