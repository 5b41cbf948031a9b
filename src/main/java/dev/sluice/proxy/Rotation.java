package dev.sluice.proxy;

/** Whether a proxy sends requests out from changing addresses, as far as single checks have seen it. */
public enum Rotation {
    /** No check has seen several exit addresses, or not for long. */
    STEADY,
    /** A check has seen several. */
    ROTATING,
    /** A check has seen several, but the latest thorough one that could tell saw one only. */
    SETTLING;

    /** Whether it counts as rotating. */
    public boolean rotates() {
        return this != STEADY;
    }
}
