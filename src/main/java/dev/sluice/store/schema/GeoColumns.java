package dev.sluice.store.schema;

import dev.sluice.proxy.Location;

/** Order and meaning of the columns of table {@code geo_cache} in queries: one place for both databases. */
public final class GeoColumns {
    /** What {@link #location} reads, the address first, and {@link #write} writes. */
    public static final String ALL = "address, region, country, city, asn, organisation, network_type, origin";

    /** Assignments that replace an answer by the one that was to be inserted. */
    public static final String REPLACED = "region = excluded.region, country = excluded.country, city = excluded.city,"
            + " asn = excluded.asn, organisation = excluded.organisation, network_type = excluded.network_type,"
            + " origin = excluded.origin, located_at = excluded.located_at, expires_at = excluded.expires_at";

    private GeoColumns() {}

    /** The location in a row of {@link #ALL}. */
    public static <E extends Exception> Location location(Cells<E> row) throws E {
        return new Location(
                row.text(1),
                row.text(2),
                row.text(3),
                row.number(4),
                row.text(5),
                Codes.networkType(row.number(6)),
                row.text(7));
    }

    /** Writes the columns of {@link #ALL}; a type that is not known is 0. */
    public static <E extends Exception> void write(String address, Location location, CellSink<E> row) throws E {
        row.text(address);
        row.text(location.region());
        row.text(location.country());
        row.text(location.city());
        row.number(location.asn());
        row.text(location.organisation());
        row.number(Codes.of(location.type()));
        row.text(location.origin());
    }
}
