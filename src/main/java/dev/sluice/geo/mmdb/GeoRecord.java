package dev.sluice.geo.mmdb;

import dev.sluice.proxy.Location;
import org.jspecify.annotations.Nullable;

/** A record as a database has it. Public like its forms because MaxMind's reader makes them by reflection. */
public sealed interface GeoRecord permits FlatRecord, NestedRecord {
    /**
     * What it tells, as far as it can be believed; null for nothing.
     *
     * @param origin of the location
     */
    @Nullable
    Location location(String origin);
}
