package dev.sluice.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a proxy can do, kept in a bit mask of a few bits. */
public enum Capability {
    /** Forwards plain HTTP requests. */
    HTTP,
    /** Tunnels to HTTPS targets: CONNECT for an HTTP proxy, any SOCKS proxy by nature. */
    HTTPS;

    /** No capability proven. */
    public static final int NONE = 0;

    /** This capability's bit. */
    public int bit() {
        return 1 << ordinal();
    }

    /** Whether {@code mask} holds this capability. */
    public boolean in(int mask) {
        return (mask & bit()) != 0;
    }

    /** Lower-case name as served by the API, for example {@code https}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The names in {@code mask}, in declaration order. */
    public static List<String> names(int mask) {
        List<String> names = new ArrayList<>(2);
        for (Capability capability : values()) {
            if (capability.in(mask)) {
                names.add(capability.text());
            }
        }
        return names;
    }
}
