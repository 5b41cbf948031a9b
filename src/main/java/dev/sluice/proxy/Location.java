package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/**
 * Where an address is. Every part may be unknown.
 *
 * @param region continent code: AF AN AS EU NA OC SA
 * @param country ISO 3166-1 alpha-2 in upper case, or XK
 * @param city English name
 * @param asn autonomous system number, 0 when unknown
 * @param organisation of the autonomous system
 * @param type what kind of network it stands in
 * @param origin what told the country: {@code table} the operator's own networks, {@code city}, {@code country} or
 *     another database, {@code web} a web service, {@code source} when a list claimed it
 */
public record Location(
        @Nullable String region,
        @Nullable String country,
        @Nullable String city,
        long asn,
        @Nullable String organisation,
        @Nullable NetworkType type,
        @Nullable String origin) {
    /** Nothing known. */
    public static final Location UNKNOWN = new Location(null, null, null, 0, null, null, null);

    /** Origin of what a list claims. */
    public static final String CLAIMED = "source";

    /** A location in a network of unknown type. */
    public Location(
            @Nullable String region,
            @Nullable String country,
            @Nullable String city,
            long asn,
            @Nullable String organisation,
            @Nullable String origin) {
        this(region, country, city, asn, organisation, null, origin);
    }

    /** Whether nothing is known. */
    public boolean isUnknown() {
        return equals(UNKNOWN);
    }

    /** Whether the country is known, and not by the claim of a list alone. */
    public boolean isTold() {
        return country != null && !CLAIMED.equals(origin);
    }

    /**
     * This, in place of what was known of the same address: all of it where it tells the country; where it does not,
     * country, region and city stay as they were known, and so does what else it does not tell.
     */
    public Location over(Location known) {
        if (country != null) {
            return this;
        }
        return new Location(
                known.region,
                known.country,
                known.city,
                asn == 0 ? known.asn : asn,
                asn == 0 ? known.organisation : organisation,
                type == null ? known.type : type,
                known.origin);
    }

    /** The same in a network of this type. */
    public Location withType(@Nullable NetworkType other) {
        return other == type ? this : new Location(region, country, city, asn, organisation, other, origin);
    }
}
