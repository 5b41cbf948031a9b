package dev.sluice.geo.mmdb;

import java.util.Locale;

/** What a database is about, told from the type it names. In the order in which they are best asked. */
public enum Kind {
    ENTERPRISE,
    CITY,
    COUNTRY,
    ISP,
    ASN,
    ANONYMOUS_IP,
    CONNECTION_TYPE,
    RESIDENTIAL_PROXY,
    /** Another one; its type says nothing, its records do. */
    DATABASE;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The origin of its answers: {@code city}, {@code anonymous-ip}, … */
    public String text() {
        return text;
    }

    /**
     * The kind of a {@code database_type}. MaxMind writes {@code GeoLite2-City}, others {@code city ipv4}: case does not
     * matter.
     */
    static Kind of(String databaseType) {
        String type = databaseType.toLowerCase(Locale.ROOT).replace(' ', '-').replace('_', '-');
        if (type.contains("enterprise")) {
            return ENTERPRISE;
        }
        if (type.contains("residential-proxy")) {
            return RESIDENTIAL_PROXY;
        }
        if (type.contains("anonymous")) {
            return ANONYMOUS_IP;
        }
        if (type.contains("connection-type")) {
            return CONNECTION_TYPE;
        }
        if (type.contains("city")) {
            return CITY;
        }
        if (type.contains("country")) {
            return COUNTRY;
        }
        if (type.contains("asn")) {
            return ASN;
        }
        return type.contains("isp") ? ISP : DATABASE;
    }
}
