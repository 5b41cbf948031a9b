package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/**
 * Where a proxy is. Every part may be unknown.
 *
 * @param region continent code: AF AN AS EU NA OC SA
 * @param country ISO 3166-1 alpha-2 in upper case, or XK
 * @param city English name
 * @param asn autonomous system number, 0 when unknown
 * @param organisation of the autonomous system
 * @param origin what told it: {@code source} when a list claimed it
 */
public record Location(
        @Nullable String region,
        @Nullable String country,
        @Nullable String city,
        long asn,
        @Nullable String organisation,
        @Nullable String origin) {
    /** Nothing known. */
    public static final Location UNKNOWN = new Location(null, null, null, 0, null, null);
}
