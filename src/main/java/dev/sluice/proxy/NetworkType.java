package dev.sluice.proxy;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What kind of network an address stands in. */
public enum NetworkType {
    /** A hosting provider's. */
    DATACENTER,
    /** An access provider's, by cable or fibre. */
    RESIDENTIAL,
    /** A mobile operator's. */
    MOBILE;

    /** Name in lower case, as users write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type of this name; null when there is none. */
    public static @Nullable NetworkType of(String text) {
        for (NetworkType type : values()) {
            if (type.text().equals(text)) {
                return type;
            }
        }
        return null;
    }
}
