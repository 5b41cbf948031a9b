package dev.sluice.store.memory;

import java.util.Locale;

/** Sorts of things a small store keeps. */
public enum Part {
    ENTRIES,
    SETTINGS,
    KEYS,
    CHUNKS;

    /** Name in files and keys. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
