package dev.sluice.pool;

import dev.sluice.proxy.Location;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where proxies stand, as filters ask for it. */
final class Place extends Shared {
    final Location location;
    /** In lower case. */
    final @Nullable String city;
    /** Null when not known. */
    final @Nullable Long asn;

    Place(Location location) {
        this.location = location;
        String name = location.city();
        this.city = name == null ? null : name.toLowerCase(Locale.ROOT);
        this.asn = location.asn() == 0 ? null : location.asn();
    }
}
