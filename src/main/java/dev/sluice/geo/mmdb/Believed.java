package dev.sluice.geo.mmdb;

import dev.sluice.parse.Continents;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import org.jspecify.annotations.Nullable;

/** What fields of records and answers, whoever wrote them, are taken to say. */
public final class Believed {
    private static final int MAX_TEXT = 200;
    private static final long MAX_SYSTEM = 0xffff_ffffL;

    private Believed() {}

    /** A country that exists; AP, EU, ZZ and empty texts are unknown. */
    public static @Nullable String country(@Nullable String code) {
        return Continents.country(code);
    }

    /** A continent that exists. */
    public static @Nullable String continent(@Nullable String code) {
        return Continents.continent(code);
    }

    /** A text somebody can read: not blank, not endless, without control characters. */
    public static @Nullable String text(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String stripped = text.strip();
        if (stripped.isEmpty() || stripped.length() > MAX_TEXT) {
            return null;
        }
        for (int i = 0; i < stripped.length(); i++) {
            if (Character.isISOControl(stripped.charAt(i))) {
                return null;
            }
        }
        return stripped;
    }

    /** The number of an autonomous system, from either form; 0 when unknown. */
    public static long system(@Nullable Long number, @Nullable String text) {
        if (number != null) {
            return number > 0 && number <= MAX_SYSTEM ? number : 0;
        }
        if (text == null || !text.matches("(AS)?[0-9]{1,10}")) {
            return 0;
        }
        return system(Long.valueOf(text.startsWith("AS") ? text.substring(2) : text), null);
    }

    /**
     * The type of a network. A hosting provider's address that residential proxies leave from is a contradiction, and
     * unknown. So is {@code Corporate}: offices have such lines, and so have machines.
     */
    static @Nullable NetworkType type(
            boolean hosting,
            boolean residentialProxy,
            @Nullable String connectionType,
            @Nullable String userType,
            boolean mobileOperator) {
        if (hosting && residentialProxy) {
            return null;
        }
        if (hosting) {
            return NetworkType.DATACENTER;
        }
        if (userType != null) {
            switch (userType) {
                case "hosting", "content_delivery_network":
                    return NetworkType.DATACENTER;
                case "cellular":
                    return NetworkType.MOBILE;
                case "residential", "dialup":
                    return NetworkType.RESIDENTIAL;
                default:
                    break;
            }
        }
        if (connectionType != null) {
            switch (connectionType) {
                case "Cellular":
                    return NetworkType.MOBILE;
                case "Cable/DSL", "Dialup", "Satellite":
                    return NetworkType.RESIDENTIAL;
                default:
                    break;
            }
        }
        if (mobileOperator) {
            return NetworkType.MOBILE;
        }
        return residentialProxy ? NetworkType.RESIDENTIAL : null;
    }

    /** Whatever is known, in one; null when nothing is. A city without its country says too little. */
    public static @Nullable Location location(
            @Nullable String continent,
            @Nullable String country,
            @Nullable String city,
            long asn,
            @Nullable String organisation,
            @Nullable NetworkType type,
            String origin) {
        // The table's continent, so that databases which disagree about one do not disagree in the pool.
        String region = country == null ? continent : Continents.of(country);
        String place = country == null ? null : city;
        if (region == null && asn == 0 && organisation == null && type == null) {
            return null;
        }
        return new Location(region, country, place, asn, organisation, type, origin);
    }
}
