package dev.sluice.geo;

import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How what several say of one address becomes one location. */
final class Merging {
    /**
     * Autonomous systems in which there are machines for hire and nothing else. Those that also connect homes or phones,
     * as OVH, Microsoft and Cloudflare do, are not among them, and names are not looked at: "cloud" and "host" stand in
     * those of access providers too.
     */
    private static final Set<Long> HOSTING = Set.of(
            14061L, // DigitalOcean
            14618L, // Amazon
            16509L, // Amazon
            20473L, // Vultr
            24940L, // Hetzner
            28753L, // Leaseweb
            31898L, // Oracle Cloud
            36352L, // ColoCrossing
            37963L, // Alibaba Cloud
            45090L, // Tencent Cloud
            45102L, // Alibaba Cloud
            51167L, // Contabo
            60781L, // Leaseweb
            63949L, // Linode
            132203L, // Tencent Cloud
            213230L, // Hetzner
            396982L // Google Cloud
            );

    private Merging() {}

    /**
     * {@code first}, and from {@code second} what that leaves open. City and continent come with the country they were
     * told with, or from somebody who tells the same country; number and name of the autonomous system likewise.
     */
    static Location merge(Location first, Location second) {
        String country = first.country();
        String region = first.region();
        String city = first.city();
        String origin = first.origin();
        if (country == null && (second.country() != null || region == null)) {
            country = second.country();
            region = second.region();
            city = second.city();
            origin = region == null ? origin : second.origin();
        } else if (city == null && country != null && country.equals(second.country())) {
            city = second.city();
        }
        long asn = first.asn();
        String organisation = first.organisation();
        if (asn == 0 && organisation == null) {
            asn = second.asn();
            organisation = second.organisation();
        } else if (organisation == null && asn == second.asn()) {
            organisation = second.organisation();
        }
        NetworkType type = first.type() == null ? second.type() : first.type();
        return new Location(region, country, city, asn, organisation, type, origin == null ? second.origin() : origin);
    }

    /** Whether nothing is left open. */
    static boolean isComplete(@Nullable Location location) {
        return location != null
                && location.city() != null
                && location.asn() != 0
                && location.organisation() != null
                && location.type() != null;
    }

    /** With the type that the autonomous system tells, where nobody told any. */
    static Location typed(Location location) {
        if (location.type() != null || location.asn() == 0 || !HOSTING.contains(location.asn())) {
            return location;
        }
        return new Location(
                location.region(),
                location.country(),
                location.city(),
                location.asn(),
                location.organisation(),
                NetworkType.DATACENTER,
                location.origin());
    }
}
